"""The verifier `choice`: multiple choice.

choice.py   the verifier choice
labels.py   which labels somebody chose
options.py  which options there are
"""

from __future__ import annotations

from rewards.verifiers.choices import choice

__all__ = ["choice"]
