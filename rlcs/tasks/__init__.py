"""Data sources in, a pool of tasks out: read, checked, kept in memory-mapped Arrow files, rendered as prompts.

load.py         the whole way, gold answers checked by their verifiers
pool.py         all tasks of all sources, memory-mapped
paths.py        what a source's path means
generated.py    sources whose tasks are generated
readers.py      rows from JSONL, JSON, Parquet, datasets and generators
rows.py         one row checked and made canonical
image_rows.py   every image and video opened before a run
convert.py      a source as an Arrow file, made once
grades.py       offline pass rates as difficulty, with chance taken out
grade_costs.py  what grades know of a source, and what they took
prompts.py      tasks as prompt tokens
traces.py       traces for the cold start
preferences.py  preference pairs for reward models
"""

from rlcs.tasks.load import load_pool
from rlcs.tasks.pool import TaskPool, split_holdout
from rlcs.tasks.preferences import Preference, load_preferences
from rlcs.tasks.prompts import Prompt, PromptRenderer, drop_long
from rlcs.tasks.traces import load_traces

__all__ = [
    "Preference",
    "Prompt",
    "PromptRenderer",
    "TaskPool",
    "drop_long",
    "load_pool",
    "load_preferences",
    "load_traces",
    "split_holdout",
]
