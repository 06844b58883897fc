"""Hosts as one: episodes begun, stepped and replayed; a fault of ours is never a reward.

Nothing here waits but `wait`: the engine goes on while pages work. A call that fails (the environment says so, its
deadline passes, its host ends) costs the page. A new page is brought to where the episode was: reset with the same
seed, the recorded texts stepped again, each observation compared. When replays fail too, or show something else, the
episode ends with the status env_fault, which is no reward.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS, Packed, pack, plugin_of
from rlcs.records import Status, Task
from rollout.environments.hosts.counts import Counts
from rollout.environments.hosts.episode import Episode
from rollout.environments.hosts.messages import Answer, Request, Setup
from rollout.environments.hosts.process import MAX_STARTS, Host
from rollout.environments.protocol import Observation, Outcome

_OURS = ("rollout.", "rlcs.", "rewards.")
_POLL_S = 0.5
"""Deadlines are looked at so often."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What an episode shows after its reset or a step."""

    key: int
    observation: Observation
    seconds: float
    """From the call to this reply, replays included."""
    replays: int
    """How often a new page had to be brought here meanwhile."""


@dataclass(slots=True)
class _Turn:
    """What has happened since the caller's call."""

    began: float = field(default_factory=time.monotonic)
    replays: int = 0


class Hosts:
    """Some hosts of one environment. Keys are the caller's, one for each live episode."""

    def __init__(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        num_hosts: int = 1,
        per_host: int | None = None,
        plugins: Iterable[Packed] = (),
    ) -> None:
        """Start the hosts. plugins: what is loaded in them; else the file in which the environment was found."""
        self._entry = ENVIRONMENTS.get(name)
        self._entry.check_params(params)
        self.per_host = per_host or self._entry.per_host
        home = self._entry.function.__module__
        packed = tuple(plugins) or tuple(pack([] if home.startswith(_OURS) else [plugin_of(home)]))
        setup = Setup(name=name, params=dict(params), plugins=packed, slots=self.per_host)
        self._hosts = [Host(setup) for _ in range(num_hosts)]
        self._episodes: dict[int, Episode] = {}
        self._turns: dict[int, _Turn] = {}
        self._owners: dict[int, int | None] = {}
        """Calls in flight -> keys; None where the episode was closed meanwhile."""
        self._ready: list[Reply] = []
        self._numbers = count()
        self.counts = Counts()

    @property
    def pids(self) -> list[int]:
        """The processes of the hosts."""
        return [host.pid for host in self._hosts]

    @property
    def num_free(self) -> int:
        """How many episodes can be begun now."""
        return sum(len(self._free_slots(number)) for number in range(len(self._hosts)))

    @property
    def num_working(self) -> int:
        """Episodes whose reply is still to come."""
        return len(self._turns)

    def begin(self, key: int, task: Task, seed: int) -> None:
        """Begin an episode under a key that no live one has; `num_free` must be above 0."""
        assert key not in self._episodes, f"episode {key} is live already"
        free = [(len(self._free_slots(number)), -number) for number in range(len(self._hosts))]
        most, host = max(free)
        assert most > 0, "no environment is free; ask num_free first"
        slot = self._free_slots(-host)[0]
        self._episodes[key] = Episode(task=task, seed=seed, host=-host, slot=slot)
        self.counts.episodes += 1
        self._call(key)

    def step(self, key: int, text: str) -> None:
        """Say the text of a turn, without its stop token."""
        episode = self._episodes[key]
        assert len(episode.texts) + 1 == len(episode.digests), f"episode {key} has not answered yet"
        episode.texts.append(text)
        self._call(key)

    def poll(self) -> list[Reply]:
        """Return the replies that have come since; never waits. Raises UserError on what only a person can fix."""
        for number, host in enumerate(self._hosts):
            self._listen(number, host)
        replies, self._ready = self._ready, []
        return replies

    def wait(self, seconds: float) -> None:
        """Wait until a host has something to say, at most so long."""
        if not self._ready and self._turns:
            ready = select.poll()  # which takes descriptors of any number, unlike select
            for host in self._hosts:
                ready.register(host.pipe.source, select.POLLIN)
            ready.poll(1000 * min(seconds, _POLL_S))

    def close(self, key: int) -> None:
        """Give the environment back, whether or not its episode is over; a reply on its way is dropped."""
        episode = self._episodes.pop(key)
        self._turns.pop(key, None)
        host = self._hosts[episode.host]
        if key in host.waiting:
            host.waiting.remove(key)
        self._owners |= {number: None for number in host.calls if self._owners[number] == key}
        self._ready = [reply for reply in self._ready if reply.key != key]

    def end(self) -> None:
        """End all hosts and what they hold."""
        for host in self._hosts:
            host.end()
        self._hosts = []

    def _free_slots(self, host: int) -> list[int]:
        taken = {one.slot for one in self._episodes.values() if one.host == host}
        taken |= {slot for slot, _ in self._hosts[host].calls.values()}  # of episodes that were closed meanwhile
        return [slot for slot in range(self.per_host) if slot not in taken]

    def _call(self, key: int) -> None:
        episode = self._episodes[key]
        self._turns[key] = _Turn(replays=int(episode.done < len(episode.digests)))
        host = self._hosts[episode.host]
        host.waiting.append(key)
        self._dispatch(host)

    def _dispatch(self, host: Host) -> None:
        """Make the calls that wait: all of them, or one at a time."""
        while host.waiting and not (host.is_careful and host.calls):
            key = host.waiting.popleft()
            episode, number = self._episodes[key], next(self._numbers)
            self._owners[number] = key
            if episode.done == 0:
                request = Request(number=number, slot=episode.slot, task=episode.task, seed=episode.seed)
                host.ask(request, self._entry.reset_s)
            else:
                text = episode.texts[episode.done - 1]
                host.ask(Request(number=number, slot=episode.slot, text=text), self._entry.deadline_s)
        if not host.calls:
            host.is_careful = False

    def _listen(self, number: int, host: Host) -> None:
        for message in host.listen():
            if isinstance(message, Answer):
                self._take(host, message)
        if overdue := host.overdue():
            self._replace(number, host, overdue[0])
        elif host.pipe.is_closed:
            self._replace(number, host, None)
        self._dispatch(host)

    def _take(self, host: Host, answer: Answer) -> None:
        """Take the answer to a call."""
        host.calls.pop(answer.number)
        key = self._owners.pop(answer.number)
        if answer.kind == "user":
            raise UserError(answer.fault)
        if key is None:
            return
        episode = self._episodes[key]
        if answer.observation is None:
            self._blame(key, answer.fault, hung=answer.kind == "hung")
            return
        was_replayed = episode.is_replayed
        if not episode.observe(answer.observation):
            self.counts.unequal += 1
            self._give_up(key, f"a replay showed something else at turn {episode.done - 1}; before: {episode.message}")
        elif not was_replayed:
            self._reply(key, answer.observation)
            self.counts.steps += 1
        if key in self._turns and episode.is_due:
            host.waiting.appendleft(key)

    def _blame(self, key: int, message: str, *, hung: bool) -> None:
        """Let an episode try again after a fault, or give it up."""
        self.counts.faults += 1
        episode = self._episodes[key]
        what = episode.blame(message, hung=hung)
        if what == "retry":
            self._turns[key].replays += 1
            self._hosts[episode.host].waiting.appendleft(key)
            return
        self.counts.hung_by_action += what == "hung by action"
        told = "its action made two pages hang" if what == "hung by action" else "replays failed as well"
        self._give_up(key, f"{told}: {message}")

    def _give_up(self, key: int, message: str) -> None:
        self.counts.env_faults += 1
        outcome = Outcome(status=Status.ENV_FAULT, message=message[:200])
        self._reply(key, Observation(parts=(), outcome=outcome))

    def _reply(self, key: int, observation: Observation) -> None:
        turn = self._turns.pop(key)
        self.counts.replays += turn.replays > 0 and self._episodes[key].failures == 0
        seconds = time.monotonic() - turn.began
        self._ready.append(Reply(key=key, observation=observation, seconds=seconds, replays=turn.replays))

    def _replace(self, number: int, host: Host, late: int | None) -> None:
        """Go on with a new host where one ended, or has to be ended because the call `late` is not answered.

        The call that is late is to blame. Where a host ended of itself, so is the one call in flight; with several in
        flight none is, but from then on calls are made one at a time until all of them are answered.
        """
        if late is None and host.num_failed_starts >= MAX_STARTS:
            raise UserError(f"a host of the environment {self._entry.name!r} does not start: {host.told()}")
        told = f"the host ended: {host.told()}" if late is None else "no answer within its deadline"
        in_flight = [(call, self._owners.pop(call)) for call in host.calls]
        host.replace()
        self.counts.hosts_replaced += 1
        live = {call: key for call, key in in_flight if key is not None}
        host.is_careful = late is None and bool(live)
        for call, key in live.items():
            if call == late or (late is None and len(live) == 1):
                self._blame(key, told, hung=late is not None)
            else:
                self._turns[key].replays += 1
                host.waiting.appendleft(key)
        for episode in self._episodes.values():
            if episode.host == number:
                episode.lose_page()
                episode.message = episode.message or told
