"""Difficulty before training: what `rlcs grade` keeps while it works, and what it makes of it.

log.py         what was done so far, to go on after a kill
pass_rates.py  results of several models and labels as one pass rate a task
"""
