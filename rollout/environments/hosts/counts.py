"""What went wrong with environments, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """Since the hosts were started."""

    episodes: int = 0
    """Begun."""
    steps: int = 0
    """Steps and resets that the caller asked for and got."""
    faults: int = 0
    """Calls that failed: a fault that an environment told, a deadline, a host that ended."""
    replays: int = 0
    """Episodes brought back to where they were, with equal observations."""
    env_faults: int = 0
    """Episodes given up: verdict env_fault."""
    unequal: int = 0
    """Of those, given up because a replay showed something else."""
    hung_by_action: int = 0
    """Of those, given up because the same action made two pages hang."""
    hosts_replaced: int = 0
    """Hosts that ended, or were ended, and were started anew."""

    def as_metrics(self) -> dict[str, float]:
        """Return the counts by name, and the share of episodes given up."""
        return {**asdict(self), "fault_share": self.env_faults / max(self.episodes, 1)}
