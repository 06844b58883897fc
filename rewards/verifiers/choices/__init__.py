"""TODO"""

from __future__ import annotations

from rewards.verifiers.choices import choice

__all__ = ["choice"]
