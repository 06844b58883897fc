"""The curriculum: which tasks next, how many, and which groups to train on. No torch and no Ray in here.

curriculum.py     next, observe, select: the curriculum as the loop sees it
protocol.py       what a sampler is
mixture.py        how many of each source: whole numbers, exact shares
bandit.py         domains mixed by what they teach
drawing.py        at random by a chance per task; samplers that are such a chance
waiting_lines.py  longest unseen first, without sorting all tasks
screening.py      some of the completions of a new task first, the others if they differ
selection.py      how many to draw, and the most balanced groups of them
graded_visits.py  first visits by what grading knew of their tasks
snapshots.py      state on disk, and what is believed of all tasks seen, as a table
deltas.py         what a run writes of that after a step: what has changed
rebuilding.py     the table again, from such files
weight_rules.py   weights that follow from beliefs
checks.py         what can be wrong with settings, data or a sampler
beliefs/          what is believed of each task
prediction/       how hard a task is that was never judged, told from its text
samplers/         which tasks come next, a file each
"""

from __future__ import annotations

from curriculum.curriculum import Curriculum
from curriculum.protocol import Sampler, SamplerContext
from curriculum.selection import Selection
from curriculum.snapshots import Restored

__all__ = ["Curriculum", "Restored", "Sampler", "SamplerContext", "Selection"]
