"""What the expert takes for an expression."""

from __future__ import annotations

import pytest

from rollout.environments.protocol import Piece, answer_of
from rollout.environments.tools.calls import Call, read_calls
from rollout.environments.tools.expert import answer_from, call_for, expression_of


@pytest.mark.parametrize("pieces", [("57+86=",), (" 57+86 = ",), ("57+86",)])
def test_an_expression_may_end_with_the_sign_that_asks_for_it(pieces: tuple[Piece, ...]) -> None:
    assert expression_of(pieces) == "57+86"


@pytest.mark.parametrize(
    "pieces", [("What is 6 * 7?",), ("3*x+5=26,x=",), ("57",), ("",), ("1+1=", "2+2="), (b"57+86=",), ("1+" * 101,)]
)
def test_anything_else_is_none(pieces: tuple[Piece, ...]) -> None:
    assert expression_of(pieces) is None


def test_turns_are_read_as_those_of_a_policy() -> None:
    assert read_calls(call_for("57+86")) == [Call("python", {"code": "print(57+86)"})]
    assert not read_calls(answer_from("143")) and answer_of(answer_from("143")) == "143"
