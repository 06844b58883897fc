"""Tools before an answer: a Python that keeps its variables behind walls, and functions of one's own.

A turn that calls nothing is the answer; it ends the episode and goes to the verifier of the task's source as it is. So
any source of text or images and any verifier will do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from rewards.reading.json_values import JsonValue, Unreadable
from rewards.sandbox.programs import Limits, SandboxRefused, usable_walls
from rewards.sandbox.sessions import Session
from rlcs.errors import UserError
from rlcs.plugins import TOOLS
from rlcs.records import Task
from rollout.environments.protocol import EnvironmentFault, Observation, Outcome, Piece
from rollout.environments.registry import environment
from rollout.environments.tools.calls import PYTHON, Call, read_calls
from rollout.environments.tools.expert import answer_from, call_for, expression_of
from rollout.environments.tools.functions import BadCall

Walls = Literal["best", "spaces", "user"]
_CALLS_A_TURN = 8
_CPU_SHARE = 4.0
_MOST_S = 20.0
"""All calls of a turn together stay within the deadline of a step."""


def check_tools(*, python: bool, functions: Sequence[str], max_calls: int, seconds: float, walls: str) -> str | None:
    """Return what is wrong with parameters, or None; UserError on an unknown function or no sandbox."""
    if isinstance(functions, str) or not all(isinstance(name, str) for name in functions):
        return f"functions is {functions!r}; expected a list of names"
    if not python and not functions:
        return "there is no tool: set python, or name functions"
    if max_calls < 1 or not 0 < seconds <= _MOST_S:
        return f"max_calls is {max_calls} and seconds {seconds:g}; expected at least 1, and above 0 to {_MOST_S:g}"
    for name in functions:
        TOOLS.get(name)
    if python:
        usable_walls(walls)
    return None


@environment("tools", deadline_s=180.0, reset_s=60.0, per_host=8, check=check_tools, judges=False)
class Tools:
    """Python and functions to call before answering, for any source and its verifier.

    python: whether there is a Python that keeps its variables through the episode. functions: names of `@tool`
    functions. max_calls: of an episode; then only an answer is left. seconds: for one piece of Python code. memory_mib:
    of its interpreter. max_output: characters shown of what a call gives. tell_tools: the first message tells of the
    tools, else it is the task alone, for a policy that was shown them. walls: as of the verifier `code`.
    """

    def __init__(
        self,
        *,
        python: bool = True,
        functions: Sequence[str] = (),
        max_calls: int = 8,
        seconds: float = 5.0,
        memory_mib: int = 512,
        max_output: int = 2000,
        tell_tools: bool = True,
        walls: Walls = "best",
    ) -> None:
        self.has_python, self.max_calls, self.max_output = python, max_calls, max_output
        self.tell_tools = tell_tools
        self.functions = {name: TOOLS.get(name) for name in functions}
        self._limits = Limits(
            seconds=seconds,
            total_seconds=_CPU_SHARE * seconds * max_calls,
            memory_mib=memory_mib,
            max_output=max_output,
        )
        self._walls = walls
        self._session: Session | None = None
        self._left = max_calls
        self._question: tuple[Piece, ...] = ()
        self._printed: str | None = None

    def reset(self, task: Task, seed: int) -> Observation:
        """Show the task and tell of the tools; variables of the last episode are gone."""
        self.close()
        self._left, self._printed = self.max_calls, None
        self._question = parts_of(task)
        return Observation(parts=(*self._question, self._told()) if self.tell_tools else self._question)

    def step(self, text: str) -> Observation:
        """Make the calls of a turn; without any, it is the answer."""
        try:
            calls = read_calls(text)
        except Unreadable as fault:
            self._left -= 1
            told = f"The call cannot be read: {fault}."
            return self._observation([told], text, counted=("unreadable",))
        if not calls or self._left < 1:
            return self._end(text)
        made = calls[: min(_CALLS_A_TURN, self._left)]
        self._left -= len(made)
        results = [self._result(call) for call in made]
        if len(made) < len(calls):
            results.append(f"The other {len(calls) - len(made)} calls were not made.")
        return self._observation(results, text)

    def expert(self) -> str:
        """Return the turn that an expert would write now; EnvironmentFault unless the task is an expression."""
        expression = expression_of(self._question) if self.has_python else None
        if expression is None:
            raise EnvironmentFault("the expert knows only expressions in digits, such as 57+86=, and the tool python")
        return call_for(expression) if self._printed is None else answer_from(self._printed)

    def close(self) -> None:
        """End the interpreter."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _end(self, text: str) -> Observation:
        self.close()
        return Observation(parts=(), outcome=Outcome(answer=text))

    def _observation(self, results: list[str], text: str, counted: tuple[str, ...] = ()) -> Observation:
        if self._left < 0:  # calls that cannot be read after the last one
            return self._end(text)
        if self._left < 1:
            results.append("No calls are left: answer now.")
        return Observation(parts=("\n".join(results),), counted=counted)

    def _result(self, call: Call) -> str:
        return f"<tool_response>\n{self._capped(self._made(call))}\n</tool_response>"

    def _made(self, call: Call) -> str:
        """Make a call; what it gives, or what is wrong with it. Raises EnvironmentFault where that is our fault."""
        if call.name == PYTHON and self.has_python:
            return self._python(call.arguments)
        if call.name not in self.functions:
            known = [PYTHON] * self.has_python + list(self.functions)
            return f"There is no tool {call.name[:80]!r}; there are {', '.join(known)}."
        try:
            found = self.functions[call.name].call(call.arguments)
        except BadCall as error:
            return str(error)
        except Exception as error:
            raise EnvironmentFault(f"the tool {call.name!r} raised {type(error).__name__}: {error}") from error
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, default=str)

    def _python(self, arguments: dict[str, JsonValue]) -> str:
        code = arguments.get("code", arguments.get("0"))
        if not isinstance(code, str) or len(arguments) != 1:
            return "python takes one argument, code: a text."
        try:
            self._session = self._session or Session(self._limits, usable_walls(self._walls))
            run = self._session.run(code)
        except (SandboxRefused, UserError) as error:
            raise EnvironmentFault(f"no sandbox: {error}") from error
        self._printed = run.output.rstrip("\n")
        return self._printed + ("\n" if run.output and run.error else "") + (run.error or "")

    def _capped(self, text: str) -> str:
        """Keep the beginning and the end of what is too long."""
        lost = len(text) - self.max_output
        if lost <= 0:
            return text
        half = self.max_output // 2
        return f"{text[:half]}\n… ({lost} characters left out)\n{text[-half:]}"

    def _told(self) -> str:
        """Return how tools are called, and which there are."""
        lines = [f"You may call tools before you answer, {self.max_calls} times in all:"]
        lines += [f"- {one.description}" for one in self.functions.values()]
        if self.has_python:
            lines.append("- python: runs code; variables stay; what it prints is shown")
            lines.append("Write <tool_call>python\nprint(6 * 7)</tool_call>")
        if self.functions:
            lines.append('Write <tool_call>{"name": "…", "arguments": {…}}</tool_call>')
        return "\n".join([*lines, "Write no call to answer."])


def parts_of(task: Task) -> tuple[Piece, ...]:
    """Return the prompt of a task as texts and images in its order; raises EnvironmentFault on a missing file."""
    if isinstance(task.prompt, str):
        return (*map(_image, task.images), task.prompt)
    images = iter(task.images)
    found: list[Piece] = []
    for message in task.prompt:
        content: Any = message.get("content", "")
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            found.append(_image(next(images)) if part.get("type") == "image" else str(part.get("text", "")))
    return tuple(found)


def _image(reference: Any) -> bytes:
    if isinstance(reference, bytes):
        return reference
    try:
        return Path(reference).read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"the image {reference} cannot be read: {error}") from error
