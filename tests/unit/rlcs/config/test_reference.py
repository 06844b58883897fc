"""docs/configuration.md says what the schema says."""

from __future__ import annotations

import dataclasses

from places import DOCS

from rlcs.config.reference import render_reference
from rlcs.config.schema import LearnerConfig

PAGE = DOCS / "configuration.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_reference(), (
        "run: python -m rlcs.config.reference docs/configuration.md"
    )


def test_the_page_has_every_key_of_a_section() -> None:
    section = render_reference().split("\n## `learner`\n")[1].split("\n## ")[0]
    for field in dataclasses.fields(LearnerConfig):
        assert f"| `{field.name}` | " in section
