"""The order in which supervised training goes through its examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def batches(num_samples: int, batch_size: int, num_batches: int, seed: int) -> Iterator[list[int]]:
    """Yield `num_batches` lists of sample numbers: shuffled epochs laid end to end, every sample once an epoch."""
    generator = np.random.default_rng(seed)
    waiting_numbers: list[int] = []
    for _ in range(num_batches):
        while len(waiting_numbers) < batch_size:
            waiting_numbers += generator.permutation(num_samples).tolist()
        yield waiting_numbers[:batch_size]
        waiting_numbers = waiting_numbers[batch_size:]
