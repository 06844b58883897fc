"""A policy simulated by item response theory: tasks have difficulties, the policy has skills, groups move the skills.

A completion of task i is right with probability (four-parameter logistic model, Barton and Lord 1981)

    p_i = guess + (1 - guess - slip) sigmoid(z_i),    z_i = a_i (theta[d_i](b_i) - b_i)

with difficulty b, discrimination a, and skill dimension d of the task. The skill theta[d] is a function of difficulty,
kept at NODES and read between them by a straight line, so that easy and hard tasks of a dimension can be learned apart.

What a trained group does follows from the policy gradient. A completion is a choice of right or wrong. With s the mean
score of the group, GRPO's advantages are sqrt((1 - s) / s) for right and -sqrt(s / (1 - s)) for wrong completions, and
the mean of advantage x gradient of log-probability over the group is exactly

    c_i = sqrt(s (1 - s)) dp_i/dz_i / (p_i (1 - p_i))    times the gradient of z_i

(without guess and slip: sqrt(s (1 - s))). A step on task i moves the logit of task j by c_i times the inner product of
their gradients, the neural tangent kernel (Jacot et al. 2018), here

    a_i a_j T[d_i, d_j] R(b_i, b_j),  T = 1 on the diagonal and `transfer` off it,
                                      R = breadth + (1 - breadth) exp(-(b_i - b_j)^2 / (2 width^2))

The rest of the gradient, which has nothing to do with right and wrong, is noise. Advantages have a mean square of 1 in
every valid group, so its variance is noise^2 / (number of trained completions), whatever the pass rates. The step is
normalised as by Adam: its size is `step_size`, and signal and noise share it in proportion to their sizes.

Shapes: N tasks, D dimensions, K nodes, m tasks at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NODES: Floats = np.linspace(-10.0, 10.0, 41)
"""[K] difficulties at which skills are kept; half a logit apart, a third of the smallest sensible width."""
JITTER = 1e-8
"""Added to the diagonal of a kernel before its square root is taken: smooth kernels are nearly singular."""


@dataclass(frozen=True, kw_only=True)
class LearnerModel:
    """The constants of the learner. docs/benchmarks/simulation.md gives the reason for each."""

    step_size: float = 0.2
    """Size of a step in logits: what a step without noise on a single task would move its logit by."""
    noise: float = 4.0
    """Standard deviation of the noise of one completion's gradient, in units of the gradient of one logit."""
    directions: float = 10.0
    """Directions that the noise spreads over; one in so many parts of its variance falls on a skill."""
    wear: float = 0.1
    """What noise costs all skills, in logits per squared step: the second-order term of a step in a wrong direction."""
    memory: float = 0.98
    """Weight of the past in the mean square gradient that normalises the step (Adam's second beta)."""
    transfer: float = 0.15
    """How much a dimension learns from another, relative to what it learns from itself."""
    breadth: float = 0.2
    """How much a task learns from one of its dimension that is far from it in difficulty."""
    width: float = 1.5
    """Distance in difficulty, in logits, over which what is learned fades by exp(-1/2)."""
    rote: float = 10.0
    """How much more a task learns from itself than its neighbours do: what is learned by heart and goes no further."""
    guess: float = 0.005
    """Pass rate of the hopeless: answers that are right by luck."""
    slip: float = 0.01
    """Failure rate of the mastered."""


@dataclass(frozen=True, kw_only=True)
class Items:
    """N tasks as the learner sees them."""

    dimension: Ints
    """[N] skill dimension."""
    difficulty: Floats
    """[N] b, in logits."""
    discrimination: Floats
    """[N] a."""

    def __len__(self) -> int:
        return len(self.dimension)

    def take(self, rows: Ints) -> Items:
        """Return the tasks of some rows."""
        return Items(
            dimension=self.dimension[rows],
            difficulty=self.difficulty[rows],
            discrimination=self.discrimination[rows],
        )


def difficulty_kernel(model: LearnerModel) -> Floats:
    """Return R between all nodes, [K, K]."""
    distance = (NODES[:, np.newaxis] - NODES) / model.width
    return np.asarray(model.breadth + (1.0 - model.breadth) * np.exp(-(distance**2) / 2.0))


def dimension_kernel(model: LearnerModel, num_dimensions: int) -> Floats:
    """Return T between all dimensions, [D, D]."""
    return np.full((num_dimensions, num_dimensions), model.transfer) + (1.0 - model.transfer) * np.eye(num_dimensions)


def square_root(kernel: Floats) -> Floats:
    """Return L with L L^T = kernel, but for JITTER."""
    return np.asarray(np.linalg.cholesky(kernel + JITTER * np.eye(len(kernel))))


