"""Features of a question that its difficulty may follow from: its length, what is counted in it, what it consists of.

A question becomes a vector of NUM_FEATURES numbers, in three parts, each hashed into slots of its own:

    counts   characters, words, digits, numbers, longest number, operators: log2(1 + count) c stands as two numbers
             1 - t and t at the whole numbers around it (t: the fraction), so that any function of c can be followed,
             and as (c - 4) / 4; for all questions, and once more for those of its stratum
    letters  runs of 1, 2 and 3 bytes
    words    single ones and pairs

Letters and words are counted, the counts go in as their square roots, and each part has the length SHARE. Nothing is
learned or kept here: the same text has the same features in every process. Shapes: k questions, n bytes of them all.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""[k, NUM_FEATURES]"""
Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]

COUNT_SLOTS, LETTER_SLOTS, WORD_SLOTS = 256, 160, 96
NUM_FEATURES = COUNT_SLOTS + LETTER_SLOTS + WORD_SLOTS
"""Three quarters as many told a little less, twice as many hardly more; the time of a step goes with their cube."""
LONGEST_RUN = 3
HEAD, TAIL = 384, 128
"""Bytes that are read of the beginning and the end of a question that is longer than both; its length counts whole."""
OPERATORS = b"+-*/=^%<>()|&~"
MIDDLE, WIDTH = 4.0, 4.0
"""log2(1 + count) of 15 is in the middle, and 0 and 255 are one away."""

SHARE = 0.5
"""Of letters and of words: they say less than counts do, and there are more of them to be misled by."""

_MIXER = np.uint64(0x9E3779B97F4A7C15)
_BASE = 0x100000001B3
_INVERSE = pow(_BASE, -1, 1 << 64)


def text_features(texts: Sequence[str], strata: Sequence[str]) -> Vectors:
    """Return [k, NUM_FEATURES] the features of some questions, each with the name of its source and subcategory."""
    if not len(texts):
        return np.zeros((0, NUM_FEATURES), dtype=np.float32)
    whole = [text.encode("utf-8", "replace") for text in texts]
    pieces = [one if len(one) <= HEAD + TAIL else one[:HEAD] + b"\n" + one[-TAIL:] for one in whole]
    flat = np.frombuffer(b"\0".join(pieces) + b"\0", dtype=np.uint8)
    owner = np.repeat(np.arange(len(pieces)), [len(one) + 1 for one in pieces])
    starts, ends, counts = _words(flat, owner, len(pieces))
    counts[:, 0] = [len(one) for one in whole]
    names = np.array([zlib.crc32(name.encode()) for name in strata], dtype=np.uint64)
    return np.concatenate(
        [
            _of_counts(counts, names),
            _of_letters(flat, owner, len(pieces)),
            _of_words(flat, owner, starts, ends, len(pieces)),
        ],
        axis=1,
    )


def slots(hashes: Hashes, num: int) -> NDArray[np.int64]:
    """Return the slot, 0 to num - 1, of each hash."""
    mixed = (hashes ^ hashes >> np.uint64(31)) * _MIXER
    return np.asarray((mixed >> np.uint64(33)) % np.uint64(num), dtype=np.int64)


def _of_counts(counts: NDArray[np.float64], names: Hashes) -> Vectors:
    """Return the part of the counts [k, number of counts], of questions whose strata have these hashes."""
    num, kinds = counts.shape
    value = np.log2(1.0 + counts)
    low = np.floor(value)
    found = np.zeros((num, COUNT_SLOTS), dtype=np.float32)
    row = np.repeat(np.arange(num), kinds)
    kind = np.tile(np.arange(kinds, dtype=np.uint64), num)
    scale = 1.0 / np.sqrt(2.0 * kinds)
    for of_stratum in (np.zeros(num, dtype=np.uint64), names + np.uint64(1)):
        key = (np.repeat(of_stratum, kinds) * np.uint64(64) + kind) * np.uint64(128)
        for node, share in ((low, 1.0 - (value - low)), (low + 1.0, value - low)):
            place = slots(key + node.ravel().astype(np.uint64) + np.uint64(1), COUNT_SLOTS)
            np.add.at(found, (row, place), scale * share.ravel())
        np.add.at(found, (row, slots(key, COUNT_SLOTS)), scale * (value.ravel() - MIDDLE) / WIDTH)
    return found


