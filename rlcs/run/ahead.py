"""The batch of the next step, generated while the learner made the update of this one, and kept in the checkpoint.

A checkpoint of an overlapped run holds it as pending.parquet, a row a completion: the run that goes on from there need
not generate it again, and could not, since the weights that sampled it are an update older than those that were saved.
What a task asks is not written: the curriculum draws the same tasks again. What an environment showed is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rlcs.metrics import Metrics
from rlcs.process.console import say
from rlcs.records import Completion, Group, Status, Task, Verdict
from rlcs.run.episode_text import episode_text, read_episode
from rlcs.tasks import Prompt

FILE = "pending.parquet"
_ABOUT = b"rlcs"
_SCHEMA = pa.schema(
    [
        ("group", pa.int32()), ("task_id", pa.string()), ("token_ids", pa.list_(pa.int32())),
        ("logprobs", pa.list_(pa.float64())), ("loss_mask", pa.list_(pa.int8())), ("policy_version", pa.int32()),
        ("finish_reason", pa.string()), ("forced", pa.bool_()), ("text", pa.string()), ("score", pa.float64()),
        ("status", pa.string()), ("extracted", pa.string()), ("components", pa.map_(pa.string(), pa.float64())),
        ("verifier", pa.string()), ("seconds", pa.float64()), ("message", pa.string()), ("episode", pa.string()),
    ]
)  # fmt: skip
_OF_COMPLETION = ("token_ids", "logprobs", "loss_mask", "policy_version", "finish_reason", "forced", "text")
_OF_VERDICT = ("score", "extracted", "verifier", "seconds", "message")


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """Judged groups of a step that has not begun."""

    step: int
    groups: Sequence[Group]
    """In the order of the step's plan."""
    seconds: float
    """How long their generation took."""
    metrics: Metrics
    """What engines and scorer have to say of them."""

    def write(self, folder: Path) -> None:
        """Write it into the folder of a checkpoint."""
        about = {"step": self.step, "seconds": self.seconds, "metrics": self.metrics}
        table = pa.Table.from_pylist(list(_rows(self.groups)), schema=_SCHEMA)
        pq.write_table(table.replace_schema_metadata({_ABOUT: json.dumps(about)}), folder / FILE)


def read_ahead(checkpoint: Path, tasks: Sequence[Task], prompts: Sequence[Prompt]) -> Ahead | None:
    """Return the batch that a checkpoint holds for the tasks drawn after it; None when it holds none of them."""
    if not (checkpoint / FILE).is_file():
        return None
    table = pq.read_table(checkpoint / FILE)
    found = [list(rows) for _, rows in groupby(table.to_pylist(), key=lambda row: row["group"])]
    if [rows[0]["task_id"] for rows in found] != [task.id for task in tasks]:
        say(f"{checkpoint.name}: other tasks are drawn now than were; the batch that was under way is generated anew")
        return None
    groups = [_group(*parts) for parts in zip(tasks, prompts, found, strict=True)]
    return Ahead(groups=groups, **json.loads(table.schema.metadata[_ABOUT]))


def _rows(groups: Iterable[Group]) -> Iterable[dict[str, Any]]:
    for number, group in enumerate(groups):
        for completion, verdict in zip(group.completions, group.verdicts, strict=True):
            components = list(verdict.components.items())
            answer = {name: getattr(completion, name) for name in _OF_COMPLETION}
            of_both = {**answer, **asdict(verdict), "components": components, "status": str(verdict.status)}
            yield {"group": number, "task_id": group.task.id, **of_both, "episode": episode_text(group, completion)}


def _group(task: Task, prompt: Prompt, rows: Sequence[dict[str, Any]]) -> Group:
    completions, verdicts = [], []
    prompt_ids, images = tuple(prompt.ids), tuple(prompt.images)
    for row in rows:
        of_episode: dict[str, Any] = {}
        if row.get("episode") is not None:  # checkpoints of before have no such column
            episode = read_episode(row["episode"])
            prompt_ids, images, of_episode = episode.prompt_ids, episode.prompt_images, episode.of_completion
        completions.append(Completion(**{name: _frozen(row[name]) for name in _OF_COMPLETION}, **of_episode))
        given = {name: row[name] for name in _OF_VERDICT}
        verdicts.append(Verdict(status=Status(row["status"]), components=dict(row["components"]), **given))
    return Group(
        task=task,
        prompt_ids=prompt_ids,
        images=images,
        completions=tuple(completions),
        verdicts=tuple(verdicts),
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
