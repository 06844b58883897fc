import threading

import pytest

from rlcs.process import pulse
from rlcs.process.background import Background


def test_work_goes_on_beside_until_it_is_done() -> None:
    go = threading.Event()
    work = Background(lambda work: (go.wait(), None)[1], name="test")
    assert not work.is_done()
    go.set()
    work.result()
    assert work.is_done()


def test_what_the_work_raised_is_raised_where_it_is_waited_for() -> None:
    def fails(work: Background) -> None:
        raise OSError("No space left on device")

    work = Background(fails, name="test")
    work.join()
    with pytest.raises(OSError, match="No space left"):
        work.result()


def test_the_work_knows_whether_somebody_waits() -> None:
    work = Background(lambda work: (work.wanted.wait(), None)[1], name="test")
    assert not work.is_done() and not work.wanted.is_set()
    work.result()


def test_pieces_are_progress_of_the_process_only_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    own = pulse.Progress()
    monkeypatch.setattr(pulse, "_own", own)
    counted = threading.Event()

    def work_piece_by_piece(work: Background) -> None:
        work.pieces += 3
        counted.set()
        work.wanted.wait()

    work = Background(work_piece_by_piece, name="test")
    counted.wait()
    assert own.count == 0, "a main thread that is stuck must not look alive"
    work.result()
    assert own.count > 0
