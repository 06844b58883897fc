"""Arithmetic on pictures gives what NumPy's own slower functions give."""

from __future__ import annotations

import numpy as np
import pytest

from rewards.verifiers.webpages.pixels import Picture, difference, median_colour, reduced, strongest

NOISE = np.random.default_rng(0)


def noise(*shape: int) -> Picture:
    return NOISE.integers(0, 256, shape).astype(np.uint8)


def test_the_channel_that_differs_most_counts_in_both_directions() -> None:
    one, other = noise(9, 7, 3), noise(9, 7, 3)
    expected = np.abs(one.astype(int) - other.astype(int)).max(axis=2)
    assert np.array_equal(difference(one, other), expected)
    assert np.array_equal(difference(other, one), expected)


def test_a_picture_is_reduced_by_means_and_the_rest_cut_off() -> None:
    picture = np.zeros((4, 9, 3), np.uint8)
    picture[:2] = 101
    assert reduced(picture, 4).tolist() == [[[50] * 3, [50] * 3]]
    colours = NOISE.normal(size=(8, 8, 3))
    assert reduced(colours, 4)[1, 0] == pytest.approx(colours[4:, :4].mean(axis=(0, 1)))
    white = np.full((16, 16, 3), 255, np.uint8)
    assert reduced(white, 16).tolist() == [[[255] * 3]]


@pytest.mark.parametrize("number", [1, 2, 7, 1000])
def test_the_median_is_that_of_each_channel(number: int) -> None:
    pixels = noise(number, 3)
    assert np.array_equal(median_colour(pixels), np.median(pixels, axis=0))


def test_strongest_is_four_fifths_of_the_largest() -> None:
    assert strongest(np.array([0, 79, 80, 100])).tolist() == [False, False, True, True]
    assert strongest(np.array([7, 8, 9], np.uint8)).tolist() == [False, True, True], "0.8 x 9 is 7.2"
