"""A Ctrl-C waits for the end of the block that must not be interrupted."""

from __future__ import annotations

import signal
import threading

import pytest

from rlcs.process.interrupts import interrupt_held


def test_an_interrupt_waits_for_the_end_of_the_block():
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupt_held():
        signal.raise_signal(signal.SIGINT)
        reached.append("end of the block")
    assert reached == ["end of the block"]


def test_an_interrupt_waits_for_the_outermost_block():
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupt_held():
        with interrupt_held():
            signal.raise_signal(signal.SIGINT)
        reached.append("end of the outer block")
    assert reached == ["end of the outer block"]


def test_a_second_interrupt_acts_at_once():
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupt_held():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        reached.append("never")
    assert reached == []


def test_the_handler_of_before_is_back_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with interrupt_held():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_are_left_alone():
    seen = []

    def work() -> None:
        with interrupt_held():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
