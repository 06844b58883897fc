"""TODO"""

from __future__ import annotations

from rewards.verifiers.judges import judge

__all__ = ["judge"]
