"""Where a person goes from a page: what a control that was set, or a click on a curve, makes of its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rlcs.dashboard.address import PART, Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import Slice
from rlcs.dashboard.data.snapshots import parts_of


def after_events(address: Address, events: Sequence[tuple[Mapping[str, str], Any]], run: Run) -> Address:
    """Return the address after what a person did: set controls, or clicked on a point of a figure.

    events: what it was that changed, and its new value. Controls and figures that only appeared are among them.
    """
    for source, value in events:
        if source["type"] == "figure" and value:
            return clicked(address, source["name"], value["points"][0], run)
    return changed(address, {source["name"]: value for source, value in events if source["type"] == "control"})


def changed(address: Address, controls: Mapping[str, Any]) -> Address:
    """Return the address after a person has set controls: from the first rows on, and all of a domain or source."""
    values = {name: None if value is None else str(value) for name, value in controls.items()}
    after = address.but(**values)
    for place, name in enumerate(PART):
        if after[name] and after[name] != address[name]:
            after = after.but(**{finer: values.get(finer) for finer in PART[place + 1 :]})
    return after if after == address else after.but(offset=None, before=None)


def clicked(address: Address, figure: str, point: Mapping[str, Any], run: Run) -> Address:
    """Return where a click on a point of a figure leads: to the rollouts of that step; where none is meant, nowhere."""
    data = point.get("customdata")
    if not isinstance(data, list) or len(data) < 2 or address.page == "/compare":
        return address
    if figure == "waste_by_domain":
        return address.about("/tasks", **dict(zip(Slice._fields, data, strict=False)))
    if figure == "success_by_turns":
        return address.but("/rollouts", source=str(data[0]), turns=data[1])
    step = str(data[0]).removesuffix(".0")
    return address.but("/rollouts", step=step, task=address["task"], **_part(figure, str(data[1]), address, run))


def _part(figure: str, name: str, address: Address, run: Run) -> dict[str, str]:
    """Return the part of the run that a curve is about: as the address says, with what its name makes of that."""
    view = address.view
    if figure == "certainty":
        view = parts_of(run, view).get(name, view)
    elif name in run.domains():
        view = replace(view, domain=name)
    elif name in run.sources():
        view = replace(view, source=name)
    return {part: getattr(view, part) for part in PART}
