"""Difficulty before training: what `rlcs grade` keeps while it works, and what it makes of it.

log.py         what was done so far, to go on after a kill
partial.py     grading a share of the tasks and predicting the others
pass_rates.py  results of several models and labels as one pass rate a task
"""
