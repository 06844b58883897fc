"""The comparison of attention says why there is none."""

from __future__ import annotations

import importlib.util

import pytest

from rlcs.bench.learner.attention import LIBRARY, AttentionTimes, compare, in_words
from rlcs.bench.learner.work import Load

LOAD = Load(prompt=6, answer=6, group=2, groups=2, pack_tokens=64)


@pytest.mark.skipif(importlib.util.find_spec(LIBRARY) is not None, reason="FlashAttention is installed")
def test_without_flash_attention_ours_is_timed_and_the_line_says_so() -> None:
    times = compare("tiny", dtype="float32", load=LOAD)
    assert times.samples == 4 and len(times.ours_s) == 5 and times.flash_s is None
    assert in_words(times).endswith("FlashAttention not installed")


def test_with_it_the_line_tells_the_ratio() -> None:
    times = AttentionTimes(tokens=1000, samples=4, ours_s=[0.002] * 3, flash_s=[0.001] * 3)
    assert in_words(times).endswith("ours 2.00 ms, FlashAttention 1.00 ms, ratio 0.50")
