"""How alike two pages are: their blocks matched one to one, then position, colour and the picture without text.

After Design2Code (Si et al., arXiv 2403.03163, section 3.3 and its released code), less what can be gamed:

    pairs      text similarity 2 LCS(s, t) / (|s| + |t|), assigned for the largest sum; below 0.5 no pair
    blocks     sum over pairs of min(area, area') / max(sum of areas, sum of areas')
    position   1 - max(|dx| / width, |dy| / height) between the centres, of the gold page
    colour     1 - CIEDE2000 / 100 between the colours of the ink
    picture    in place of CLIP, which needs a model: mean of SSIM (Wang et al. 2004) and 1 - CIEDE2000 / 100 of cells
    score      sum over pairs of min(area, area') x text x (position + colour) / 2, over max(sum, sum'),
               times 0.8 + 0.2 picture

Design2Code takes the plain mean of five parts, in which one right word alone earns more than half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewards.verifiers.webpages.blocks import Block
from rewards.verifiers.webpages.pixels import Picture, reduced

MIN_SIMILARITY = 0.5
PICTURE_WEIGHT = 0.2
_NEARNESS = 0.01
"""Of two blocks with the same text the nearer is taken."""
_MAX_DIFFERENCE = 100.0
_REDUCED = 4
_CELL = 4

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """A picture at the sizes at which pictures are compared."""

    picture: Picture
    """[height, width, 3], a quarter of the page's size."""
    light: NDArray[np.float32]
    """[height, width], CIELAB lightness in [0, 100]."""
    cells: Matrix
    """[height / 4, width / 4, 3], CIELAB."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is compared of a page."""

    width: int
    height: int
    blocks: tuple[Block, ...]
    ground: Ground
    """Of a page whose text is known, without it."""
    is_picture: bool
    """Blocks are regions of a picture (rewards/verifiers/webpages/regions.py), not text."""


def page_of(picture: Picture, blocks: Sequence[Block], *, is_picture: bool) -> Page:
    """Return what is compared, of a picture (of a page whose text is known, without it) and its blocks."""
    return Page(picture.shape[1], picture.shape[0], tuple(blocks), ground_of(reduced(picture, _REDUCED)), is_picture)


def ground_of(picture: Picture) -> Ground:
    """Return what is compared of a reduced picture."""
    colours = _lightness_and_colour(picture)
    return Ground(picture, colours[..., 0].astype(np.float32), reduced(colours, _CELL))


def compare(answer: Page, gold: Page) -> tuple[float, dict[str, float]]:
    """Return the score in [0, 1] and its parts. Without any block in the gold page the picture alone counts."""
    picture = picture_similarity(answer.ground, gold.ground)
    if not gold.blocks:
        plainest = picture_similarity(ground_of(_one_colour(gold.ground.picture)), gold.ground)
        score = max(0.0, picture - plainest) / max(1.0 - plainest, 1e-9)
        return (score if not answer.blocks else 0.0), {"picture": picture}
    if not answer.blocks:
        return 0.0, {"blocks": 0.0, "picture": picture}
    likeness = similarities(answer.blocks, gold.blocks)
    places = _places(answer.blocks, gold.blocks, gold)
    pairs = matched(likeness, places)
    colours = 1.0 - _colour_differences([(answer.blocks[i].colour, gold.blocks[j].colour) for i, j in pairs]) / 100.0
    texts = np.array([likeness[pair] for pair in pairs])
    positions = np.array([places[pair] for pair in pairs])
    shared = np.array([min(answer.blocks[i].area, gold.blocks[j].area) for i, j in pairs])
    total = max(sum(block.area for block in page.blocks) for page in (answer, gold))
    content = float((shared * texts * (positions + colours) / 2).sum() / total)
    parts = {"text": texts, "position": positions, "colour": colours}
    components = {name: float(np.average(part, weights=shared)) if pairs else 0.0 for name, part in parts.items()}
    score = content * (1.0 - PICTURE_WEIGHT + PICTURE_WEIGHT * picture)
    return min(score, 1.0), {"blocks": float(shared.sum() / total), **components, "picture": picture}


