"""Pages of MiniWoB++ (Liu et al., ICLR 2018; MIT): look at a page, act on it, until it says that it is done.

The score is the task's raw reward: 1 is success. What the package calls reward is less, the later it comes, and would
teach haste by the clock of this machine.
"""

from __future__ import annotations

import hashlib
import time
from random import Random
from typing import Literal

from rewards.sandbox.browser import find_program
from rewards.verifiers.screens.spaces import ActionSpace
from rlcs.miniwob.catalogue import check_task
from rlcs.miniwob.library import html_folder
from rlcs.records import Status, Task
from rollout.environments.browser.elements import describe
from rollout.environments.browser.gestures import Hands
from rollout.environments.browser.gui_action import Done, act
from rollout.environments.browser.page import Page, ours
from rollout.environments.browser.shared import shared_browser
from rollout.environments.miniwob.oracle import any_click, next_turn
from rollout.environments.miniwob.serving import address_of, serve
from rollout.environments.protocol import EnvironmentFault, Observation, Outcome, Piece, answer_of
from rollout.environments.registry import environment

Walls = Literal["best", "spaces", "browser", "page"]
Observe = Literal["screenshot", "text", "both"]
SIZE = (160, 210)
"""Of a task, in CSS pixels, without the display of rewards beside it."""
WINDOW = (500, 320)
"""What tasks are laid out for."""
_STEP_MS, _WAIT_MS = 500, 3000
_FURNITURE = ("query", "reward-display", "click-canvas", "sync-task-cover")
"""Elements that are none of the task's; what it asks for is told in words."""
# A task's own limit would end it while the policy thinks. Larger numbers overflow a timer, which then fires at once.
_BEGIN = "core.EPISODE_MAX_TIME=1e9; Math.seedrandom(%d); core.startEpisodeReal(); __advance(%d); "
_LOOK = """__settle().then(() => [WOB_DONE_GLOBAL, WOB_RAW_REWARD_GLOBAL, WOB_REWARD_REASON, core.getUtterance(),
  document.documentElement.outerHTML + [...document.querySelectorAll('*')].map(one =>
    [one.scrollTop, one.scrollLeft, one.value, one.checked].join()).join('|')])"""
_HELP = {
    "desktop": "Actions: left_click(start_box='[x,y]'), left_double_click(start_box='[x,y]'), "
    "right_click(start_box='[x,y]'), left_drag(start_box='[x,y]', end_box='[x,y]'), hover(start_box='[x,y]'), "
    "scroll(start_box='[x,y]', direction='down', step=5), type(content='text'), key(keys='ctrl+a'), wait(), done(), "
    "fail(). x and y go from 0 to 1000.",
    "mobile": 'Actions, as JSON: {"action_type": "click", "box_2d": [[x, y]]}, and double_tap, long_press; '
    '{"action_type": "input_text", "text": "…", "box_2d": [[x, y]]}, {"action_type": "keyboard_enter"}, '
    '{"action_type": "swipe", "direction": "up"}, {"action_type": "wait"}, '
    '{"action_type": "status", "goal_status": "complete"}. x and y go from 0 to 1000.',
    "web": "Actions: CLICK(point='[x,y]'), TYPE(point='[x,y]', text='…'), SCROLL_DOWN(point='[x,y]'), "
    "KEY_PRESS(key='Enter'), WAIT(), ANSWER(content='done'). x and y go from 0 to 1000.",
}


def check_miniwob(*, walls: str, scale: float, max_turns: int, seconds: float, browser: str) -> str | None:
    """Return what is wrong with parameters, or None; UserError where package or Chromium are missing."""
    html_folder()
    find_program(browser)
    if not 1.0 <= scale <= 8.0:
        return f"scale is {scale:g}; expected 1 to 8"
    if max_turns < 1 or seconds <= 0:
        return f"max_turns is {max_turns} and seconds {seconds:g}; both must be above 0"
    return None


