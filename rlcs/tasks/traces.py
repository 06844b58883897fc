"""Traces for the cold start: tasks with a response to imitate (rlcs sft)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rlcs.config.schema import SourceConfig
from rlcs.records import Task
from rlcs.tasks import readers
from rlcs.tasks.convert import checked_rows, open_source, report_skipped
from rlcs.tasks.pool import make_task
from rlcs.tasks.rows import canonical_row, response_of, rules_of


def load_traces(sources: Sequence[SourceConfig]) -> tuple[list[Task], list[str]]:
    """Return the tasks of all sources and their responses, in order. No gold answer is needed: `Task.answer` is empty.

    Raises UserError on a bad row, unless its source says on_bad_row: skip.
    """
    tasks: list[Task] = []
    responses: list[str] = []
    for source in sources:
        for task, response in _read(source, first_row=len(tasks)):
            tasks.append(task)
            responses.append(response)
    return tasks, responses


def _read(source: SourceConfig, *, first_row: int) -> list[tuple[Task, str]]:
    columns = readers.columns_of(source)
    opened = open_source(source, readers.needed_columns(columns, with_response=True))
    # The response stands where the gold of a task would, so that the rules for rows serve both.
    fields = replace(columns, answer=columns.response, difficulty=None, params=None)
    rules = replace(rules_of(source, fields, opened.folder), pattern=None)

    def canonical(value: Any, index: int) -> dict[str, Any]:
        row = canonical_row(value, rules, index)
        response = response_of(value, columns.response)
        return {**row, "domain": source.domain, "answer": '""', "params": None, "response": response}

    found: list[tuple[Task, str]] = []
    skipped: list[str] = []
    for _, row in checked_rows(source, opened.rows, canonical, skipped):
        found.append((make_task(row, source.name, first_row + len(found), None), row["response"]))
    report_skipped(source.name, len(skipped), skipped)
    return found