def similarities(answer: Sequence[Block], gold: Sequence[Block]) -> Matrix:
    """Return [blocks of the answer, blocks of the gold]: how alike their texts are, or their looks; 0 below 0.5."""
    if gold[0].look is not None:
        return _alike_looks(answer, gold)
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    texts = [[block.text for block in blocks] for blocks in (answer, gold)]
    found = cdist(*texts, scorer=Indel.normalized_similarity, score_cutoff=MIN_SIMILARITY, dtype=np.float64)
    return np.asarray(found)


def _alike_looks(answer: Sequence[Block], gold: Sequence[Block]) -> Matrix:
    """Correlation of what the blocks show, each brought to one size, times how alike their own sizes are."""
    looks = [np.stack([block.look for block in blocks if block.look is not None]) for blocks in (answer, gold)]
    sizes = [
        np.array([(block.box.right - block.box.left, block.box.bottom - block.box.top) for block in blocks])
        for blocks in (answer, gold)
    ]
    ratios = sizes[0][:, None, :] / sizes[1][None, :, :]
    found = np.clip(looks[0] @ looks[1].T, 0.0, 1.0) * np.minimum(ratios, 1 / ratios).prod(axis=2)
    return np.where(found >= MIN_SIMILARITY, found, 0.0)


def _places(answer: Sequence[Block], gold: Sequence[Block], page: Page) -> Matrix:
    """Return [blocks of the answer, blocks of the gold]: 1 for the same centre, 0 for a page's width or height away."""
    ours, theirs = (np.array([block.box.centre for block in blocks]) for blocks in (answer, gold))
    distances = np.abs(ours[:, None, :] - theirs[None, :, :]) / (page.width, page.height)
    return np.asarray(np.clip(1.0 - distances.max(axis=2), 0.0, 1.0))


def matched(likeness: Matrix, places: Matrix) -> list[tuple[int, int]]:
    """Return the pairs of the best one-to-one assignment (Jonker and Volgenant, as Design2Code)."""
    from scipy.optimize import linear_sum_assignment

    worth = np.where(likeness >= MIN_SIMILARITY, likeness + _NEARNESS * places, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if likeness[i, j] >= MIN_SIMILARITY]


def picture_similarity(answer: Ground, gold: Ground) -> float:
    """Return how alike two pictures are; where one is longer or wider, nothing is alike."""
    from skimage.metrics import structural_similarity

    height, width = (min(pair) for pair in zip(answer.light.shape, gold.light.shape, strict=True))
    whole = (max(pair) for pair in zip(answer.light.shape, gold.light.shape, strict=True))
    lightness = [one.light[:height, :width] for one in (answer, gold)]
    structure = structural_similarity(*lightness, data_range=100.0)  # type: ignore[no-untyped-call]
    cells = [one.cells[: height // _CELL, : width // _CELL] for one in (answer, gold)]
    colour = 1.0 - _differences(cells[0], cells[1]).mean() / _MAX_DIFFERENCE
    return float((max(structure, 0.0) + colour) / 2 * height * width / np.prod(list(whole)))


def _lightness_and_colour(picture: Picture) -> Matrix:
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(picture))


def _colour_differences(pairs: Sequence[tuple[tuple[float, float, float], tuple[float, float, float]]]) -> Matrix:
    """Return CIEDE2000 of each pair of sRGB colours in [0, 255], at most 100."""
    if not pairs:
        return np.zeros(0)
    colours = _lightness_and_colour(np.array(pairs) / 255.0)  # type: ignore[arg-type]
    return _differences(colours[:, 0], colours[:, 1])


def _differences(one: Matrix, other: Matrix) -> Matrix:
    from skimage.color import deltaE_ciede2000

    found = deltaE_ciede2000(one, other)  # type: ignore[no-untyped-call]
    return np.asarray(np.minimum(found, _MAX_DIFFERENCE))


def _one_colour(picture: Picture) -> Picture:
    """Return the picture of one colour that is nearest to this one: its most frequent."""
    colours, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    return np.full_like(picture, colours[counts.argmax()])
