"""TODO"""

from __future__ import annotations

from rewards.verifiers.programs import code_answer

__all__ = ["code_answer"]
