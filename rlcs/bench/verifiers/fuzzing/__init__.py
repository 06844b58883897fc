"""Differential fuzzing of the verifiers: golds from grammars, answers that mean the same or do not, known verdicts.

fuzz.py         rlcs bench verifiers --fuzz
search.py       draws cases, judges them, makes findings small
judging.py      a case through the reward system; what is wrong with a verdict
report.py       kinds of findings, and a command that shows one again
cases.py        domains, plans and cases
domains.py      all domains
dress.py        words and marks around answers: TeX, Markdown, relations, hedges
trees.py        formulas as trees, evaluated exactly or at random points
tree_edits.py   edits of trees that keep the value, and slips that do not
printing.py     trees as text in many dialects
rationals.py    numbers and every way to write them
phrases.py      domains made of templates
measures.py     published measures once more, to check graded scores
mathematics.py  numbers of every size, formulas
gatherings.py   sets, solutions, points, intervals, matrices
equations.py    lines in every form
notation.py     primes, transposes, congruences, units and words in mathematics
quantities.py   values with units
chemicals.py    formulas, equations, nuclides, structures
choices.py      options
tallies.py      counts, measurements, charts
spatial.py      boxes, points, spans of time, places
screens.py      actions on a screen
texts.py        words, documents, recognised text, tables, printed formulas
puzzles.py      assignments, orderings, sets, grids
programs.py     instructions, programs, web pages
"""
