"""The default sampler: tasks by what they teach now, longest unseen first among those of a kind (paper 5.3).

The cells of a source are its bins of difficulty (beliefs/tiering.py: tiers, cut finer), those of each subcategory
apart. Inside a source with n tasks, n_c of them in cell c with pass rate p_c under the policy of now, a task of the
cell is drawn r_c times as often as it would be uniformly, and the cell so gets the share n_c r_c / n:

    w_c = g_c (p_c (1 - p_c)) ** (1 / temperature)
    r_c = (1 - floor) w_c / mean of w over the n tasks + floor

Of tasks of unknown difficulty w is the mean over their prior, and no more of them count than are drawn in EXPLORED
steps: in a large pool they would otherwise have all the weight, and what is found would never be trained on. Where
their texts have proved to tell their difficulty (prediction/), those are the best of the ones looked at, each has its
own w, and they are drawn by it. What the floor gives goes by the line as ever, and so does the share 1 - trust of the
rest: the best of what is hardly believed are as good as any.

g_c discounts subcategories that stand still whatever they are trained (beliefs/progress.py). A cell gives at most
n_c / rest tasks a step, so that few good ones are not learned by heart; what it would have given beyond that goes to
the other cells by their weights, and r is what comes of it. Tasks never judged need no rest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, logsumexp

from curriculum.beliefs.arrays import Floats, Ints, Rows, sigmoid
from curriculum.beliefs.progress import STALLED, Progress
from curriculum.beliefs.tiering import NEW, NUM_BINS
from curriculum.mixture import apportion, capped_shares
from curriculum.prediction.candidates import Candidates, best, num_looked_at
from curriculum.protocol import Sampler, SamplerContext
from curriculum.waiting_lines import Turns
from rlcs.plugins import SAMPLERS

EXPLORED = 8
"""Steps in which the tasks never judged could be drawn that count: as many as a pool is explored for at a time."""
SURE = 1e-6
"""Pass rates of tasks never judged are kept this far from 0 and 1, where the prior has no density."""


def learnability(pass_rates: Floats, *, prior_strength: float, temperature: float) -> Floats:
    """Return L of the cells, [strata, bins] like `pass_rates`, whose weight is L ** (1 / temperature).

    p (1 - p); a task without grade has Beta(s q, s (1 - q)) around the q of first visits, s being the prior strength,
    and with k = 1 / temperature the mean weight E[(p (1 - p)) ** k] = B(s q + k, s (1 - q) + k) / B(s q, s (1 - q)).
    """
    found = pass_rates * (1.0 - pass_rates)
    found[:, NEW] = np.exp(temperature * log_mean_weight(pass_rates[:, NEW], prior_strength, temperature=temperature))
    return found


def log_mean_weight(pass_rates: Floats, strength: Floats | float, *, temperature: float) -> Floats:
    """Return the logarithm of the mean of (p (1 - p)) ** (1 / temperature) over Beta(s q, s (1 - q)) around each q."""
    alpha = strength * np.clip(pass_rates, SURE, 1.0 - SURE)
    beta = strength - alpha
    return np.asarray(betaln(alpha + 1.0 / temperature, beta + 1.0 / temperature) - betaln(alpha, beta))


def unseen_share(num_new: int, count: int) -> float:
    """Return the share of a source's tasks never judged that counts where `count` tasks are drawn a step."""
    return min(1.0, EXPLORED * count / num_new) if count and num_new else 1.0


def relative_weights(
    num_tasks: Ints, *, learnability: Floats, progress: Floats, temperature: float, floor: float, unseen: float = 1.0
) -> Floats:
    """Return r of every cell: draws of one of its tasks relative to uniform drawing. `num_tasks`: n_c of a source.

    `progress` is g_c, `unseen` the share of the tasks never judged that counts. At least `floor` everywhere, and
    sum of n_c r_c = n. Zeros for a source without tasks.
    """
    if not num_tasks.any():
        return np.zeros(num_tasks.shape)
    # Divided by the largest first: with a low temperature all would underflow to 0.
    weights = progress * (learnability / learnability[num_tasks > 0].max()) ** (1.0 / temperature)
    weights[..., NEW] *= unseen
    mean = (num_tasks * weights).sum() / num_tasks.sum()
    return np.asarray((1.0 - floor) * weights / mean + floor)


