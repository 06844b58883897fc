"""Counts of verdicts per source: the metrics of a step, and the stop when too much could not be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rlcs.errors import RunStopped
from rlcs.records import UNJUDGED, Group, Status, Verdict

_SHARES = {
    "timeout_share": frozenset({Status.TIMEOUT, Status.WORKER_DIED}),
    "no_answer_share": frozenset({Status.NO_ANSWER}),
    "format_error_share": frozenset({Status.FORMAT_ERROR}),
    "correct_share": frozenset({Status.CORRECT}),
    "unjudged_share": UNJUDGED,
}


def verdicts_by_source(groups: Iterable[Group]) -> dict[str, list[Verdict]]:
    """Gather the verdicts of all groups by the source of their tasks."""
    found: dict[str, list[Verdict]] = {}
    for group in groups:
        found.setdefault(group.task.source, []).extend(group.verdicts)
    return {source: verdicts for source, verdicts in found.items() if verdicts}


def share(verdicts: list[Verdict], statuses: frozenset[Status]) -> float:
    """Return the share of verdicts with one of the statuses, in [0, 1]."""
    return sum(verdict.status in statuses for verdict in verdicts) / len(verdicts)


def source_metrics(by_source: dict[str, list[Verdict]]) -> dict[str, float]:
    """Return `reward/<source>/…_share` for every source."""
    return {
        f"reward/{source}/{name}": share(verdicts, statuses)
        for source, verdicts in by_source.items()
        for name, statuses in _SHARES.items()
    }


def stop_if_unjudged(source: str, verdicts: list[Verdict], limit: float) -> None:
    """Raise RunStopped when more than the share `limit` of a source's verdicts could not be judged."""
    unjudged = share(verdicts, UNJUDGED)
    if unjudged <= limit:
        return
    reasons = Counter(f"{v.status}: {v.message}" for v in verdicts if v.status in UNJUDGED)
    reason, count = reasons.most_common(1)[0]
    raise RunStopped(
        f"{unjudged:.0%} of the {len(verdicts)} answers of source {source!r} could not be judged (allowed: "
        f"{limit:.0%}); most often ({count} times) {reason}. Correct the gold answers or the verifier, "
        "or raise max_unjudged_share"
    )
