"""The environments of an engine: hosts by what they hold, kept from one call to the next."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count

import rollout.environments.builtin  # noqa: F401  (registers)
from rlcs.plugins import unpack
from rlcs.records import Task
from rollout.environments.hosts.pool import Hosts, Reply
from rollout.episodes.rules import EpisodeRules


@dataclass
class Stage:
    """All hosts of an engine. Keys are of one episode each, over all of them."""

    waited_s: float = 0.0
    """Seconds in which the engine had nothing to do but to wait for an environment."""
    _hosts: dict[str, Hosts] = field(default_factory=dict)
    _homes: dict[int, Hosts] = field(default_factory=dict)
    _keys: count[int] = field(default_factory=count)

    def num_free(self, rules: EpisodeRules) -> int:
        """How many episodes of these rules can be begun now; the first time hosts are started for them."""
        return self._hosts_of(rules).num_free

    def begin(self, task: Task, rules: EpisodeRules, seed: int) -> int:
        """Begin an episode and return its key; its first observation comes with `poll`."""
        key = next(self._keys)
        hosts = self._homes[key] = self._hosts_of(rules)
        hosts.begin(key, task, seed)
        return key

    def step(self, key: int, text: str) -> None:
        """Say the text of a turn."""
        self._homes[key].step(key, text)

    def poll(self) -> list[Reply]:
        """Return the replies that have come; never waits."""
        return [reply for hosts in self._hosts.values() for reply in hosts.poll()]

    def wait(self, seconds: float) -> None:
        """Wait until an environment has something to say, at most so long; hosts of several kinds have a share each."""
        began = time.monotonic()
        busy = [hosts for hosts in self._hosts.values() if hosts.num_working]
        for hosts in busy:
            hosts.wait(seconds / len(busy))
        self.waited_s += time.monotonic() - began

    def close(self, key: int) -> None:
        """Give the environment of an episode back."""
        self._homes.pop(key).close(key)

    def end(self) -> None:
        """End all environments."""
        for hosts in self._hosts.values():
            hosts.end()
        self._hosts, self._homes = {}, {}

    def _hosts_of(self, rules: EpisodeRules) -> Hosts:
        if rules.key not in self._hosts:
            unpack(rules.plugins)
            self._hosts[rules.key] = Hosts(
                rules.environment, rules.params, num_hosts=rules.num_hosts, plugins=rules.plugins
            )
        return self._hosts[rules.key]
