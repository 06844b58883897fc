"""TODO"""

from __future__ import annotations

from rewards.verifiers.science import chemistry, physics

__all__ = ["physics", "chemistry"]
