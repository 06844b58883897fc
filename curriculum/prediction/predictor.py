"""What is believed of tasks that were never judged, by what they look like (texts.py, states.py).

    pass rate of a task never judged = sigmoid(level + new rating + given + trust x offset)

    given    what its grade says that was predicted, not measured; 0 without one
    offset   features . weights

Level and new rating are those of the task's stratum (beliefs/skill.py); without trust this is what is believed of all
of its tasks alike. The weights are learned from first visits of tasks without grade (linear.py), in the way of skill.py
(residual and information of a Beta-binomial, here around the present offset). A later visit tells more of the task
itself and of what it has been trained on than of its like, and is left out.

Trust is earned on groups that were not yet learned from (prequentially). The prediction and three that know no text
(plain.py) say beforehand how each first visit will turn out, each with a spread of its own (spread.py). What the
prediction is better in log-likelihood than any of the others adds up, for each source:

    lead  <- MEMORY lead + gain of a visit,  at most MOST    gain: nats; 0 at first; lead: the smallest of the three
    trust  = tanh((lead + BORROWED x leads of the others) / 2), at least 0   the odds of two models, shifted to 0

What others lend is at most MOST_BORROWED, and nothing where their leads add up to less than 0.

Shapes: N tasks, k tasks at hand, G strata, S sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from curriculum.beliefs.arrays import Floats, Ints, Rows
from curriculum.beliefs.difficulty import Posterior, decay
from curriculum.beliefs.strata import Strata
from curriculum.prediction.features import NUM_FEATURES, Vectors
from curriculum.prediction.linear import LinearModel
from curriculum.prediction.plain import NUM_PLAIN, Plain
from curriculum.prediction.rivals import Rivals
from curriculum.prediction.spread import Spread
from curriculum.prediction.states import NUM_STATE_FEATURES, SeenStates
from curriculum.prediction.texts import SeenTexts, Texts
from curriculum.prediction.visits import FirstVisits, softened
from rlcs.records import TaskIndex

WEIGHT_SPREAD = 1.0
"""Standard deviation of a weight before anything is known: offsets of a logit or two."""
MEMORY = 0.99
"""Weight of the past in the lead, at each visit: about a hundred visits."""
BORROWED, MOST_BORROWED = 0.25, 2.0
"""Where texts tell of difficulty in other sources, they probably do in this one: with many, none has many visits."""
MOST = 8.0
"""Nats of lead at most, so that a prediction that has become wrong is soon found out."""
LEARNED_FROM = 256
"""First visits of a step that are learned from at most: more cost time and tell little that is new."""
SHOWN = 0.98
"""Weight of the past in the gain that is logged."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What is believed of k tasks never judged, trust applied."""

    offset: Floats
    """[k] what their rating is beyond the new rating of their stratum."""
    strength: Floats
    """[k] completions that this belief is worth."""


