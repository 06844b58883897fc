"""One episode while it is played: turns, what was shown between them, and the tokens of it all.

begin(observation)  -> the first prompt
end_turn(end)       -> the text for the environment
show(observation)   -> what the engine reads next; None when the episode is over
complete()          -> the Completion
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rlcs.records import Completion, Outcome, Part, PromptImage, Status, Turn
from rlcs.tasks.prompts import Prompt
from rollout.drafts import Draft
from rollout.environments.protocol import Observation, Piece
from rollout.episodes.conversation import Conversation, shifted
from rollout.episodes.layout import told_anew
from rollout.episodes.rules import EpisodeRules
from rollout.forcing import Finished, Markers


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """What the policy reads before its next turn."""

    prompt: Prompt
    """More tokens of the present part, images counted from the first of its prompt; or a new prompt."""
    is_new: bool


class Episode:
    """One episode. `draft` holds the tokens of the present part."""

    def __init__(self, rules: EpisodeRules, conversation: Conversation, markers: Markers, *, turn_tokens: int) -> None:
        """turn_tokens: what a turn may take, thinking, answer and what is inserted."""
        self.outcome: Outcome | None = None
        self.draft = Draft()
        self.prompt = Prompt(ids=())
        """That of the present part."""
        self.has_begun = False
        self.turns: list[Turn] = []
        self._rules, self._conversation, self._markers = rules, conversation, markers
        self._turn_tokens = turn_tokens
        self._opening: tuple[Piece, ...] = ()
        self._began_with = ""
        self._steps: list[tuple[str, tuple[Piece, ...]]] = []
        self._images: list[PromptImage] = []
        """Shown in the present part after its prompt."""
        self._parts: list[Part] = []
        self._finish_reason = "stop"

    def begin(self, observation: Observation) -> Prompt | None:
        """Return the first prompt; None when there is none, and the episode over before it began."""
        self._opening, self.has_begun = observation.parts, True
        self._began_with = "\n".join(piece for piece in observation.parts if isinstance(piece, str))
        if observation.outcome is not None:
            self.outcome = observation.outcome
            return None
        self.prompt = self._conversation.opening(observation.parts, self._rules.system_prompt)
        if len(self.prompt) + self._turn_tokens > self._rules.context_tokens:
            self.fail(
                f"the first prompt has {len(self.prompt)} tokens, and a turn may take {self._turn_tokens}: more than "
                f"environment.context_tokens={self._rules.context_tokens}; raise it"
            )
            return None
        return self.prompt

    def fail(self, message: str) -> None:
        """End the episode through a fault of ours, which is no reward."""
        self.outcome = Outcome(status=Status.ENV_FAULT, message=message)

    def end_turn(self, end: Finished) -> str:
        """Take the end of a turn and return its text, for the environment."""
        start = self.draft.turn_start
        self.draft.end_turn(end)
        self._finish_reason = end.finish_reason
        tokens = self.draft.token_ids[start:]
        text = self._markers.decode(tokens[:-1] if end.finish_reason == "stop" else tokens)
        stop, forced = len(self.draft.token_ids), self.draft.is_forced
        self.turns.append(Turn(part=len(self._parts), start=start, stop=stop, text=text, forced=forced))
        return text

    def show(self, observation: Observation, *, seconds: float, replays: int) -> Next | None:
        """Take what the environment answered; return what the policy reads next, or None when the episode is over."""
        shown, counted = observation.parts, observation.counted
        turn = replace(self.turns[-1], shown=shown, counted=counted, seconds=seconds, replays=replays)
        self.turns[-1] = turn
        self._steps.append((turn.text, shown))
        self.outcome = observation.outcome
        if self.outcome is None and len(self.turns) == self._rules.max_turns:
            self._give_up(f"not done after {len(self.turns)} turns")
        if self.outcome is not None:
            return None
        if observation.fresh:
            self._opening, self._steps = observation.parts, []
        return self._next(observation)

    def _next(self, observation: Observation) -> Next | None:
        if self._rules.layout == "append" and not observation.fresh:
            reply = self._reply(observation.parts)
            if self._fits(len(self.prompt) + len(self.draft.token_ids) + len(reply)):
                self.draft.show(reply.ids)
                self._images += reply.images
                return Next(prompt=reply, is_new=False)
            if self._rules.when_full == "end":
                self._give_up(f"the next turn has no room in environment.context_tokens={self._rules.context_tokens}")
                return None
        prompt = self._told_anew()
        if prompt is None:
            # Even the last thing shown alone: nothing that the policy did, or could do, makes room for it.
            self.fail(f"what is shown has no room in environment.context_tokens={self._rules.context_tokens}; raise it")
            return None
        self._parts.append(self._part())
        self.prompt, self.draft, self._images = prompt, Draft(), []
        return Next(prompt=prompt, is_new=True)

    def _reply(self, pieces: Sequence[Piece]) -> Prompt:
        """Return the message of the environment as tokens that follow those of the present part."""
        tokens = self.draft.token_ids
        last = tokens[-1] if self._finish_reason == "stop" else None
        reply = self._conversation.reply(pieces, last=last)
        images = tuple(shifted(reply.images, len(self.prompt) + len(tokens)))
        return Prompt(ids=reply.ids, images=images)

    def _told_anew(self) -> Prompt | None:
        """Return a fresh prompt, without the first steps where all of them have no room; None where it has none."""
        for skip in range(max(len(self._steps), 1)):
            pieces = told_anew(self._opening, self._steps, keep_images=self._rules.keep_images, skip=skip)
            prompt = self._conversation.opening(pieces, self._rules.system_prompt)
            if self._fits(len(prompt)):
                return prompt
        return None

    def _fits(self, num_tokens: int) -> bool:
        return num_tokens + self._turn_tokens <= self._rules.context_tokens

    def _give_up(self, message: str) -> None:
        self.outcome = Outcome(score=0.0, status=Status.OVER_LIMIT, message=message)

    def _part(self) -> Part:
        draft = self.draft
        return Part(
            prompt_ids=self.prompt.ids,
            images=(*self.prompt.images, *self._images),
            token_ids=tuple(draft.token_ids),
            logprobs=tuple(draft.logprobs),
            loss_mask=tuple(draft.loss_mask),
        )

    def complete(self, *, policy_version: int) -> Completion:
        """Return the episode, which is over, as a record."""
        assert self.outcome is not None, "the episode goes on"
        first, *later = [*self._parts, self._part()]
        return Completion(
            token_ids=first.token_ids,
            logprobs=first.logprobs,
            loss_mask=first.loss_mask,
            policy_version=policy_version,
            finish_reason=self._finish_reason,
            forced=any(turn.forced for turn in self.turns),
            text="\n".join(self._markers.decode(part.token_ids) for part in (first, *later)),
            images=tuple(image for image in first.images if image.start >= len(first.prompt_ids)),
            later=tuple(later),
            opening=self._began_with,
            turns=tuple(self.turns),
            outcome=self.outcome,
        )
