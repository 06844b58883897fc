"""What the grades of each source have cost this run and saved it, told from the run alone.

Cost is what `rlcs grade` generated (grades.json of the run folder). Saved is what the first visits of graded tasks
wasted less on groups that teach nothing than those of other tasks of the same source:

    saved = (share of valid groups, graded - share of valid groups, the others) x completions of the graded ones

The others are tasks without a grade; where none of these was visited, tasks that were measured stand against those
that were predicted from them, which tells too little, because predictions are bought by grading as well. The standard
error is that of a difference of two shares, each with a success and a failure added (Agresti and Caffo 2000).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from curriculum.graded_visits import KINDS
from rlcs.dashboard.data.curves import TOTALS, Curves
from rlcs.dashboard.data.parquet import Unreadable
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View

FILE = "grades.json"


@dataclass(frozen=True, kw_only=True)
class Visits:
    """First visits of tasks of one kind."""

    groups: float = 0.0
    valid: float = 0.0

    @property
    def share(self) -> float:
        """Return which share of the groups taught something; nan without any."""
        return self.valid / self.groups if self.groups else math.nan

    def variance(self) -> float:
        """Return the variance of the share by chance. Example: 3 valid groups of 6 count as 4 of 8: 0.031."""
        share = (self.valid + 1.0) / (self.groups + 2.0)
        return share * (1.0 - share) / (self.groups + 2.0)


@dataclass(frozen=True, kw_only=True)
class SourceGrading:
    """What grading knew of one source, what it took and what it saved so far."""

    source: str
    tasks: dict[str, int]
    """By KINDS."""
    visits: dict[str, Visits]
    """By KINDS: first visits so far."""
    cost: float
    """Completions that its grades took; nan when unknown."""
    cost_share: float
    """The same as a share of the completions that the run has generated so far."""
    saved: float
    """Completions; nan where there is nothing to compare with."""
    error: float
    """Standard error of `saved`."""
    against: str
    """Which of KINDS the graded tasks are compared with; "" for none."""

    @property
    def net(self) -> float:
        """Return saved less cost."""
        return self.saved - self.cost


def source_gradings(run: Run, view: View) -> list[SourceGrading]:
    """Return the sources that have grades, of those that a view shows."""
    curves, group_size = run.curves(), run.setting("rollout.group_size", 0)
    return [
        _of_source(name, told, curves, group_size)
        for name, told in read_gradings(run).items()
        if view.source in ("", name) and view.domain in ("", run.domain_of(name) or view.domain)
    ]


def read_gradings(run: Run) -> dict[str, Mapping[str, Any]]:
    """Return what the run folder says of the grades of each source; {} where there are none."""
    try:
        found = json.loads((run.folder / FILE).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        run.note(Unreadable(f"{FILE} cannot be read: {type(error).__name__}"))
        return {}
    sources = found.items() if isinstance(found, dict) else ()
    return {name: told for name, told in sources if isinstance(told, dict)}


def names_grades(run: Run) -> bool:
    """Tell whether the settings name grades: folders of older versions do not say more of them."""
    listed = run.setting("data.train", [])
    return any(isinstance(source, dict) and source.get("grades") for source in listed)


def _of_source(name: str, told: Mapping[str, Any], curves: Curves, group_size: int) -> SourceGrading:
    visits = {kind: _visits(curves, f"curriculum/first_visits/{name}/{kind}") for kind in KINDS}
    graded, others, against = _compared(visits)
    cost, generated = _count(told.get("num_completions")), curves.last(TOTALS["rollouts"])
    num_completions = graded.groups * group_size if against else math.nan
    return SourceGrading(
        source=name,
        tasks={kind: int(known) if math.isfinite(known := _count(told.get(kind))) else 0 for kind in KINDS},
        visits=visits,
        cost=cost,
        cost_share=cost / generated if generated > 0 else math.nan,
        saved=(graded.share - others.share) * num_completions,
        error=math.sqrt(graded.variance() + others.variance()) * num_completions,
        against=against,
    )


def _compared(visits: Mapping[str, Visits]) -> tuple[Visits, Visits, str]:
    """Return the visits of graded tasks, those they are compared with, and the kind of these, "" for none."""
    measured, predicted, ungraded = (visits[kind] for kind in KINDS)
    graded = _together((measured, predicted))
    if ungraded.groups and graded.groups:
        return graded, ungraded, "ungraded"
    return measured, predicted, "predicted" if measured.groups and predicted.groups else ""


def _together(parts: Iterable[Visits]) -> Visits:
    parts = list(parts)
    return Visits(groups=sum(part.groups for part in parts), valid=sum(part.valid for part in parts))


def _visits(curves: Curves, key: str) -> Visits:
    groups, valid = (curves.last(f"{key}/{name}") for name in ("groups", "valid"))
    return Visits(groups=groups, valid=valid) if groups > 0 and 0 <= valid <= groups else Visits()


def _count(value: Any) -> float:
    is_count = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return float(value) if is_count else math.nan
