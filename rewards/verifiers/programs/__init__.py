"""The verifier `code`: programs against tests, in the sandbox.

code_answer.py  the verifier code
blocks.py       the code in an answer
tests.py        tests as a gold answer, and when an output is the expected one
"""

from __future__ import annotations

from rewards.verifiers.programs import code_answer

__all__ = ["code_answer"]