def group_signal(score: Floats, pass_rate: Floats, slope: Floats) -> Floats:
    """Return c of groups with these mean scores [m], of tasks with these p and dp/dz; 0 of an invalid group."""
    return np.asarray(np.sqrt(score * (1.0 - score)) * slope / (pass_rate * (1.0 - pass_rate)))


class SimulatedLearner:
    """Skills of D dimensions, all 0 at the start, so that a task's first logit is -a b."""

    def __init__(self, model: LearnerModel, items: Items, *, num_dimensions: int, rng: np.random.Generator) -> None:
        self.model = model
        self.items = items
        """The N tasks that may be trained on."""
        self.skill: Floats = np.zeros((num_dimensions, len(NODES)))
        """[D, K] theta."""
        self.by_heart: Floats = np.zeros(len(items))
        """[N] what is known of a task and of no other, in logits."""
        self._rng = rng
        self._across = dimension_kernel(model, num_dimensions)
        self._along = difficulty_kernel(model)
        self._across_root = square_root(self._across)
        self._along_root = square_root(self._along)
        self._mean_square = 0.0
        self._num_updates = 0

    def pass_rates(self, rows: Ints) -> Floats:
        """Return p of tasks [m] of the pool."""
        return self._rates_and_slopes(self.items.take(rows), self.by_heart[rows])[0]

    def held_out_rates(self, items: Items) -> Floats:
        """Return p of tasks [m] that are not trained on."""
        return self._rates_and_slopes(items, np.zeros(len(items)))[0]

    def update(self, rows: Ints, scores: Floats, *, group_size: int, batch_share: float = 1.0) -> None:
        """Learn from the groups of some tasks, whose mean scores [m] are neither 0 nor 1; of none nothing is learned.

        The loss is a mean over samples, so that the number of groups does not change the signal, only the noise.
        batch_share: groups over those wanted; the step follows its square root, as under `learner.short_batch: sqrt`.
        """
        if not len(rows):
            return
        items = self.items.take(rows)
        signal = group_signal(scores, *self._rates_and_slopes(items, self.by_heart[rows])) / len(rows)
        gradient = self._on_nodes(items, signal * items.discrimination)
        moved = self._across @ gradient @ self._along
        noise_square = self.model.noise**2 / (len(rows) * group_size)
        square = float((gradient * moved).sum() + self.model.rote * (signal**2).sum()) + noise_square
        scale = self.model.step_size * np.sqrt(batch_share) / self._root_mean_square(square)
        np.add.at(self.by_heart, rows, scale * self.model.rote * signal)
        self.skill += scale * (moved + np.sqrt(noise_square / self.model.directions) * self._unit_noise())
        self.skill -= self.model.wear * scale**2 * noise_square

    def _on_nodes(self, items: Items, signal: Floats) -> Floats:
        """Return the gradient [D, K] by the skills at the nodes, given that by the skill of each task."""
        gradient = np.zeros_like(self.skill)
        node, share = _nodes(items.difficulty)
        np.add.at(gradient, (items.dimension, node), signal * (1.0 - share))
        np.add.at(gradient, (items.dimension, node + 1), signal * share)
        return gradient

    def _root_mean_square(self, square: float) -> float:
        """Return the size of the gradient as Adam sees it after one with this squared size."""
        self._num_updates += 1
        self._mean_square = self.model.memory * self._mean_square + (1.0 - self.model.memory) * square
        return float(np.sqrt(self._mean_square / (1.0 - self.model.memory**self._num_updates)))

    def _unit_noise(self) -> Floats:
        """Return noise [D, K] whose covariance is the kernel: an even step in all directions, as skills feel it."""
        return np.asarray(self._across_root @ self._rng.standard_normal(self.skill.shape) @ self._along_root.T)

    def _rates_and_slopes(self, items: Items, by_heart: Floats) -> tuple[Floats, Floats]:
        """Return p and dp/dz of some tasks."""
        node, share = _nodes(items.difficulty)
        skill = self.skill[items.dimension, node] * (1.0 - share) + self.skill[items.dimension, node + 1] * share
        right = 1.0 / (1.0 + np.exp(-items.discrimination * (skill - items.difficulty) - by_heart))
        span = 1.0 - self.model.guess - self.model.slip
        return self.model.guess + span * right, span * right * (1.0 - right)


def _nodes(difficulty: Floats) -> tuple[Ints, Floats]:
    """Return the node below each difficulty and how far, from 0 to 1, it lies towards the next."""
    place = np.clip((difficulty - NODES[0]) / (NODES[1] - NODES[0]), 0.0, len(NODES) - 1.001)
    node = place.astype(np.int64)
    return node, place - node
