"""The verifier `math`: text first, then structure, formulas by value, and only the rest by algebra in a worker.

math_answer.py     the verifier math
judging.py         an answer against a gold, as far as it can be told inline
working.py         and in a worker
limits.py          caps before any algebra
text.py            an answer as far as text allows
looks.py           TeX that changes only the look
relations.py       the sign before an answer, the name of its value
spellings.py       times, ratios, bases in one spelling
structure/         what an answer is built of
ratios.py          ratios by cross products
environments.py    matrices
latex.py           typed formulas as LaTeX
tokens.py          the words of a formula
plain.py           formulas read
evaluate.py        and evaluated
values.py          and compared by value
matrix_letters.py  letters that stand for matrices
marks.py           what the parser would pass over
symbolic.py        algebra, in a worker
expressions.py     what the parser made of two formulas
respelling.py      a gold in another spelling, for rlcs check
"""

from __future__ import annotations

from rewards.verifiers.mathematics import math_answer

__all__ = ["math_answer"]
