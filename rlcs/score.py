"""`rlcs score`: the reward system alone, a verdict for each line of a JSONL file, in the same order.

The file is read twice: first to check every line and to learn which verifiers it needs, then to judge, with some
hundreds of answers on their way at a time.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from rewards import Scorer, route_sources
from rewards.routes import default_reward, route, verifier_of
from rewards.verdicts import Pending
from rlcs.config.schema import Config, RewardConfig, ScoringConfig
from rlcs.errors import UserError
from rlcs.process.console import say, track
from rlcs.records import Task, Verdict

MAX_ON_THEIR_WAY = 512
_KINDS: dict[str, tuple[type, ...]] = {
    "id": (str, int), "response": (str,), "question": (str,), "params": (dict,), "verifier": (str,), "domain": (str,),
    "source": (str,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the file."""

    id: str | int
    reward: str
    """Name of the reward that judges it."""
    response: str
    task: Task


class Rewards:
    """Which reward judges a line: by its source in a configuration, else by its verifier or domain."""

    def __init__(self, config: Config | None, verifier: str | None, params: Mapping[str, Any]) -> None:
        self.table: dict[str, RewardConfig] = dict(config.rewards) if config else {}
        self.routes = route_sources(config.sources if config else [], self.table)
        self.verifier = verifier_of(verifier) if verifier else None
        self.params = dict(params)

    def name_for(self, row: Mapping[str, Any]) -> str:
        """Return the name of the reward for a line, made on first use; UserError when nothing tells."""
        if self.verifier is not None:
            return self._own(self.verifier)
        source = row.get("source")
        if self.table and isinstance(source, str):
            return self.routes.get(source) or route(source, None, self.table)
        named = row.get("verifier") or row.get("domain")
        if named is None and "default" in self.table:
            return "default"
        if named is None:
            raise UserError("neither verifier nor domain is given; name one in the line, or use --verifier")
        return self._own(verifier_of(named))

    def _own(self, verifier: str) -> str:
        """Return the reward that stands for a bare verifier, in the layout of `rewards.default` if there is one."""
        name = f"verifier {verifier}"
        if name not in self.table:
            own = default_reward(verifier, self.params)
            shared = self.table.get("default")
            self.table[name] = replace(own, format=shared.format) if shared else own
        return name


def run(
    source: Path,
    target: Path,
    *,
    config: Config | None = None,
    verifier: str | None = None,
    params: Mapping[str, Any] | None = None,
    bare: bool = False,
    num_workers: int | None = None,
) -> None:
    """Judge every line of `source` and write the verdicts to `target`; UserError tells file and line of a bad one."""
    if not source.is_file():
        raise UserError(f"{source} does not exist; give a JSONL file with one answer a line")
    if source.resolve() == target.resolve():
        raise UserError(f"--out {target} is the input file; name another")
    rewards = Rewards(config, verifier, params or {})
    total = sum(1 for _ in read_answers(source, rewards))
    scoring = config.scoring if config else ScoringConfig()
    if num_workers is not None:
        scoring = replace(scoring, num_workers=num_workers)
    statuses: Counter[str] = Counter()
    scores: list[float] = []
    partial = target.with_name(f".{target.name}.partial")
    try:
        with Scorer(rewards.table, {name: name for name in rewards.table}, scoring) as scorer:
            with _open_for_writing(partial) as stream:
                judged = judge(read_answers(source, rewards), scorer, bare=bare)
                for answer, verdict in track(judged, total=total, text="judging"):
                    stream.write(json.dumps(as_record(answer, verdict), ensure_ascii=False) + "\n")
                    statuses[str(verdict.status)] += 1
                    scores += [] if verdict.score is None else [verdict.score]
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    say(summary(target, statuses, scores))


def read_answers(source: Path, rewards: Rewards) -> Iterator[Answer]:
    """Yield the answers of a file; blank lines are passed over."""
    with source.open(encoding="utf-8") as stream:
        try:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _read_line(line, number, f"{source}:{number}", rewards)
        except UnicodeDecodeError as error:
            raise UserError(f"{source} is not UTF-8 text: {error.reason}; convert it first") from error


def judge(answers: Iterator[Answer], scorer: Scorer, *, bare: bool) -> Iterator[tuple[Answer, Verdict]]:
    """Yield each answer with its verdict, in order, while later ones are being judged."""
    waiting: deque[tuple[Answer, Pending]] = deque()
    for answer in answers:
        waiting.append((answer, scorer.begin(answer.response, answer.task, bare=bare)))
        if len(waiting) >= MAX_ON_THEIR_WAY:
            first, pending = waiting.popleft()
            yield first, pending.result()
    for answer, pending in waiting:
        yield answer, pending.result()


def as_record(answer: Answer, verdict: Verdict) -> dict[str, Any]:
    """Return a line of the output."""
    return {
        "id": answer.id,
        "score": verdict.score,
        "status": str(verdict.status),
        "extracted": verdict.extracted,
        "components": verdict.components,
        "seconds": round(verdict.seconds, 6),
        "message": verdict.message,
    }


def summary(target: Path, statuses: Counter[str], scores: list[float]) -> str:
    """Return one line about all verdicts."""
    mean = f"mean score {sum(scores) / len(scores):.4f}" if scores else "no score"
    counts = ", ".join(f"{count:,} {status}" for status, count in statuses.most_common())
    return f"{target}: {statuses.total():,} verdicts, {mean} ({counts or 'the file is empty'})"


def _read_line(line: str, number: int, place: str, rewards: Rewards) -> Answer:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: not JSON: {error}; expected one JSON object a line") from error
    if not isinstance(row, dict):
        raise UserError(f"{place}: a {type(row).__name__}; expected an object with response and answer")
    for field in ("response", "answer"):
        if field not in row:
            raise UserError(f"{place}: no field {field!r}; found: {', '.join(map(str, row)) or 'nothing'}")
    for field, kinds in _KINDS.items():
        value = row.get(field)
        if (value is not None or field == "response") and (isinstance(value, bool) or not isinstance(value, kinds)):
            raise UserError(f"{place}: field {field!r} is {value!r:.40}; expected {_told(kinds)}")
    try:
        name = rewards.name_for(row)
    except UserError as error:
        raise UserError(f"{place}: {error}") from error
    task = Task(
        id=f"{name}:{number}",
        source=name,
        domain="general",
        prompt=row.get("question") or "",
        answer=row["answer"],
        params=row.get("params") or {},
    )
    own = row.get("id")
    return Answer(number if own is None else own, name, row["response"], task)


def _told(kinds: tuple[type, ...]) -> str:
    names = {str: "text", int: "a whole number", dict: "an object"}
    return " or ".join(names[kind] for kind in kinds)


def _open_for_writing(path: Path) -> TextIO:
    try:
        # Half a character (a lone surrogate) has no UTF-8: it is written as its JSON escape, \ud83d.
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UserError(f"cannot write {path.parent}: {error.strerror}; choose another --out") from error
