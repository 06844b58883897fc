"""The curriculum as the training loop sees it: next, observe, select; state, snapshot, metrics.

    next      how many tasks (expansion), how many of each source (mixture), which ones (sampler)
    complete  the rest of the groups that were screened, for those who ask for it
    refill    more of them while the batch is short, likewise
    observe   posteriors, tiers and the expansion ratio learn from all groups of the step
    select    the most balanced groups of each source are trained on

`next` changes nothing that a checkpoint's table keeps: a step that is interrupted before `observe` leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

import curriculum.samplers  # noqa: F401  (registers the built-in samplers)
from curriculum.bandit import DomainBandit
from curriculum.beliefs.difficulty import Floats, Ints, Posterior, Rows
from curriculum.beliefs.lengths import Lengths
from curriculum.beliefs.strata import stratify
from curriculum.beliefs.tally import Tally, tally
from curriculum.beliefs.tiering import TierTable
from curriculum.checks import check_config, check_draw, check_index
from curriculum.deltas import changes_table
from curriculum.graded_visits import GradedVisits
from curriculum.mixture import apportion, step_offset
from curriculum.prediction.predictor import Predictor, thinned
from curriculum.prediction.states import SeenStates, States
from curriculum.prediction.texts import Texts
from curriculum.prediction.visits import FirstVisits
from curriculum.protocol import Sampler, SamplerContext
from curriculum.screening import passing, to_screen
from curriculum.selection import Expansion, Selection, expanded, num_to_draw, select_groups
from curriculum.snapshots import Restored, kept_table, read_kept_table, snapshot_table
from rlcs.config.limits import POLICY, TEXT
from rlcs.config.schema import CurriculumConfig
from rlcs.errors import UserError
from rlcs.plugins import SAMPLERS
from rlcs.records import TIERS, Group, Plan, TaskIndex


class Curriculum:
    """Decides which tasks are rolled out and which groups are trained on. Raises UserError on unusable settings."""

    def __init__(
        self,
        config: CurriculumConfig,
        index: TaskIndex,
        *,
        seed: int,
        texts: Texts | None = None,
        states: States | None = None,
    ) -> None:
        """From what they return of rows the difficulty of tasks never judged is told, as curriculum.features asks.

        texts: the questions of tasks. states: what the policy makes of them.
        """
        check_config(config)
        check_index(index)
        self.config = config
        self.index = index
        self._sizes: Ints = np.bincount(index.source, minlength=len(index.sources))
        self._posterior = Posterior(
            index.difficulty,
            strata=stratify(index, by_subcategory=config.by_subcategory),
            prior_strength=config.prior_strength,
            half_life=config.half_life,
            certainty=index.certainty,
            is_predicted=index.is_predicted,
        )
        self._lengths = Lengths(len(index), self._posterior.strata)
        self._tiers = TierTable(self._posterior, edges=np.array(config.tier_edges, dtype=np.float64))
        self._seen: SeenStates | None = None
        self._predictor = self._new_predictor(texts, states, seed=seed) if texts is not None else None
        self._context = SamplerContext(
            config=config,
            index=index,
            posterior=self._posterior,
            tiers=self._tiers,
            predictor=self._predictor,
            seed=seed,
            rng=np.random.default_rng(seed),
        )
        self._sampler = self._new_sampler()
        self._bandit = DomainBandit(config.bandit, index)
        self._proportions = self._bandit.proportions()
        self._graded_visits = GradedVisits(index)
        self._expansion = Expansion()
        self._observed_step = 0
        self._num_short_batches = 0
        self._drawn: Rows = np.empty(0, dtype=np.int64)
        self._num_refills = 0
        self._screened: Rows = np.empty(0, dtype=np.int64)
        """Tasks of the last plan that wait for the rest of their completions, or for none."""
        self._num_screened = self._num_passed = 0
        self._frequency: dict[int, float] = {}
        self._drawn_shares: Floats = np.zeros(len(TIERS))
        self._selection = Selection(indices=[], num_valid=0, num_wanted=config.batch_size, warning=None)

    def next(self, step: int) -> Plan:
        """Return the tasks of iteration `step`, in random order."""
        self._tiers.advance(step)
        self._proportions = self._bandit.proportions()
        self._drawn, self._num_refills, self._frequency = np.empty(0, dtype=np.int64), 0, {}
        self._num_screened = self._num_passed = 0
        if self._seen is not None:
            self._seen.begin_step()
        return self._plan(step, self._planned_counts(step))

    def complete(self, step: int, groups: Sequence[Group]) -> Plan | None:
        """Return the screened tasks of the last plan that get the rest of their completions, called before `refill`.

        None when there are none. `groups` are all of the step so far.
        """
        rows = passing(groups, self._screened, min_spread=self.config.min_spread)
        self._screened = np.empty(0, dtype=np.int64)
        self._num_passed += len(rows)
        return Plan(step=step, rows=rows, refill=self._num_refills, is_rest=True) if len(rows) else None

    def refill(self, step: int, groups: Sequence[Group]) -> Plan | None:
        """Return more tasks for the sources that have too few valid groups among `groups`, all of the step so far.

        None when the batch is full, or max_refills are spent (DAPO, arXiv 2503.14476: dynamic sampling).
        """
        told = tally(groups, min_spread=self.config.min_spread)
        num_valid = np.bincount(self.index.source[told.rows[told.is_valid]], minlength=len(self._sizes))
        missing = np.minimum(np.maximum(self._wanted_counts(step) - num_valid, 0), self._sizes)
        if self._num_refills >= self.config.max_refills or not missing.any():
            return None
        self._num_refills += 1
        return self._plan(step, missing)

    def observe(self, step: int, groups: Sequence[Group]) -> None:
        """Learn from all judged groups of iteration `step`, called once a step; those not selected count too."""
        self._observed_step = step
        told = tally(groups, min_spread=self.config.min_spread)
        rows, means = told.by_task()
        is_first = self._posterior.num_seen[told.rows] == 0
        self._graded_visits.observe(told.rows[is_first], told.is_valid[is_first])
        self._tiers.count(rows, -1)
        self._learn_of_tasks(step, told, rows)
        self._tiers.count(rows, 1)
        self._sampler.observe(step, rows, means)
        self._lengths.observe(groups)
        self._bandit.observe(groups, min_spread=self.config.min_spread)
        beta, cap = self.config.expansion.beta, self.config.expansion.cap
        self._expansion = expanded(self._expansion, told.is_valid, beta=beta, cap=cap)

    def select(self, groups: Sequence[Group]) -> Selection:
        """Choose the groups to train on, out of those just observed; called once a step."""
        told = tally(groups, min_spread=self.config.min_spread)
        self._selection = select_groups(
            told.mean,
            is_valid=told.is_valid,
            source=self.index.source[told.rows],
            wanted=self._wanted_counts(self._observed_step),
            names=self.index.sources,
        )
        self._num_short_batches += self._selection.warning is not None
        return self._selection

    def expected_tokens(self, rows: Rows) -> list[float]:
        """Return how long a completion of each of `rows` is expected to be, by the past; 0 where nothing is known."""
        return [float(value) for value in self._lengths.expected(rows)]

    def sample_weights(self, groups: Sequence[Group]) -> list[float]:
        """Return what the samples of each group of this step's batch are to be multiplied with; their mean is 1.

        1 / (how often the task is drawn relative to uniform drawing), at most curriculum.unbiased_cap: the gradient of
        the drawn groups is then that of uniform drawing, up to the cap (DPPO pruning, arXiv 2603.04135).
        """
        if not self.config.unbiased_cap or not groups:
            return [1.0] * len(groups)
        frequency = np.array([self._frequency[group.task.row] for group in groups])
        weights = np.minimum(1.0 / np.maximum(frequency, 1e-9), self.config.unbiased_cap)
        return [float(weight) for weight in weights / weights.mean()]

    def metrics(self) -> dict[str, float]:
        """Return the numbers of the last step; every key is explained in docs/metrics.md."""
        drawn, pool = self._drawn_shares, self._tiers.pool_shares()
        return {
            "curriculum/invalid_rate": self._expansion.invalid_rate,
            "curriculum/expansion_ratio": self._expansion.ratio,
            "curriculum/expansion_ema": self._expansion.ema,
            "curriculum/num_planned": float(len(self._drawn)),
            "curriculum/num_refills": float(self._num_refills),
            "curriculum/num_screened": float(self._num_screened),
            "curriculum/num_screened_out": float(self._num_screened - self._num_passed),
            "curriculum/num_valid": float(self._selection.num_valid),
            "curriculum/num_selected": float(len(self._selection.indices)),
            "curriculum/short_batches": float(self._num_short_batches),
            "curriculum/skill": self._tiers.mean_level(),
            **{f"curriculum/tier/{tier}/share": float(drawn[number]) for number, tier in enumerate(TIERS)},
            **{f"curriculum/pool/{tier}/share": float(pool[number]) for number, tier in enumerate(TIERS)},
            **self._bandit.metrics(),
            **self._graded_visits.metrics(),
            **(self._predictor.metrics() if self._predictor else {}),
            **self._sampler.metrics(),
        }

    def snapshot(self, step: int) -> pa.Table:
        """Return one row per task seen so far, as believed at `step`."""
        rows = np.flatnonzero(self._posterior.num_seen)
        tier, weight = self._tiers.of(rows), self._sampler.weights(rows)
        return snapshot_table(self.index, self._posterior, rows=rows, tier=tier, weight=weight, step=step)

    def changes(self, step: int, *, since: int | None) -> pa.Table:
        """Return what tells the snapshot of `step` from that of `since`: a file of the run folder."""
        edges = list(self.config.tier_edges)
        return changes_table(self.index, self._posterior, self._sampler, step=step, since=since, edges=edges)

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the numbers per task, which `table` holds: JSON-able."""
        sampler = self._sampler.state_dict()
        return {
            "step": self._tiers.step,
            "skill": self._posterior.skill.state_dict(self._posterior.strata.keys),
            "rng": self._context.rng.bit_generator.state,
            "expansion": asdict(self._expansion),
            "num_short_batches": self._num_short_batches,
            "bandit": self._bandit.state_dict(),
            "graded_visits": self._graded_visits.state_dict(),
            "predictor": self._predictor.state_dict() if self._predictor else None,
            "sampler": self.config.sampler,
            "sampler_state": {name: value for name, value in sampler.items() if not isinstance(value, np.ndarray)},
        }

    def table(self) -> pa.Table:
        """Return one row per task of the pool: what was observed of it, and the sampler's own numbers."""
        state = self._sampler.state_dict()
        columns = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
        return kept_table(self.index, {**self._posterior.columns(), **self._lengths.columns()}, columns)

    def save(self, path: Path) -> None:
        """Write `table` as a Parquet file."""
        pq.write_table(self.table(), path)

    def seen_states(self) -> pa.Table | None:
        """Return what the policy made of tasks, which a checkpoint keeps beside `table`; None where it is not asked."""
        return None if self._seen is None else self._seen.table()

    def load_seen_states(self, table: pa.Table) -> None:
        """Take back what `seen_states` returned."""
        if self._seen is not None:
            self._seen.load(table)

    def load_state_dict(self, state: dict[str, Any], table: pa.Table) -> Restored:
        """Go on from a checkpoint; tasks are matched by id. A sampler of another name starts fresh."""
        if "skill" not in state:
            raise UserError(
                "the curriculum of this checkpoint is of an older kind, without ratings and skill; start a new run "
                "from its model: model.path=CHECKPOINT/model"
            )
        columns, sampler_columns, restored = read_kept_table(table, self.index)
        self._posterior.load_columns(columns)
        self._lengths.load_columns(columns)
        self._posterior.skill.load_state_dict(state["skill"], self._posterior.strata.keys)
        self._tiers.rebuild(state["step"])
        self._context.rng.bit_generator.state = state["rng"]
        self._expansion = Expansion(**state["expansion"])
        self._num_short_batches = state["num_short_batches"]
        self._bandit.load_state_dict(state.get("bandit", {}))
        self._graded_visits.load_state_dict(state.get("graded_visits", {}))
        if self._predictor and state.get("predictor"):
            self._predictor.load_state_dict(state["predictor"])
        self._sampler = self._new_sampler()
        if state["sampler"] == self.config.sampler:
            self._sampler.load_state_dict({**state["sampler_state"], **sampler_columns})
        return restored

    def _learn_of_tasks(self, step: int, told: Tally, rows: Ints) -> None:
        """Let the groups of `rows` tell of these tasks, and the first visits among them of what they have in common."""
        posterior, failures = self._posterior, told.num_judged - told.successes
        if self._predictor is None:
            posterior.observe(step, told.rows, successes=told.successes, failures=failures)
            return
        new = thinned(rows[posterior.is_new(rows)])
        features = self._predictor.expect(posterior, new)
        given, before = posterior.given(new), posterior.stratum_logit(new)
        posterior.observe(step, told.rows, successes=told.successes, failures=failures)
        passed, judged = told.judged_of(new)
        visits = FirstVisits(
            rows=new,
            features=features,
            given=given,
            before=before,
            after=posterior.stratum_logit(new),
            passed=passed,
            judged=judged,
        )
        self._predictor.observe(step, visits.take(judged > 0))

    def _new_predictor(self, texts: Texts, states: States | None, *, seed: int) -> Predictor | None:
        config = self.config
        if not config.predict or not SAMPLERS.get(config.sampler).predicts:
            return None
        if POLICY in config.features:
            if states is None:
                raise UserError("curriculum.features holds policy, and here none reads the tasks; set it to [text]")
            self._seen = SeenStates(self.index, states, seed=seed)
        return Predictor(
            self.index,
            self._posterior.strata,
            texts if TEXT in config.features else None,
            half_life=config.half_life,
            states=self._seen,
        )

    def _new_sampler(self) -> Sampler:
        sampler: Sampler = SAMPLERS.get(self.config.sampler)(self._context)
        return sampler

    def _plan(self, step: int, counts: Ints) -> Plan:
        """Draw `counts[s]` tasks of each source s."""
        copies, counts = np.divmod(counts, np.maximum(self._sizes, 1))
        rows = np.asarray(self._sampler.next(step, counts), dtype=np.int64)
        check_draw(self.config.sampler, rows, index=self.index, counts=counts)
        rows = np.concatenate([rows, *(self._whole_source(source, int(num)) for source, num in enumerate(copies))])
        self._drawn = np.concatenate([self._drawn, rows])
        if self.config.unbiased_cap:
            self._frequency |= dict(zip(rows.tolist(), self._sampler.frequency(rows).tolist(), strict=True))
        self._drawn_shares = self._tiers.shares(self._drawn)
        rows = self._context.rng.permutation(rows)
        return Plan(step=step, rows=rows, refill=self._num_refills, screened=self._screen(rows))

    def _screen(self, rows: Rows) -> NDArray[np.bool_] | None:
        """Choose the tasks of a plan that are screened, and remember them."""
        if not self.config.screen:
            return None
        chosen = to_screen(rows, self._posterior.is_new(rows))
        self._screened = rows[chosen]
        self._num_screened += len(self._screened)
        return chosen

    def _wanted_counts(self, step: int) -> Ints:
        """Return how many groups of each source the batch of `step` holds: the mixture."""
        return apportion(self.config.batch_size, self._proportions, offset=step_offset(step))

    def _planned_counts(self, step: int) -> Ints:
        """Return how many tasks of each source to draw: at least what the batch will hold."""
        if not self.config.expansion.enabled:
            return self._wanted_counts(step)
        num_extra = num_to_draw(self.config.batch_size, ema=self._expansion.ema) - self.config.batch_size
        extra = apportion(num_extra, self._proportions, offset=step_offset(step))
        return self._wanted_counts(step) + extra

    def _whole_source(self, source: int, num_copies: int) -> Rows:
        """Return all tasks of a source `num_copies` times: it holds fewer than its share of the plan."""
        rows = np.flatnonzero(self.index.source == source) if num_copies else np.empty(0, dtype=np.int64)
        return np.tile(rows, num_copies)
