"""TODO"""

from __future__ import annotations

from rewards.verifiers.instructions import instruction

__all__ = ["instruction"]
