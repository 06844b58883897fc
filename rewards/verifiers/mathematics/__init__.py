"""TODO"""

from __future__ import annotations

from rewards.verifiers.mathematics import math_answer

__all__ = ["math_answer"]
