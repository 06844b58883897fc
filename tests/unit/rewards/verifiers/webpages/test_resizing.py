"""Resizing by matrices against the function that it stands for."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import resize

from rewards.verifiers.webpages.resizing import resized


@pytest.mark.parametrize("height", [1, 2, 8, 13, 700])
@pytest.mark.parametrize("width", [1, 3, 64, 65, 1280])
def test_it_gives_what_scikit_image_gives(height: int, width: int) -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (height, width)).astype(np.float32)
    expected = resize(picture, (8, 64), anti_aliasing=True, preserve_range=True)
    assert resized(picture, (8, 64)) == pytest.approx(expected, abs=1e-3)
