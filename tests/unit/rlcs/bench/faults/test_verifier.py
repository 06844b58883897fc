"""The answers on which the suite's verifier misbehaves."""

from __future__ import annotations

from collections import Counter

from rlcs.bench.faults.verifier import KINDS, kind_of, must_come_to, obeying


def test_some_wrong_answers_are_bad_and_no_right_one() -> None:
    kinds = Counter(kind_of(str(answer), "7") for answer in range(4000))
    assert all(100 < kinds[kind] < 250 for kind in KINDS)
    assert all(kind_of(str(answer), str(answer)) is None for answer in range(4000))


def test_the_calm_verifier_tells_what_bad_answers_must_come_to() -> None:
    kind, answer = next((kind, str(n)) for n in range(4000) if (kind := kind_of(str(n), "7")) is not None)
    assert obeying(answer, "7", bad="calm") == must_come_to(kind)
    assert obeying(answer, "7") == 0.0 and obeying("7", "7", bad="calm") == 1.0
