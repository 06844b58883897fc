"""Where a person goes from a page: what a control that was set, or a click on a curve, makes of its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.run import Run


def after_events(address: Address, events: Sequence[tuple[Mapping[str, str], Any]], run: Run) -> Address:
    """Return the address after what a person did: set controls, or clicked on a point of a figure.

    events: what it was that changed, and its new value. Controls and figures that only appeared are among them.
    """
    for source, value in events:
        if source["type"] == "figure" and value:
            return clicked(address, source["name"], value["points"][0], run)
    return changed(address, {source["name"]: value for source, value in events if source["type"] == "control"})


def changed(address: Address, controls: Mapping[str, Any]) -> Address:
    """Return the address after a person has set controls: from the first rows on."""
    values = {name: None if value is None else str(value) for name, value in controls.items()}
    after = address.but(**values)
    return after if after == address else after.but(offset=None, before=None)


def clicked(address: Address, figure: str, point: Mapping[str, Any], run: Run) -> Address:
    """Return where a click on a point of a figure leads: to the rollouts of that step; where none is meant, nowhere."""
    data = point.get("customdata")
    if not isinstance(data, list) or len(data) < 2 or address.page == "/compare":
        return address
    if figure == "waste_by_domain":
        return address.but("/tasks", domain=data[0], source=data[1])
    name = str(data[1])
    domain = name if name in run.domains() else address["domain"]
    source = name if name in run.sources() else address["source"]
    step = str(data[0]).removesuffix(".0")
    return address.but("/rollouts", step=step, domain=domain, source=source, task=address["task"])
