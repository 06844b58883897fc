"""`rlcs demonstrate`: episodes won by the experts of environments, as a file to imitate (`rlcs sft`).

Every row of the sources of data.train that are played in an environment is played once; what scores 1 is kept. The file
is written beside and renamed: it is whole or absent.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.box import SIMPLE
from rich.table import Table

from rewards import Scorer, route_sources
from rlcs.config.environments import environment_of
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS
from rlcs.process.console import console, say, track
from rlcs.records import Outcome, Task
from rlcs.run.episodes import episode_rules
from rlcs.tasks import load_pool
from rollout.environments.experts import Played, play
from rollout.environments.protocol import Environment, EnvironmentFault
from rollout.episodes.demonstrations import SCHEMA, row_of
from rollout.episodes.rules import EpisodeRules

NUM_THREADS = 8
ROWS_WRITTEN = 64
"""Episodes written together."""


@dataclass
class Tally:
    """What became of the episodes of a subcategory."""

    played: int = 0
    kept: int = 0
    won: int = 0
    turns: int = 0
    mistakes: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Why the others were not kept."""


class Players:
    """The environments of all sources, each used by one thread at a time."""

    def __init__(self, rules: dict[str, EpisodeRules], *, mistakes: float, threshold: float, keeps: bool) -> None:
        """keeps: mistakes are turns like others, and what they lose is not played again."""
        self._rules, self._mistakes, self._threshold, self._keeps = rules, mistakes, threshold, keeps
        self._idle: dict[str, SimpleQueue[Environment]] = {name: SimpleQueue() for name in rules}

    def play(self, task: Task) -> Played | str:
        """Play the episode of a task, again without mistakes where they lost it; or say why that could not be done."""
        found: Played | str = ""
        for mistakes in dict.fromkeys((self._mistakes, 0.0)):
            found = self._played(task, mistakes=mistakes)
            if self._keeps and not isinstance(found, str):
                return found
            if not isinstance(found, str) and not (found.num_mistakes and is_lost(found.outcome, self._threshold)):
                break
        return found

    def _played(self, task: Task, *, mistakes: float) -> Played | str:
        rules, idle = self._rules[task.source], self._idle[task.source]
        environment = ENVIRONMENTS.get(rules.environment).make(rules.params) if idle.empty() else idle.get()
        shown = rules.shown(task)
        try:
            played = play(environment, shown, seed=task.row, max_turns=rules.max_turns, mistakes=mistakes)
        except EnvironmentFault as fault:
            environment.close()
            return str(fault)
        idle.put(environment)
        return played

    def keeps(self, played: Played) -> bool:
        """Tell whether an episode is to be imitated although it was lost: by mistakes that are."""
        return self._keeps and played.num_mistakes > 0

    def to_imitate(self, played: Played) -> Played:
        """Return an episode as it is to be imitated: where mistakes are kept, they are turns like others."""
        if not self._keeps:
            return played
        return replace(played, turns=tuple(replace(turn, is_mistake=False) for turn in played.turns))

    def close(self) -> None:
        """Close all environments."""
        for idle in self._idle.values():
            while not idle.empty():
                idle.get().close()


def is_lost(outcome: Outcome | None, threshold: float) -> bool:
    """Tell whether an episode was left, or scored less by its environment; a verifier may still judge the others."""
    return outcome is None or (outcome.status is not None and (outcome.score is None or outcome.score < threshold))


def run(config: Config, *, out: Path, mistakes: float = 0.0, keeps: bool = False) -> None:
    """Play the rows of data.train, write what was won to a Parquet file, and say how many of each kind that was.

    mistakes: share of turns that are a mistake, which is shown and not imitated; keeps: unless they are kept as turns
    to imitate, and the episodes that they lost as well.
    """
    if keeps and not mistakes:
        raise UserError("--keep-mistakes keeps those of --mistakes SHARE, which is 0; give it, or leave both out")
    rules = rules_of(config, mistakes=mistakes)
    sources = [source for source in config.data.train if source.name in rules]
    routes = route_sources(sources, config.rewards)
    with Scorer(config.rewards, routes, config.scoring) as scorer:
        pool = load_pool(sources, check_gold=scorer.check_gold)
        tallies: dict[str, Tally] = defaultdict(Tally)
        beside = out.with_name(f"{out.name}.{os.getpid()}.tmp")
        try:
            players = Players(rules, mistakes=mistakes, threshold=config.eval.threshold, keeps=keeps)
            num_kept = write(beside, kept(config, list(pool.take(range(len(pool)))), players, scorer, tallies))
            print_tallies(tallies)
            if not num_kept:
                raise UserError("no episode was won: see the reasons above; nothing was written")
            beside.rename(out)
        finally:
            beside.unlink(missing_ok=True)
    say(f"wrote {num_kept:,} episodes to {out}; imitate them with: rlcs sft --config … data.train.0.path={out}")


