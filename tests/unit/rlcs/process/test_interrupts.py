import os
import signal
import threading

import pytest

from rlcs.process.interrupts import Interrupted, StopSignal, interrupt_held


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_acts_at_once_where_nothing_is_lost() -> None:
    with StopSignal() as stop, pytest.raises(Interrupted), stop.interruptible():
        interrupt()


def test_an_interrupt_during_an_update_waits_for_the_next_such_point() -> None:
    with StopSignal() as stop:
        interrupt()
        assert stop.requested
        with pytest.raises(Interrupted), stop.interruptible():
            pytest.fail("must not get here")


def test_a_second_interrupt_ends_the_hard_way_and_the_old_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopSignal():
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            interrupt()
    assert signal.getsignal(signal.SIGINT) is before


def test_sigterm_counts_as_well() -> None:
    with StopSignal() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested


def test_an_interrupt_passes_code_that_catches_every_exception() -> None:
    with StopSignal() as stop, pytest.raises(Interrupted), stop.interruptible():
        try:
            interrupt()
        except Exception:
            pytest.fail("a verifier would have taken it for its own fault")


def test_an_interrupt_that_has_to_wait_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    with StopSignal():
        interrupt()
    assert (
        "stopping as soon as this update is whole; press Ctrl-C again to end without saving" in capfd.readouterr().err
    )


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    reached: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupt_held():
        signal.raise_signal(signal.SIGINT)
        reached.append("end of the block")
    assert reached == ["end of the block"]


def test_an_interrupt_waits_for_the_outermost_block() -> None:
    reached: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupt_held():
        with interrupt_held():
            signal.raise_signal(signal.SIGINT)
        reached.append("end of the outer block")
    assert reached == ["end of the outer block"]


def test_a_second_interrupt_acts_at_once() -> None:
    reached: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupt_held():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        reached.append("never")
    assert reached == []


def test_the_handler_of_before_is_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupt_held():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_are_left_alone() -> None:
    seen: list[object] = []

    def work() -> None:
        with interrupt_held():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