@environment("miniwob", deadline_s=30.0, reset_s=90.0, per_host=8, check=check_miniwob)
class MiniWob:
    """Pages of MiniWoB++ in a headless Chromium, behind walls; for rows of a miniwob:// source.

    observe: what each turn shows, a `screenshot`, the page as `text` (a line an element: role, name, box), or `both`.
    actions: the action space that turns are written in. scale: pixels of the screenshot for each of the page's 160 x
    210. max_turns: then the episode ends without success. partial: a task that is solved in part scores what it says,
    else only a whole one scores. tell_actions: the first message lists the actions. seconds: for a turn; a page that
    takes longer hangs. walls, browser: as of the verifier `webpage`.
    """

    def __init__(
        self,
        *,
        observe: Observe = "screenshot",
        actions: ActionSpace = "desktop",
        scale: float = 2.0,
        max_turns: int = 10,
        partial: bool = False,
        tell_actions: bool = True,
        seconds: float = 15.0,
        walls: Walls = "best",
        browser: str = "",
    ) -> None:
        self.observe, self.actions, self.scale = observe, actions, scale
        self.max_turns, self.partial, self.tell_actions = max_turns, partial, tell_actions
        self.seconds, self.walls, self.browser = seconds, walls, browser
        self.page: Page | None = None
        self._turns, self._name = 0, ""

    def reset(self, task: Task, seed: int) -> Observation:
        """Load a page anew; the row of the task says which, and from which number it is made."""
        name, number = str(task.params.get("page", task.subcategory)), int(task.params.get("page_seed", seed))
        check_task(name)
        self._turns, self._name = 0, name
        with ours():
            page = self._opened()
            page.load(address_of(name))
            self._hands = Hands(page)
            return self._observation(_BEGIN % (number, _STEP_MS), is_first=True)

    def step(self, text: str) -> Observation:
        """Do what a turn says on the page."""
        self._turns += 1
        with ours():
            self._page.until = time.monotonic() + self.seconds
            done = act(answer_of(text), self.actions, self._hands)
            return self._observation(f"__advance({_WAIT_MS if done.does == 'wait' else _STEP_MS}); ", done)

    def expert(self) -> str:
        """Return the turn that solves the page, or brings it nearer to that; of tasks with a recipe."""
        if self.actions != "desktop":
            raise EnvironmentFault(f"the expert writes desktop actions, and params.actions is {self.actions!r}")
        with ours():
            described = describe(self._page, _FURNITURE)
        return next_turn(self._page, self._name, described, tells_boxes=self.observe != "screenshot")

    def mistake(self, random: Random) -> str:
        """Return a click on any element of the page that is told, or on any place of it where none is."""
        with ours():
            described = describe(self._page, _FURNITURE)
        return any_click(described, random, tells_boxes=self.observe != "screenshot")

    def close(self) -> None:
        """Close the page; the browser stays for the others."""
        if self.page is not None:
            self.page.close()
            self.page = None

    @property
    def _page(self) -> Page:
        assert self.page is not None, "an episode begins with a reset"
        return self.page

    def _opened(self) -> Page:
        """Return the page, opened where there is none, with time for a reset."""
        if self.page is None:
            browser = shared_browser(self.browser, self.walls)
            until = time.monotonic() + self.seconds
            self.page = Page(browser, serve, size=SIZE, scale=self.scale, until=until, window=WINDOW)
        self.page.until = time.monotonic() + self.seconds
        return self.page

    def _observation(self, passes: str, done: Done | None = None, *, is_first: bool = False) -> Observation:
        """Let time pass, look at the page, and tell what there is."""
        is_over, raw, reason, asked, markup = self._page.evaluate(passes + _LOOK)
        state = hashlib.sha256(repr((is_over, raw, reason, markup)).encode("utf-8", "surrogatepass")).hexdigest()
        problem = done.problem if done else ""
        counted = ("unreadable",) if problem else ()
        if outcome := self._outcome(done, is_over=bool(is_over), raw=float(raw), reason=reason):
            return Observation(parts=(outcome.message,), outcome=outcome, state=state, counted=counted)
        return Observation(parts=self._parts(str(asked), problem, is_first=is_first), state=state, counted=counted)

    def _outcome(self, done: Done | None, *, is_over: bool, raw: float, reason: str | None) -> Outcome | None:
        if is_over:
            score = min(max(raw, 0.0), 1.0) if self.partial else float(raw == 1.0)
            status = {1.0: Status.CORRECT, 0.0: Status.INCORRECT}.get(score, Status.PARTIAL)
            return Outcome(
                score=score, status=status, message=f"the page is done: reward {raw:g} {reason or ''}".strip()
            )
        if done is not None and done.does in ("done", "fail"):
            return Outcome(score=0.0, status=Status.INCORRECT, message=f"{done.does} before the page was done")
        if self._turns >= self.max_turns:
            return Outcome(score=0.0, status=Status.OVER_LIMIT, message=f"not done after {self.max_turns} turns")
        return None

    def _parts(self, asked: str, problem: str, *, is_first: bool) -> tuple[Piece, ...]:
        """Return what a turn shows: what is asked for (first), what went wrong, the page."""
        words = [asked] if is_first else []
        if is_first and self.tell_actions:
            words.append(_HELP[self.actions])
        if problem:
            words.append(f"Nothing was done: {problem}.")
        if self.observe != "screenshot":
            words.append(describe(self._page, _FURNITURE))
        text = "\n".join(words)
        pictures: tuple[Piece, ...] = () if self.observe == "text" else (self._page.picture(),)
        return (text, *pictures) if text else pictures
