"""The verifier `choice`: multiple choice.

choice.py        the verifier choice
labels.py        an answer that is nothing but a choice
running_text.py  the choice that a running text comes to
options.py       which options there are
wording.py       what stands around a choice and means nothing
"""

from __future__ import annotations

from rewards.verifiers.choices import choice

__all__ = ["choice"]
