"""The verifier `instruction`: IFEval's instructions, in our own code.

instruction.py  the table of checks, strict and loose
checks.py       the checks
text.py         words, sentences, paragraphs, and the language of a text
"""

from __future__ import annotations

from rewards.verifiers.instructions import instruction

__all__ = ["instruction"]
