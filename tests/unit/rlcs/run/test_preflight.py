"""What is known before anything starts, environments and their domains among it, and what they say of parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.errors import UserError
from rlcs.run.preflight import known_names, prepare

CONFIG = "model: {path: 'tiny://text'}\ndata: {train: [%s]}\nrewards: {sums: {}}"
SUMS = "{name: sums, path: 'tiny://addition', environment: {name: tools, params: {max_calls: 0, functions: [none]}}}"


def test_environments_and_their_domains_are_known_with_everything_else() -> None:
    names = known_names()
    assert {"gui.episode", "planning.episode", "stem.math"} <= set(names.domains)
    assert {name: names.environments[name].judges for name in ("miniwob", "tools")} == {"miniwob": True, "tools": False}


def test_what_an_environment_says_of_its_parameters_comes_with_the_other_problems(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG % SUMS)
    with pytest.raises(UserError) as caught:
        prepare(tmp_path / "c.yaml", ["rollout.group_size=1", "learner.pack_tokens=4096"])
    size, calls = str(caught.value).splitlines()
    assert size.startswith("rollout.group_size is 1")
    assert calls.startswith("data source 'sums' (1): environment 'tools': max_calls is 0")