class Predictor:
    """Predicts the ratings of tasks never judged from their texts, from what the policy makes of them, or from both."""

    def __init__(
        self,
        index: TaskIndex,
        strata: Strata,
        texts: Texts | None,
        *,
        half_life: float,
        states: SeenStates | None = None,
    ) -> None:
        self._source = index.source
        self._strata = strata
        self._sources = index.sources
        self._texts = None if texts is None else SeenTexts(texts, strata)
        self._states = states
        self._half_life = half_life
        num_features = NUM_FEATURES * (texts is not None) + NUM_STATE_FEATURES * (states is not None)
        self._model: LinearModel | Rivals = (
            LinearModel(num_features, spread=WEIGHT_SPREAD)
            if texts is None or states is None
            else Rivals(NUM_FEATURES, num_features, spread=WEIGHT_SPREAD)
        )
        self._plain = Plain(strata, weight_spread=WEIGHT_SPREAD)
        self._spread = Spread()
        self._leads: Floats = np.zeros((NUM_PLAIN, len(index.sources)))
        self._gains: Floats = np.zeros(NUM_PLAIN)
        self._step = 0

    def trust(self) -> Floats:
        """Return [S] how far what is predicted of the tasks of each source is believed, 0 to 1."""
        lead = self._leads.min(axis=0)
        lent = np.clip(BORROWED * (lead.sum() - lead), 0.0, MOST_BORROWED)
        return np.asarray(np.maximum(np.tanh((lead + lent) / 2.0), 0.0))

    def features(self, rows: Rows) -> Vectors:
        """Return [k, number of features] what is seen of tasks."""
        return np.concatenate([one.features(rows) for one in (self._texts, self._states) if one is not None], axis=1)

    def expect(self, posterior: Posterior, rows: Rows) -> Vectors:
        """Tell the posterior what is predicted of new tasks, and return their features."""
        features = self.features(rows)
        told = self.outlook(rows, features, worth=posterior.given_worth(rows))
        posterior.expect(rows, told.offset, told.strength)
        return features

    def outlook(self, rows: Rows, features: Vectors, *, worth: Floats) -> Outlook:
        """Return what is believed of tasks never judged, of which without texts so many completions are known."""
        offset, variance = self._model.predict(features)
        trust = self.trust()[self._source[rows]]
        # A prediction that is itself unsure is worth less; a quarter, p (1 - p) at one half, errs on that side.
        strength = 1.0 / (1.0 / self._spread.strength + variance / 4.0)
        return Outlook(
            offset=trust * softened(offset, variance),
            strength=worth ** (1.0 - trust) * strength**trust,
        )

    def doubt(self, features: Vectors) -> Floats:
        """Return [k] the variance of predicted offsets."""
        return self._model.predict(features)[1]

    def observe(self, step: int, visits: FirstVisits) -> None:
        """Learn from the first visits of `step`."""
        if not len(visits.rows):
            return
        elapsed, self._step = max(step - self._step, 0), max(self._step, step)
        share = float(decay(np.array(elapsed), half_life=self._half_life))
        offset, variance = self._model.predict(visits.features)
        if isinstance(self._model, Rivals):
            base, strength = visits.before + visits.given, self._spread.strength
            self._model.judge(visits.features, base, visits.passed, visits.judged, strength=strength)
        told = self._spread.observe(visits.rates(offset, variance), visits.passed, visits.judged)
        self._count_leads(self._source[visits.rows], told - self._plain.observe(visits, elapsed=elapsed, share=share))
        self._model.fade(share)
        self._model.add(visits.features, *visits.targets(offset, strength=self._spread.strength))
        if self._states is not None:
            self._states.forget(visits.rows)

    def metrics(self) -> dict[str, float]:
        """Return the numbers to log."""
        sizes = np.bincount(self._source, minlength=len(self._sources))
        trust = float(self.trust() @ sizes / max(sizes.sum(), 1))
        told = {"curriculum/prediction_gain": float(self._gains.min()), "curriculum/prediction_trust": trust}
        if isinstance(self._model, Rivals):
            told["curriculum/policy_features_weight"] = self._model.weight
        return told if self._states is None else told | self._states.metrics()

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps, by the names of sources and strata: JSON-able."""
        return {
            "step": self._step,
            "gains": self._gains.tolist(),
            "model": self._model.state_dict(),
            "spread": self._spread.state_dict(),
            "leads": dict(zip(self._sources, self._leads.T.tolist(), strict=True)),
            "plain": self._plain.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned; sources and strata that are new start anew."""
        self._step = state["step"]
        kept = state["model"]
        self._model.load_state_dict(kept if isinstance(self._model, Rivals) else kept.get("models", [kept])[0])
        if "plain" in state:  # trust of a checkpoint from before there were three is earned anew
            self._gains = np.array(state["gains"])
            self._spread.load_state_dict(state["spread"])
            self._plain.load_state_dict(state["plain"])
            leads = [state["leads"].get(name, [0.0] * NUM_PLAIN) for name in self._sources]
            self._leads = np.array(leads).T.copy()

    def _count_leads(self, source: Rows, gains: Floats) -> None:
        """Add what the prediction was better at each visit, [NUM_PLAIN, k] nats; a wild one counts as two nats."""
        for number, gain in enumerate(np.clip(gains, -2.0, 2.0)):
            num = np.bincount(source, minlength=len(self._sources))
            total = np.bincount(source, weights=gain, minlength=len(self._sources))
            self._leads[number] = np.clip(MEMORY**num * self._leads[number] + total, -MOST, MOST)
            past = SHOWN ** len(gain)
            self._gains[number] = past * self._gains[number] + (1.0 - past) * gain.mean()


def thinned(rows: Ints) -> Ints:
    """Return LEARNED_FROM of some rows at most, evenly spread."""
    if len(rows) <= LEARNED_FROM:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, LEARNED_FROM).astype(np.int64)])
