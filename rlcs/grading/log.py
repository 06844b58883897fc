"""What `rlcs grade` has done so far, kept beside its output: grades.parquet.parts/{job.json, log.txt, *.records}.

Every model has a file of records, one per judged task, each written with one system call at the end of the file. A kill
at any moment costs what was on its way and nothing else. A task is known by a digest of its id, question, gold,
parameters, images and videos: what has changed in the data is graded again, and only that.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewards.registry import REWARDS
from rewards.routes import judges_itself
from rlcs.config.checks import reward_name
from rlcs.config.environments import environment_of
from rlcs.config.schema import Config, RewardConfig, RewardModelConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.plugins import ENVIRONMENTS
from rlcs.run.folder import held
from rlcs.tasks import TaskPool

Keys = NDArray[np.uint64]
Records = NDArray[Any]
"""Structured: `task` (key), `num_tokens` (sampled for all its completions), `scores` [n], NaN where unjudged and
NOT_ASKED where no completion was generated."""
NOT_ASKED = -1.0
Job = dict[str, dict[str, Any]]
"""Settings that decide what a grade means, by what they belong to: "grading", "source <name>", "model <name>"."""

ROLLOUT_SETTINGS = (
    "max_think_tokens", "max_answer_tokens", "force_answer", "think_end", "answer_start", "temperature",
)  # fmt: skip
RATER_SETTINGS = ("path", "mean", "std", "clip", "max_tokens")
DIGEST_BYTES = 8
EDGE_BYTES = 65536
"""Read from either end of a model's files to know them again: training changes every weight."""


def parts_folder(out: Path) -> Path:
    """Return where the progress of a grading is kept: grades.parquet -> grades.parquet.parts."""
    return out.with_name(f"{out.name}.parts")


@contextmanager
def opened_parts(out: Path, job: Job, *, restart: bool) -> Iterator[Path]:
    """Hold the folder of the parts for this process, made or gone on with; `restart` forgets what it holds.

    Raises UserError when another process has it, or when what it holds was begun with other settings than `job`.
    """
    parts = parts_folder(out)
    if out.exists() and not parts.exists() and not restart:
        raise UserError(f"{out} exists and no {parts.name} to go on from; name another --out, or replace it: --restart")
    try:
        parts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make {parts}: {error.strerror}; name another --out") from error
    with ExitStack() as stack:
        try:
            stack.enter_context(held(parts))
        except UserError as error:
            raise UserError(f"another rlcs grade writes to {parts}; wait for its end, or name another --out") from error
        if restart:
            for file in parts.glob("*.records"):
                file.unlink()
        _claim(parts, job)
        yield parts


