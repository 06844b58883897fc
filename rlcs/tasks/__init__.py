"""Data sources in, a pool of tasks out: read, checked, kept in memory-mapped Arrow files, rendered as prompts."""

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
