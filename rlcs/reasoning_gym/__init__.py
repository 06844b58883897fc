"""Reasoning Gym (https://github.com/open-thought/reasoning-gym): its tasks as a source, its scorers as a verifier.

The package is an extra, rlcs[reasoning-gym], and is imported where it is used.

library.py    the package, its sets, and those that cannot be used
paths.py      what a reasoning_gym:// path asks for
settings.py   the configuration of a set at a level, from what a path gives
rows.py       items as rows of a source
process.py    rows made in a process of their own
plain.py      what belongs to an item, as JSON and back
scoring.py    what the scorer of a set says of an answer
"""
