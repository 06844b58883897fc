"""A bandit over domains: more of the domains where groups teach most. Off unless asked for (curriculum.bandit).

    reward of a domain   mean |advantage| over all its groups of the step (SEC, arXiv 2505.14970), 0 for a group
                         whose scores are all the same; between 0 and 1
    Q                    Q + rate x (reward - Q), 1 at the start, so that no domain is given up untried
    share                (1 - explore) x proportion x exp(Q / temperature), normalized, + explore x proportion

Equal Q leave the configured mixture as it is; `explore` of it is kept whatever the Q.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from curriculum.beliefs.difficulty import Floats
from curriculum.beliefs.tally import teaches
from rlcs.config.schema import BanditConfig
from rlcs.records import Group, TaskIndex


def mean_advantage(scores: Sequence[float], *, min_spread: float = 0.0) -> float:
    """Return the mean of |score - mean| / standard deviation; 0 where nothing is taught. (1, 0, 0, 0): 0.87."""
    if not teaches(scores, min_spread=min_spread):
        return 0.0
    values = np.asarray(scores, dtype=np.float64)
    return float(np.abs(values - values.mean()).mean() / values.std())


class DomainBandit:
    """What each domain's groups have been worth, and the mixture of sources that follows."""

    def __init__(self, config: BanditConfig, index: TaskIndex) -> None:
        self.config = config
        self._configured: Floats = np.asarray(index.proportions, dtype=np.float64) / np.sum(index.proportions)
        self._domains = domains_of_sources(index)
        self._values = dict.fromkeys(self._domains, 1.0)

    def proportions(self) -> Floats:
        """Return the share of each source, [S], summing to 1."""
        if not self.config.enabled:
            return self._configured
        values = np.array([self._values[domain] for domain in self._domains])
        preferred = self._configured * np.exp((values - values.max()) / self.config.temperature)
        explore = self.config.explore
        return np.asarray((1.0 - explore) * preferred / preferred.sum() + explore * self._configured)

    def observe(self, groups: Sequence[Group], *, min_spread: float = 0.0) -> None:
        """Learn from all groups of a step, discarded ones too; groups without two judged completions tell nothing."""
        if not self.config.enabled:
            return
        rewards: dict[str, list[float]] = {}
        for group in groups:
            if len(group.scores) >= 2:
                rewards.setdefault(group.task.domain, []).append(mean_advantage(group.scores, min_spread=min_spread))
        for domain, values in rewards.items():
            if domain in self._values:
                self._values[domain] += self.config.rate * (float(np.mean(values)) - self._values[domain])

    def metrics(self) -> dict[str, float]:
        """Return curriculum/bandit/<domain>/value and share; nothing when off."""
        if not self.config.enabled:
            return {}
        shares = dict.fromkeys(self._values, 0.0)
        for domain, share in zip(self._domains, self.proportions().tolist(), strict=True):
            shares[domain] += share
        return {
            **{f"curriculum/bandit/{domain}/value": value for domain, value in self._values.items()},
            **{f"curriculum/bandit/{domain}/share": share for domain, share in shares.items()},
        }

    def state_dict(self) -> dict[str, float]:
        """Return Q by domain."""
        return dict(self._values)

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Take back Q; a domain that is new starts at 1."""
        self._values = {domain: float(state.get(domain, 1.0)) for domain in self._values}


def domains_of_sources(index: TaskIndex) -> list[str]:
    """Return the domain of each source: that of its first task; "" for a source without tasks."""
    sources, first = np.unique(index.source, return_index=True)
    domain = dict(zip(sources.tolist(), index.domain[first].tolist(), strict=True))
    return [index.domains[domain[source]] if source in domain else "" for source in range(len(index.sources))]
