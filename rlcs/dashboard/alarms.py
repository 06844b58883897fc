"""Alarms in words: what a person should look at first. docs/dashboard.md explains each kind."""

from __future__ import annotations

from rlcs.dashboard.data.run import Run
from rlcs.dashboard.rules import Alarm
from rlcs.dashboard.rules.learning import entropy_alarms, hacking_alarms, mismatch_alarms
from rlcs.dashboard.rules.progress import curriculum_alarms, run_alarms
from rlcs.dashboard.rules.verdicts import length_alarms, verdict_alarms

__all__ = ["SEVERITIES", "Alarm", "alarms"]

SEVERITIES = ("bad", "warn", "info")
"""From the worst."""


def alarms(run: Run) -> list[Alarm]:
    """Return the alarms of a run, the worst and among those the oldest first."""
    curves = run.curves()
    found = [
        *hacking_alarms(curves),
        *verdict_alarms(run, curves),
        *length_alarms(run, curves),
        *mismatch_alarms(curves),
        *entropy_alarms(curves),
        *curriculum_alarms(run, curves),
        *run_alarms(run, curves),
    ]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.since or 0, one.text))
