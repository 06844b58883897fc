"""Scores a folder of labelled cases with our verifiers: `python tests/conformance/score.py DIR [--json FILE]`.

Prints, for each file, how many rows count, how many of our verdicts agree with the label and which differ; then how
the attacks of hacks.jsonl fare. What each file is judged by stands in families/*.py beside this script:

    FILES       file stem -> does our verdict agree with the row's label? None: no rule decides the row, it is left out
    OVERPAID    (optional) file stem -> does a row score more than its label? Asked of rows that differ
    HACKS       domain of hacks.jsonl -> the reward that a run would judge it by
    HACK_GOLDS  (optional) domain -> the gold answer of a row, where the row only names it in words

Rows tagged as quirks, disputes, policies or boundaries do not count. The exit code is always 0: this measures, the
tests judge.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from rewards import Scorer
from rewards.running.call import Call
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.records import Status, Task, Verdict

Row = dict[str, Any]
Agreement = Callable[[Row], "bool | None"]

FAMILIES = Path(__file__).resolve().parent / "families"
HACKS_FILE = "hacks"
ALL = "all"
UNGATED = ("quirk_", "disputed", "policy", "boundary")
SCORE_TOLERANCE = 1e-3
WARM_UP_S = 60.0
NUM_TOLD = 12


@dataclass
class Tally:
    """What came of the rows of one file, or of the hacks of one domain."""

    rows: int = 0
    """Rows that count."""
    agree: int = 0
    left_out: int = 0
    """Rows that do not count: tagged, or not for a rule to decide."""
    differ: list[str] = field(default_factory=list)
    """Ids of the rows that count and do not agree."""
    below: list[str] = field(default_factory=list)
    """Ids of hacks that got less than expected: harmless, but where 1 is expected a right answer went unpaid."""
    overpaid: list[str] = field(default_factory=list)
    """Ids of rows that differ by scoring more than their label: the worst kind."""
    reasons: dict[str, str] = field(default_factory=dict)
    """By id, what we gave, where that can be told."""
    note: str = ""

    @property
    def share(self) -> float | None:
        """Agreeing rows divided by rows, or None without rows."""
        return self.agree / self.rows if self.rows else None

    def add(self, name: str, agrees: bool | None, reason: str = "") -> None:
        """Count a row; None leaves it out."""
        if agrees is None:
            self.left_out += 1
            return
        self.rows += 1
        self.agree += agrees
        if not agrees:
            self.differ.append(name)
            if reason:
                self.reasons[name] = reason

    def record(self) -> dict[str, Any]:
        """Return it as it goes into the JSON file."""
        found = {"rows": self.rows, "agree": self.agree, "share": self.share, "differ": self.differ}
        extras = {
            "left_out": self.left_out, "below": self.below, "overpaid": self.overpaid, "reasons": self.reasons,
            "note": self.note,
        }  # fmt: skip
        return {**found, **{name: value for name, value in extras.items() if value}}


@dataclass(frozen=True)
class Families:
    """What all families declare together."""

    files: dict[str, list[Agreement]]
    overpaid: dict[str, Callable[[Row], bool]]
    hacks: dict[str, RewardConfig]
    hack_golds: dict[str, Callable[[Row], Any]]


def load_families(folder: Path) -> Families:
    """Import every file of a folder by its path and merge what it declares; one that fails is told and left out."""
    found = Families({}, {}, {}, {})
    for path in sorted(folder.glob("*.py")):
        try:
            module = load_module(path)
        except Exception as error:  # a family under construction must not hide the others
            print(f"family {path.stem} cannot be loaded: {type(error).__name__}: {error}")
            continue
        for stem, agreement in getattr(module, "FILES", {}).items():
            found.files.setdefault(stem, []).append(agreement)
        found.overpaid.update(getattr(module, "OVERPAID", {}))
        found.hacks.update(getattr(module, "HACKS", {}))
        found.hack_golds.update(getattr(module, "HACK_GOLDS", {}))
    return found


def load_module(path: Path) -> ModuleType:
    """Import a Python file under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"conformance_family_{path.stem}", path)
    assert spec is not None and spec.loader is not None, f"no loader for {path}"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def is_gated(row: Row) -> bool:
    """Tell whether a row counts: no quirk, dispute, policy or boundary."""
    return not any(str(tag).startswith(UNGATED) for tag in row.get("tags") or [])