def rules_of(config: Config, *, mistakes: float) -> dict[str, EpisodeRules]:
    """Return the rules of the sources to play; UserError where there is none, or an environment lacks what is asked."""
    wanted = {source.name for source in config.data.train if environment_of(source) is not None}
    rules = {name: found for name, found in episode_rules(config, None).items() if name in wanted}
    if not rules:
        raise UserError("no source of data.train is played in an environment; name one, or a path such as miniwob://…")
    for name, found in rules.items():
        if not callable(getattr(ENVIRONMENTS.get(found.environment).function, "expert", None)):
            raise UserError(
                f"data source {name!r} is played in the environment {found.environment!r}, which has no expert: give "
                "its class a method expert(self) -> str that returns the turn to write now, or take the source out"
            )
        if mistakes and not callable(getattr(ENVIRONMENTS.get(found.environment).function, "mistake", None)):
            raise UserError(
                f"--mistakes: the environment {found.environment!r} of data source {name!r} makes none: give its class "
                "a method mistake(self, random) -> str that returns a turn which does not help, or leave --mistakes out"
            )
    return rules


def kept(
    config: Config, tasks: list[Task], players: Players, scorer: Scorer, tallies: dict[str, Tally]
) -> Iterator[dict[str, Any]]:
    """Play all tasks, some at a time, and yield in their order what was won, or lost by mistakes that are kept."""
    threads = ThreadPoolExecutor(NUM_THREADS)
    try:
        found = zip(tasks, threads.map(players.play, tasks), strict=True)
        for task, played in track(found, total=len(tasks), text="playing"):
            tally = tallies[task.subcategory or task.source]
            tally.played += 1
            score, reason = (None, played) if isinstance(played, str) else judged(played.outcome, task, scorer)
            is_won = score is not None and score >= config.eval.threshold
            if isinstance(played, str) or score is None or not (is_won or players.keeps(played)):
                tally.reasons[reason] += 1
                continue
            tally.won += is_won
            tally.kept, tally.turns = tally.kept + 1, tally.turns + len(played.turns)
            tally.mistakes += played.num_mistakes
            yield row_of(task, players.to_imitate(played), score)
    finally:
        threads.shutdown(cancel_futures=True)
        players.close()


def judged(outcome: Outcome | None, task: Task, scorer: Scorer) -> tuple[float | None, str]:
    """Return the score of an episode, by its environment or the verifier of its source, and what is said of it."""
    if outcome is None:
        return None, "it was not over when its turns were"
    if outcome.status is not None:
        return outcome.score, outcome.message
    verdict = scorer.begin(outcome.answer or "", task).result()
    return verdict.score, verdict.message or str(verdict.status)


def write(file: Path, rows: Iterator[dict[str, Any]]) -> int:
    """Write rows to a Parquet file as they come; return how many."""
    num_rows, waiting = 0, list[dict[str, Any]]()
    with pq.ParquetWriter(file, SCHEMA) as writer:
        for num_rows, row in enumerate(rows, start=1):  # noqa: B007
            waiting.append(row)
            if len(waiting) == ROWS_WRITTEN:
                writer.write_table(pa.Table.from_pylist(waiting, schema=SCHEMA))
                waiting = []
        writer.write_table(pa.Table.from_pylist(waiting, schema=SCHEMA))
    return num_rows


def print_tallies(tallies: dict[str, Tally]) -> None:
    """Print a row for each subcategory."""
    table = Table(box=SIMPLE)
    for title in ("subcategory", "played", "kept", "won", "turns", "mistakes", "most of the others"):
        table.add_column(title, overflow="fold")
    for name, tally in sorted(tallies.items()):
        turns, mistakes = (f"{count / tally.kept:.1f}" if tally.kept else "" for count in (tally.turns, tally.mistakes))
        reason = tally.reasons.most_common(1)[0][0] if tally.reasons else ""
        table.add_row(name, f"{tally.played:,}", f"{tally.kept:,}", f"{tally.won:,}", turns, mistakes, reason)
    console.print(table, soft_wrap=False)
