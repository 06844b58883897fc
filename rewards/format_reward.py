"""The format part of a score: did the response keep to the layout that the configuration declares?"""

from __future__ import annotations

from rewards.extraction import Extraction, extract
from rlcs.config.schema import FormatConfig


def format_score(extraction: Extraction) -> float:
    """Return 1.0 when an answer stood where the layout wants it, else 0.0 (a box without content pays nothing)."""
    return 1.0 if extraction.status is None else 0.0


def format_reward(response: str, layout: FormatConfig) -> float:
    """Return the format score of a whole response."""
    return format_score(extract(response, layout))
