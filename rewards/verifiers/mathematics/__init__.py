"""The verifier `math`: text first, plain formulas by value, and only the rest by algebra in a worker.

math_answer.py  the verifier math
limits.py       caps before any algebra
text.py         an answer as far as text allows
plain.py        plain formulas read
values.py       and compared by value
latex.py        typed formulas as LaTeX
symbolic.py     algebra, in a worker
"""

from __future__ import annotations

from rewards.verifiers.mathematics import math_answer

__all__ = ["math_answer"]
