"""What an answer to a mathematical question is built of, read and compared part by part.

compare.py     the readers one after the other
algebra.py     what the readers ask of algebra
conditions.py  what is said about an answer, apart from it
families.py    answers with any integer in them, congruences
intervals.py   sets of real numbers
cases.py       functions in pieces, systems
chains.py      name = formula = value
elements.py    lists, sets, tuples, plus-minus
equations.py   equations by what they hold for
notation.py    statements, as they are written
words.py       words and symbols that say one thing
"""
