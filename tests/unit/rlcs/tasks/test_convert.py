"""A source is converted once; later loads of the same unchanged source open the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rlcs.config.schema import EnvironmentConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.tasks import load_pool
from rlcs.tasks.convert import cache_folder, convert

Build = Callable[..., SourceConfig]

GOOD = {"prompt": "p", "answer": "1"}


def test_the_cache_is_where_the_environment_says(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == own_cache
    monkeypatch.delenv("RLCS_CACHE")
    assert cache_folder() == Path.home() / ".cache" / "rlcs" / "tasks"


def test_an_unchanged_source_is_not_read_again(make_source: Build) -> None:
    source = make_source(GOOD)
    first = convert(source)
    written = first.file.stat().st_mtime_ns
    again = convert(source)
    assert again == first
    assert again.file.stat().st_mtime_ns == written


def test_a_changed_file_is_read_again_also_at_the_same_length(make_source: Build) -> None:
    source = make_source(GOOD)
    first = convert(source)
    make_source({"prompt": "p", "answer": "2"})
    stamp = first.file.stat().st_mtime_ns + 1_000_000_000
    os.utime(source.path, ns=(stamp, stamp))
    assert convert(source).file != first.file
    assert load_pool([source]).take([0])[0].answer == "2"


def test_settings_that_do_not_touch_the_rows_share_the_file(make_source: Build) -> None:
    source = make_source(GOOD)
    played = replace(source, environment=EnvironmentConfig(name="tools"))
    for other in (replace(source, proportion=3.0), replace(source, reward="math", system_prompt="Think."), played):
        assert convert(other).file == convert(source).file


def test_settings_that_change_the_rows_have_their_own_file(make_source: Build) -> None:
    source = make_source(GOOD, {"prompt": "#### 7", "answer": "#### 7"})
    others = [
        replace(source, limit=1),
        replace(source, fields=replace(source.fields, answer="prompt")),
        replace(source, domain="stem.physics"),
        replace(source, subcategory="sums"),
        replace(source, on_bad_row="skip"),
    ]
    files = {convert(each).file for each in [source, *others]}
    assert len(files) == 6


def test_the_names_of_sources_cannot_leave_the_cache(make_source: Build, own_cache: Path) -> None:
    source = replace(make_source(GOOD), name="../../x/y")
    assert convert(source).file.parent.parent == own_cache
    assert load_pool([source]).index.ids.to_pylist() == ["../../x/y:0"]


def test_a_load_that_failed_leaves_nothing_behind(make_source: Build, own_cache: Path) -> None:
    with pytest.raises(UserError):
        convert(make_source(GOOD, b"{"))
    assert list(own_cache.iterdir()) == []


def test_what_was_skipped_is_known_from_the_cache(make_source: Build) -> None:
    source = make_source(GOOD, b"{", on_bad_row="skip")
    for _ in range(2):
        converted = convert(source)
        assert converted.num_skipped == 1
        assert converted.skipped[0].startswith(f"{source.path} line 2: malformed JSON at column 2: ")