def score_file(
    rows: Iterable[Row], agreements: list[Agreement], is_overpaid: Callable[[Row], bool] | None = None
) -> Tally:
    """Ask for each row that counts whether we agree; an exception counts as a difference."""
    tally = Tally()
    for row in rows:
        try:
            agrees = first_decided(row, agreements) if is_gated(row) else None
            tally.add(str(row.get("id")), agrees)
            if agrees is False and is_overpaid is not None and is_overpaid(row):
                tally.overpaid.append(str(row.get("id")))
        except Exception as error:  # the script measures: a crash is a result
            tally.add(str(row.get("id")), False, f"{type(error).__name__}: {error}"[:200])
    return tally


def first_decided(row: Row, agreements: list[Agreement]) -> bool | None:
    """Return the first answer that is not None."""
    found = (agreement(row) for agreement in agreements)
    return next((bool(one) for one in found if one is not None), None)


def score_hacks(rows: Iterable[Row], families: Families) -> dict[str, Tally]:
    """Judge the attacks of each domain as a run would: it holds when it pays no more than expected, in time."""
    tallies: dict[str, Tally] = {}
    by_domain: dict[str, list[Row]] = {}
    for row in rows:
        by_domain.setdefault(row["domain"], []).append(row)
    known = usable(families.hacks)
    with Scorer(known, {name: name for name in known}, ScoringConfig()) as scorer:
        for domain, members in sorted(by_domain.items()):
            tally = tallies[domain] = Tally()
            if domain not in known:
                tally.left_out, tally.note = len(members), "no family judges this domain"
                continue
            for row in members:
                holds, reason, is_below = judge_hack(row, domain, scorer, families.hack_golds)
                tally.add(row["id"], holds, reason)
                tally.below += [row["id"]] if is_below else []
    return tallies


def usable(rewards: Mapping[str, RewardConfig]) -> dict[str, RewardConfig]:
    """Return the rewards that can be built, telling of the others."""
    found = {}
    for name, config in rewards.items():
        try:
            with Scorer({name: config}, {name: name}, ScoringConfig()):
                found[name] = config
        except Exception as error:  # one wrong reward must not hide the others
            print(f"hacks of {name}: {error}")
    return found


def judge_hack(
    row: Row, domain: str, scorer: Scorer, golds: Mapping[str, Callable[[Row], Any]]
) -> tuple[bool | None, str, bool]:
    """Return whether an attack came to nothing, what it got, and whether that is less than expected.

    None where the row is no attack on a rule.
    """
    expected = upper_bound(row["expected_reward"])
    if not is_gated(row) or expected is None:
        return None, "", False
    response = row.get("response") or "".join(piece * times for piece, times in row.get("response_build") or [])
    gold = golds[domain](row) if domain in golds else row["gold"]
    entry = scorer.entries[domain]
    params = {name: value for name, value in (row.get("params") or {}).items() if name in entry.parameters}
    task = Task(id=row["id"], source=domain, domain="general", prompt=row["question"] or "", answer=gold, params=params)
    warm_up(scorer, domain, gold)
    start = time.perf_counter()
    verdict = scorer.begin(response, task).result()
    seconds = time.perf_counter() - start
    holds = pays_no_more(verdict, row) and seconds <= row["max_seconds"]
    told = f"{verdict.score} ({verdict.status}) in {seconds:.2f} s, expected {row['expected_reward']}"
    is_exact = isinstance(row["expected_reward"], int | float) and verdict.score is not None
    return holds, told, is_exact and verdict.score < expected - SCORE_TOLERANCE


def warm_up(scorer: Scorer, domain: str, gold: Any) -> None:
    """Have a worker ready, as it is in a run: its start is not the attack's doing."""
    entry = scorer.entries[domain]
    if entry.runs == "worker":
        call = Call(verifier=entry.name, answer="0", gold=gold, arguments=dict(scorer.rewards[domain].params))
        scorer.workers.submit(call.for_worker(), timeout_s=WARM_UP_S).result()