def rested(weights: Floats, num_tasks: Ints, *, count: int, rest: float) -> Floats:
    """Return what r of a source's cells, [strata, bins], comes to when `count` tasks are drawn and all have their rest.

    A cell gives n_c / rest tasks at most, or n_c / (half of the source's epoch) if that is more; unseen tasks: n_c.
    """
    if count == 0:
        return weights
    num_all = num_tasks.sum()
    caps = num_tasks / np.clip(num_all / (2.0 * count), 1.0, rest)
    caps[:, NEW] = num_tasks[:, NEW]
    shares = capped_shares(count, (num_tasks * weights).ravel(), caps=caps.ravel()).reshape(num_tasks.shape)
    return np.asarray(shares * num_all / (count * np.maximum(num_tasks, 1)))


@SAMPLERS.register("tiers")
class Tiers(Sampler):
    """One waiting line per cell (stratum and bin), in order of the last turn of its tasks."""

    predicts = True

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._turns = Turns(
            len(context.index),
            num_lines=context.tiers.num_tasks.size,
            line_of=context.tiers.cell_of,
            seed=context.seed,
        )
        self._progress = Progress(context.tiers.strata)
        self._last_counts: Ints = np.zeros(len(context.index.sources), dtype=np.int64)
        """[S] what `next` was last asked for; the weights of the snapshot are of such a draw."""
        self._outlook: Floats = np.full(len(context.tiers.strata), np.nan)
        """[number of strata] logarithm of w of their tasks never judged, by the last candidates; NaN: by the prior."""
        told, num_sources = context.index.is_predicted, len(context.index.sources)
        predicted = context.index.source[told] if told is not None else np.empty(0, dtype=np.int16)
        self._has_given = np.bincount(predicted, minlength=num_sources) > 0
        """[S] whether tasks of the source have grades that were predicted."""
        self._step = -1
        self._drawn: Ints = np.empty(0, dtype=np.int64)
        """Drawn in this step so far."""
        self._looked_at: Ints = np.empty(0, dtype=np.int64)
        """New tasks whose texts were looked at for the last draw."""
        self._passed_over: dict[int, Ints] = {}
        """Candidates that were not drawn, by step, until the step is observed."""
        self._chances: dict[int, float] = {}
        """How often candidates drawn in this step were to be drawn as such, relative to uniform drawing."""

    def next(self, step: int, counts: Ints) -> Ints:
        """Draw `counts[s]` tasks of each source s: cells by weight, inside a cell the longest unseen."""
        self._last_counts = counts
        if step != self._step:
            self._step, self._drawn, self._chances = step, np.empty(0, dtype=np.int64), {}
        candidates = self._candidates(counts)
        found = self._relative_weights()
        # A cell worth less than one task a step gets it now and then: the offset is drawn anew each time.
        quotas = [
            apportion(count, (num_tasks * weights).ravel(), offset=self.context.rng.random())
            for count, (num_tasks, weights) in zip(counts.tolist(), found, strict=True)
        ]
        chosen, by_line = self._choose(np.concatenate(quotas), candidates, np.concatenate([one[1] for one in found]))
        in_line = self._first_in_line(by_line, chosen)
        self._expect_nothing_of(in_line)
        rows = np.concatenate([chosen, in_line])
        self._turns.mark_planned(step, rows)
        self._drawn = np.concatenate([self._drawn, rows])
        return np.asarray(rows)

    def observe(self, step: int, rows: Rows, means: Floats) -> None:
        """Send judged tasks to the end of the line of their new cell, and note what their strata gained."""
        for earlier in [one for one in self._passed_over if one <= step]:
            self._turns.mark_judged(earlier, self._passed_over.pop(earlier))
        self._turns.mark_judged(step, rows)
        strata = self.context.tiers.strata
        is_valid = (means > 0.0) & (means < 1.0)
        self._progress.observe(
            self.context.posterior.skill.level, np.bincount(strata.of[rows[is_valid]], minlength=len(strata))
        )

    def kinds(self, rows: Rows) -> NDArray[np.int32]:
        """Return the cell of each row."""
        return self.context.tiers.cell_of(rows)

    def weight_of_kind(self) -> Floats:
        """Return r of every cell, for a draw like the last one."""
        return np.concatenate([weights.ravel() for _, weights in self._relative_weights()])

    def frequency(self, rows: Rows) -> Floats:
        """Return r of the cell of each row, and of tasks never judged that were looked at r of the task itself."""
        found = self.weights(rows)
        is_new, floor = self.context.posterior.is_new(rows), self.context.config.floor
        looked_at = is_new & ~np.isnan(self._outlook[self.context.tiers.strata.of[rows]])
        own = [self._chances.get(row, 0.0) for row in rows[looked_at].tolist()]
        by_line = 1.0 - self._believed()[self.context.index.source[rows[looked_at]]]
        found[looked_at] = floor + by_line * np.maximum(found[looked_at] - floor, 0.0) + own
        return found

    def state_dict(self) -> dict[str, Any]:
        """Keep the last turn of each task, from which the lines follow, the progress, and what was last asked for."""
        counts = dict(zip(self.context.index.sources, self._last_counts.tolist(), strict=True))
        outlook = zip(self.context.tiers.strata.keys, self._outlook.tolist(), strict=True)
        return {
            "turn": self._turns.judged,
            "progress": self._progress.state_dict(),
            "counts": counts,
            "outlook": [[*key, value] for key, value in outlook if not np.isnan(value)],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Form the lines anew from the kept turns and the restored ratings."""
        self._turns.load(state["turn"])
        self._progress.load_state_dict(state.get("progress", []))
        counts = state.get("counts", {})
        self._last_counts = np.array([counts.get(name, 0) for name in self.context.index.sources], dtype=np.int64)
        place = {key: number for number, key in enumerate(self.context.tiers.strata.keys)}
        for source, subcategory, value in state.get("outlook", []):
            if (source, subcategory) in place:
                self._outlook[place[source, subcategory]] = value

    def metrics(self) -> dict[str, float]:
        """Return how many strata are discounted to less than half."""
        return {"curriculum/num_stalled": float(np.count_nonzero(self._factors() < STALLED))}

    def _relative_weights(self) -> list[tuple[Ints, Floats]]:
        """Return n_c and r_c of the cells of each source, [strata, bins], for a draw of `_last_counts`."""
        config, tiers = self.context.config, self.context.tiers
        teaches = learnability(tiers.pass_rates(), prior_strength=config.prior_strength, temperature=config.temperature)
        is_told = ~np.isnan(self._outlook)
        teaches[is_told, NEW] = np.exp(config.temperature * self._outlook[is_told])
        progress = self._factors()
        found = []
        for source, count in enumerate(self._last_counts.tolist()):
            strata = tiers.strata.of_source(source)
            cells = tiers.num_tasks[strata]
            weights = relative_weights(
                cells,
                learnability=teaches[strata],
                progress=progress[strata, np.newaxis],
                temperature=config.temperature,
                floor=config.floor,
                unseen=unseen_share(int(cells[:, NEW].sum()), count),
            )
            found.append((cells, rested(weights, cells, count=count, rest=config.rest)))
        return found

    def _candidates(self, counts: Ints) -> dict[int, Candidates]:
        """Look at tasks never judged, of sources whose texts are trusted; return the best of each stratum's line."""
        self._outlook[:] = np.nan
        self._looked_at = np.empty(0, dtype=np.int64)
        tiers, believed = self.context.tiers, self._believed()
        if not believed.any():
            return {}
        num_new = tiers.num_tasks[:, NEW]
        of_source = np.bincount(tiers.strata.source, weights=num_new, minlength=len(counts)).astype(np.int64)
        looked_at = num_looked_at(np.where(believed > 0.0, counts, 0), of_source)
        share_looked_at = looked_at / np.maximum(of_source, 1)
        sizes = np.ceil(share_looked_at[tiers.strata.source] * num_new).astype(np.int64)
        rows = self._turns.take(np.arange(len(num_new)) * NUM_BINS + NEW, sizes)
        rows = rows[~np.isin(rows, self._drawn)]
        self._looked_at = rows
        if not len(rows):
            return {}
        log_weights, stratum = self._log_weights(rows), tiers.strata.of[rows]
        config = self.context.config
        plain = log_mean_weight(tiers.pass_rates()[:, NEW], config.prior_strength, temperature=config.temperature)
        found = {}
        for one in np.unique(stratum).tolist():
            source, is_its = int(tiers.strata.source[one]), stratum == one
            kept = math.ceil(unseen_share(int(of_source[source]), int(counts[source])) * num_new[one])
            found[one] = best(rows[is_its], log_weights[is_its], num=kept, num_new=int(num_new[one]))
            share = believed[source]
            self._outlook[one] = logsumexp([found[one].mean_log_weight, plain[one]], b=[share, 1.0 - share])
        is_behind = share_looked_at[tiers.strata.source[stratum]] < 1.0
        self._turns.mark_planned(self._step, rows[is_behind])
        self._passed_over[self._step] = np.concatenate([self._passed_over.get(self._step, rows[:0]), rows[is_behind]])
        return found

    def _believed(self) -> Floats:
        """Return [S] the share of tasks never judged that is drawn by what is predicted of them, the floor apart."""
        predictor = self.context.predictor
        trust = np.zeros(len(self._has_given)) if predictor is None else predictor.trust()
        return np.where(self._has_given, 1.0, trust)

    def _log_weights(self, rows: Ints) -> Floats:
        """Return the logarithm of w of tasks never judged, by what is predicted of each."""
        predictor, posterior, config = self.context.predictor, self.context.posterior, self.context.config
        if predictor:
            predictor.expect(posterior, rows)
        rates = sigmoid(posterior.stratum_logit(rows) + posterior.offset[rows])
        return log_mean_weight(rates, posterior.worth[rows].astype(np.float64), temperature=config.temperature)

    def _choose(self, quotas: Ints, candidates: dict[int, Candidates], weights: Floats) -> tuple[Ints, Ints]:
        """Return the candidates drawn, and how many tasks of each cell its line gives: what the floor adds, or all.

        `quotas` are those of the cells, `weights` [number of strata, number of bins] r.
        """
        chosen, by_line = [np.empty(0, dtype=np.int64)], quotas.copy()
        believed = self._believed()[self.context.tiers.strata.source]
        for stratum, found in candidates.items():
            cell, rng = stratum * NUM_BINS + NEW, self.context.rng
            if quota := int(quotas[cell]):
                explored = min(self.context.config.floor / max(weights[stratum, NEW], SURE), 1.0)
                share = (1.0 - explored) * believed[stratum]
                count = min(int(apportion(quota, [1.0 - share, share], offset=rng.random())[1]), len(found.rows))
                by_line[cell] = quota - count
                if count:
                    chosen.append(found.rows[found.drawn(count, offset=rng.random())])
                    self._note_chances(stratum, found, count)
        return np.concatenate(chosen), by_line

    def _expect_nothing_of(self, rows: Ints) -> None:
        """Leave new tasks that were not looked at now with what their grades say: earlier looks are out of date."""
        posterior = self.context.posterior
        rows = rows[posterior.is_new(rows) & ~np.isin(rows, self._looked_at)]
        posterior.expect(rows, np.zeros(len(rows)), posterior.given_worth(rows))

    def _first_in_line(self, counts: Ints, chosen: Ints) -> Ints:
        """Return the first `counts` tasks of each cell that are not among the chosen ones."""
        if not len(chosen):
            return self._turns.take(np.arange(len(counts)), counts)
        spare = np.bincount(self.context.tiers.cell_of(chosen), minlength=len(counts))
        rows = self._turns.take(np.arange(len(counts)), np.where(counts > 0, counts + spare, 0))
        rows = rows[~np.isin(rows, chosen)]
        cell = self.context.tiers.cell_of(rows)
        return np.asarray(rows[np.arange(len(rows)) - np.searchsorted(cell, cell) < counts[cell]])

    def _note_chances(self, stratum: int, candidates: Candidates, count: int) -> None:
        """Remember how often each candidate was to be drawn, where weights of samples ask for it."""
        if self.context.config.unbiased_cap:
            source = int(self.context.tiers.strata.source[stratum])
            num_all = self.context.tiers.num_tasks[self.context.tiers.strata.of_source(source)].sum()
            relative = candidates.shares(count) * candidates.chance * num_all / self._last_counts[source]
            self._chances |= dict(zip(candidates.rows.tolist(), relative.tolist(), strict=True))

    def _factors(self) -> Floats:
        """Return [number of strata] g."""
        if not self.context.config.by_progress:
            return np.ones(len(self.context.tiers.strata))
        return self._progress.factors(self.context.posterior.skill.level)