def _of_letters(flat: Bytes, owner: NDArray[np.int64], num: int) -> Vectors:
    """Return the part of the runs of bytes; none reaches over the end of a question, which a byte of 0 marks."""
    key, total = np.zeros(len(flat), dtype=np.uint64), np.zeros((num, LETTER_SLOTS))
    is_whole = np.ones(len(flat), dtype=bool)
    for size in range(LONGEST_RUN):
        ahead = np.zeros(len(flat), dtype=np.uint8)
        ahead[: len(flat) - size] = flat[size:]
        is_whole &= ahead != 0
        key = key * np.uint64(257) + ahead + np.uint64(1)
        total += _counted(owner[is_whole], key[is_whole], num, LETTER_SLOTS)
    return _unit(total)


def _words(
    flat: Bytes, owner: NDArray[np.int64], num: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return where words start and end, and [k, 6] what was counted; a word is a run of letters, or of digits."""
    lower = flat | np.uint8(0x20)
    is_digit = (flat >= 48) & (flat <= 57)
    is_letter = ((lower >= 97) & (lower <= 122)) | (flat >= 128)
    kind = is_digit + 2 * is_letter
    changes = np.flatnonzero(np.diff(kind, prepend=0, append=0))
    starts, ends = changes[:-1], changes[1:]
    is_word = kind[starts] > 0 if len(starts) else np.zeros(0, dtype=bool)
    starts, ends = starts[is_word], ends[is_word]
    is_number = is_digit[starts]
    longest = np.zeros(num)
    np.maximum.at(longest, owner[starts[is_number]], (ends - starts)[is_number])
    is_operator = np.isin(flat, np.frombuffer(OPERATORS, dtype=np.uint8))

    def each(owners: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(owners, minlength=num).astype(np.float64)

    return starts, ends, np.stack(
        [np.zeros(num), each(owner[starts]), each(owner[is_digit]), each(owner[starts[is_number]]), longest,
         each(owner[is_operator])], axis=1)  # fmt: skip


def _of_words(
    flat: Bytes, owner: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64], num: int
) -> Vectors:
    """Return the part of the words and of pairs of words that follow each other."""
    if not len(starts):
        return np.zeros((num, WORD_SLOTS), dtype=np.float32)
    # sum of byte x base ** place, modulo 2 ** 64; by the inverse of the base it is as if each word began at place 0.
    sums = np.concatenate(
        [[np.uint64(0)], np.cumsum(flat.astype(np.uint64) * _powers(_BASE, len(flat)), dtype=np.uint64)]
    )
    word = (sums[ends] - sums[starts]) * _powers(_INVERSE, len(flat))[starts]
    is_pair = owner[starts[1:]] == owner[starts[:-1]]
    pair = word[:-1] * np.uint64(31) + word[1:]
    total = _counted(owner[starts], word, num, WORD_SLOTS)
    return _unit(total + _counted(owner[starts[:-1]][is_pair], pair[is_pair], num, WORD_SLOTS))


def _powers(base: int, num: int) -> Hashes:
    """Return base ** 0, base ** 1, … modulo 2 ** 64."""
    factors = np.full(num, base, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _counted(owner: NDArray[np.int64], hashes: Hashes, num: int, num_slots: int) -> NDArray[np.float64]:
    counts = np.bincount(owner * num_slots + slots(hashes, num_slots), minlength=num * num_slots)
    return counts.reshape(num, num_slots).astype(np.float64)


def _unit(counts: NDArray[np.float64]) -> Vectors:
    """Return the square roots of counts, each row of length SHARE; rows of zeros stay."""
    length = np.sqrt(np.maximum(counts.sum(axis=1, keepdims=True), 1.0))
    return np.asarray(SHARE * np.sqrt(counts) / length, dtype=np.float32)