def _claim(parts: Path, job: Job) -> None:
    """Write down the settings of the job, or refuse it because the records there were made with others."""
    file = parts / "job.json"
    has_records = any(log.stat().st_size for log in parts.glob("*.records"))
    if has_records and not file.is_file():
        raise UserError(f"{parts} holds records and no job.json to tell how they were made; name another --out")
    before: Job = json.loads(file.read_text(encoding="utf-8")) if has_records else {}
    if differences := list(differing(before, job)):
        raise UserError(
            f"{parts} was begun otherwise, and grades of two kinds must not mix: {'; '.join(differences)}. "
            "Set it back, name another --out, or forget what was graded: --restart"
        )
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps({**before, **job}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.rename(file)


def differing(before: Job, now: Job) -> Iterator[str]:
    """Yield in words what has changed; sources may come and go, and models may come."""
    for part, settings in before.items():
        if part not in now:
            if part.startswith("model "):
                yield f"{part} took part, now it does not"
            continue
        for key in {**settings, **now[part]}:
            if settings.get(key) != now[part].get(key):
                old, new = (f"{them[key]!r:.60}" if key in them else "not set" for them in (settings, now[part]))
                yield f"{key} ({part}) was {old}, now it is {new}"


def job_of(config: Config, sources: Sequence[SourceConfig], models: Mapping[str, Path | str]) -> Job:
    """Return the settings that grades depend on; `models` are folders or hub names by the name a person gave."""
    template = config.model.chat_template
    grading = {
        "grade.num_completions": config.grade.num_completions,
        **{f"rollout.{name}": getattr(config.rollout, name) for name in ROLLOUT_SETTINGS},
        "model.dtype": config.model.dtype,
        "model.chat_template": None if template is None else file_digest(Path(template)),
    }
    job = {
        "grading": grading,
        **{f"source {source.name}": _source_settings(source, config) for source in sources},
        **{f"model {name}": {"files": model_digest(place)} for name, place in models.items()},
    }
    normal: Job = json.loads(json.dumps(job, default=str))
    return normal


def _source_settings(source: SourceConfig, config: Config) -> dict[str, Any]:
    """Return how the tasks of a source are asked and judged; a reward's defaults are left out, for more may come."""
    played = environment_of(source)
    asked = {"prompt_template": source.prompt_template, "system_prompt": source.system_prompt}
    if played is not None:
        asked |= {f"environment.{key}": value for key, value in flat(asdict(played)).items()}
        asked["code of the environment"] = _code_digest(ENVIRONMENTS.get(played.name).function, "rollout.")
    return asked if judges_itself(source) else {**asked, **_reward_settings(source, config)}


def _reward_settings(source: SourceConfig, config: Config) -> dict[str, Any]:
    """Return how the answers to the tasks of a source are judged."""
    name = reward_name(source, config.rewards)
    reward = config.rewards[name]
    function = REWARDS.get(reward.verifier).function if reward.verifier else None
    defaults = flat(asdict(RewardConfig()))
    judged = {key: value for key, value in flat(asdict(reward)).items() if value != defaults.get(key)}
    judged.pop("max_unjudged_share", None)
    model = config.reward_models.get(reward.reward_model or "")
    return {
        "reward": name,
        **{f"rewards.{name}.{key}": value for key, value in judged.items()},
        "code of the verifier": _code_digest(function, "rewards."),
        **({} if model is None else _rater_settings(str(reward.reward_model), model)),
    }


def _rater_settings(name: str, model: RewardModelConfig) -> dict[str, Any]:
    """Return what the ratings of a reward model depend on."""
    values = {f"reward_models.{name}.{key}": getattr(model, key) for key in RATER_SETTINGS}
    folder = Path(model.path)
    return {**values, "files of the reward model": model_digest(folder if folder.is_dir() else model.path)}


def _code_digest(made: Any, ours: str) -> str | None:
    """Return a digest of the plug-in file that something registered comes from; None for what comes with RLCS."""
    if made is None or made.__module__.startswith(ours):
        return None
    file = inspect.getsourcefile(made)
    return None if file is None else file_digest(Path(file))


def flat(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested mappings as one: {"a": {"b": 1}} -> {"a.b": 1}."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        inner = flat(value) if isinstance(value, Mapping) else None
        found |= {key: value} if inner is None else {f"{key}.{name}": item for name, item in inner.items()}
    return found


def file_digest(file: Path) -> str:
    """Return a digest of the content of a small file; UserError when it is not there."""
    try:
        return hashlib.blake2b(file.read_bytes(), digest_size=DIGEST_BYTES).hexdigest()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from error


def model_digest(place: Path | str) -> str:
    """Return a digest that changes with the files of a model folder; a hub name stands for itself."""
    if isinstance(place, str):
        return place
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for file in sorted(path for path in place.iterdir() if path.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.name} {size} ".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(EDGE_BYTES))
            stream.seek(max(0, size - EDGE_BYTES))
            digest.update(stream.read(EDGE_BYTES))
    return digest.hexdigest()


def task_keys(pool: TaskPool) -> Keys:
    """Return [N] digests of the tasks: of id, question, gold answer, parameters, and what images and videos they show.

    Of a file that is what the data says of it, its path or its bytes; a task without any has the key of its texts.
    """
    keys = np.zeros(len(pool), dtype=np.uint64)
    for rows, columns in pool.columns("id", "prompt", "answer", "params", "images", "videos"):
        source = pool.index.sources[int(pool.index.source[rows[0]])]
        parts = zip(*(column.to_pylist() for column in columns.columns), strict=True)
        keys[rows] = [task_key(source, *texts, *_shown(images, videos)) for *texts, images, videos in parts]
    return keys


def _shown(images: list[Any] | None, videos: list[Any] | None) -> tuple[str, ...]:
    """Return what a task shows as a text, bytes by their digest; none for a task of text alone."""
    whole = json.dumps([images, videos], default=lambda data: hashlib.blake2b(data).hexdigest())
    return (whole,) if images or videos else ()


def task_key(*parts: str | None) -> int:
    """Return the digest of the texts that make a task, below 2**64."""
    text = "\0".join(part or "" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).digest(), "little")


class RecordLog:
    """The records of one model: appended while it is entered, read at any time."""

    def __init__(self, parts: Path, model: str, *, num_completions: int) -> None:
        short = "".join(letter if letter.isalnum() else "-" for letter in model[-40:]).strip("-")
        self.file = parts / f"{short}-{task_key(model):016x}.records"
        self._type = np.dtype([("task", "<u8"), ("num_tokens", "<u4"), ("scores", "<f4", (num_completions,))])

    def __enter__(self) -> RecordLog:
        # Unbuffered: a record is in the file, or not, whatever happens to this process next.
        self._stream = self.file.open("ab", buffering=0)
        # A record that a full disk cut short.
        self._stream.truncate(self._num_records() * self._type.itemsize)
        return self

    def __exit__(self, *exception: object) -> None:
        os.fsync(self._stream.fileno())
        self._stream.close()

    def append(self, task: int, *, num_tokens: int, scores: Sequence[float | None]) -> None:
        """Write the record of one task; a score of None becomes NaN. Raises UserError when the disk is full.

        `scores` are those of fewer completions than a task may have where it was plain after these.
        """
        values = [np.nan if score is None else score for score in scores]
        values += [NOT_ASKED] * (self._type["scores"].shape[0] - len(values))
        record = np.array([(task, num_tokens, values)], dtype=self._type).tobytes()
        try:
            is_whole = self._stream.write(record) == len(record)
        except OSError as error:
            raise UserError(f"cannot write {self.file}: {error.strerror}; then give the same command again") from error
        if not is_whole:
            raise UserError(f"cannot write {self.file}: the disk is full; make room and give the same command again")

    def read(self) -> Records:
        """Return all records in the order in which they were written."""
        count = self._num_records() if self.file.is_file() else 0
        return np.fromfile(self.file, dtype=self._type, count=count) if count else np.zeros(0, dtype=self._type)

    def _num_records(self) -> int:
        return self.file.stat().st_size // self._type.itemsize


def latest(records: Records) -> Records:
    """Return the last record of each task, sorted by task."""
    order = np.argsort(records["task"], kind="stable")
    tasks = records["task"][order]
    is_last = np.ones(len(tasks), dtype=bool)
    is_last[:-1] = tasks[1:] != tasks[:-1]
    return np.asarray(records[order[is_last]])


def graded(records: Records) -> Keys:
    """Return the keys of the tasks with at least one score: those that need not be generated again."""
    return np.asarray(records["task"][(records["scores"] >= 0.0).any(axis=1)])
