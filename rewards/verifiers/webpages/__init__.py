"""TODO"""

from __future__ import annotations

from rewards.verifiers.webpages import webpage

__all__ = ["webpage"]