def pays_no_more(verdict: Verdict, row: Row) -> bool:
    """Tell whether the score is at most the expected one; "could not judge" only where the gold is the fault."""
    if verdict.score is None:
        return verdict.status is Status.BAD_GOLD and row["expected_status"] == "bad_gold"
    bound = upper_bound(row["expected_reward"])
    return bound is not None and verdict.score <= bound + SCORE_TOLERANCE


def upper_bound(expected: Any) -> float | None:
    """Return the most that an attack may get: `0`, `"<=0.1"`, `"0 or 1"`; None where no reward is meant ("finite")."""
    if isinstance(expected, int | float):
        return float(expected)
    numbers = []
    for word in str(expected).replace("<=", " ").replace("<", " ").split():
        try:
            numbers.append(float(word))
        except ValueError:
            continue
    return max(numbers, default=None)


def table(title: str, tallies: Mapping[str, Tally], unit: str) -> Iterator[str]:
    """Yield the lines of a table, and under it the rows that differ."""
    yield f"{title:<24} {'rows':>6} {unit:>6} {'share':>8} {'left out':>9}"
    for name, tally in tallies.items():
        share = "" if tally.share is None else f"{100 * tally.share:.2f}%"
        note = f"  {tally.note}" if tally.note else ""
        yield f"{name:<24} {tally.rows:>6} {tally.agree:>6} {share:>8} {tally.left_out:>9}{note}"
    for name, tally in tallies.items():
        for one in tally.differ[:NUM_TOLD] if name != ALL else []:
            yield f"  {name}: {one} differs" + (f": {tally.reasons[one]}" if one in tally.reasons else "")
        if len(tally.differ) > NUM_TOLD and name != ALL:
            yield f"  {name}: and {len(tally.differ) - NUM_TOLD} more; all are in the JSON file"
        if tally.overpaid:
            yield f"  {name}: more than the label: {', '.join(tally.overpaid)}"
        if tally.below and name != ALL:
            yield f"  {name}: less than expected: {', '.join(tally.below)}"


def merged(tallies: Iterable[Tally]) -> Tally:
    """Return one tally of all."""
    total = Tally()
    for one in tallies:
        total.rows, total.agree, total.left_out = (
            total.rows + one.rows, total.agree + one.agree, total.left_out + one.left_out,
        )  # fmt: skip
        total.differ += one.differ
        total.below += one.below
        total.reasons.update(one.reasons)
    return total


def score_folder(folder: Path, families: Families) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Return the tallies of the files and those of the hacks, by domain."""
    files: dict[str, Tally] = {}
    hacks: dict[str, Tally] = {}
    for path in sorted(folder.glob("*.jsonl")):
        try:
            rows = read_rows(path)
        except (OSError, ValueError) as error:
            files[path.stem] = Tally(note=f"cannot be read: {error}")
            continue
        if path.stem == HACKS_FILE:
            hacks = score_hacks(rows, families)
        elif path.stem in families.files:
            files[path.stem] = score_file(rows, families.files[path.stem], families.overpaid.get(path.stem))
        else:
            files[path.stem] = Tally(left_out=len(rows), note="no family judges this file")
    return files, hacks


def main() -> None:
    """Score the folder, print the tables, write the JSON file."""
    parser = argparse.ArgumentParser(description="Score a folder of labelled cases with the verifiers of RLCS.")
    parser.add_argument("folder", type=Path, help="folder with one JSONL file for each kind of case")
    parser.add_argument("--json", type=Path, help="write rows, agree, share and differ of each file here")
    parser.add_argument("--families", type=Path, default=FAMILIES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    files, hacks = score_folder(arguments.folder, load_families(arguments.families))
    if not files and not hacks:
        print(f"no .jsonl file in {arguments.folder}")
    print("\n".join(table("file", files, "agree")))
    if hacks:
        print("\n" + "\n".join(table("hacks of", {**hacks, ALL: merged(hacks.values())}, "hold")))
    if arguments.json is not None:
        report: dict[str, Any] = {name: tally.record() for name, tally in files.items()}
        if hacks:
            domains = {name: tally.record() for name, tally in hacks.items()}
            report[HACKS_FILE] = {**merged(hacks.values()).record(), "domains": domains}
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
