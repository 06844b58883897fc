"""Which verifier judges a domain, and in what layout, where no configuration says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.errors import UserError, unknown_name
from rlcs.reward_registry import REWARDS

DOMAIN_VERIFIERS = {
    "stem.math": "math",
    "stem.physics": "physics",
    "stem.chemistry": "chemistry",
    "grounding.box": "grounding_box",
    "grounding.point": "grounding_point",
    "ocr.text": "ocr_text",
    "ocr.table": "ocr_table",
    "ocr.formula": "ocr_formula",
    "chart": "chart",
    "document": "document",
    "gui.action": "gui_action",
    "gui.point": "gui_point",
    "video.temporal": "temporal_iou",
    "geo": "geo",
    "counting": "counting",
    "choice": "choice",
    "logic": "logic",
    "instruction": "instruction",
    "code": "code",
    "webpage": "webpage",
    "general": "text_match",
}
"""The verifier of each of `rlcs.records.DOMAINS` that a rule can judge. `numeric` serves no domain of its own."""

_WITHOUT_BOX = frozenset({"instruction", "code", "webpage"})
"""Verifiers of whole texts: all of the answer part is judged, no box is looked for."""
_TIMEOUTS_S = {"code": 10.0, "webpage": 45.0, "judge": 60.0}


def verifier_of(name: str) -> str:
    """Return the verifier for a domain; the name of a verifier stands for itself."""
    if name in REWARDS:
        return name
    if name not in DOMAIN_VERIFIERS:
        raise unknown_name("verifier or domain", name, {*REWARDS, *DOMAIN_VERIFIERS})
    verifier = DOMAIN_VERIFIERS[name]
    if verifier not in REWARDS:
        raise UserError(f"domain {name!r} is judged by the verifier {verifier!r}, which is not installed")
    return verifier


def default_reward(name: str, params: Mapping[str, Any] | None = None) -> RewardConfig:
    """Return how a verifier, or that of a domain, judges where no configuration says so."""
    verifier = verifier_of(name)
    layout = FormatConfig(box="none") if verifier in _WITHOUT_BOX else FormatConfig()
    return RewardConfig(
        verifier=verifier, params=dict(params or {}), format=layout, timeout_s=_TIMEOUTS_S.get(verifier, 5.0)
    )
