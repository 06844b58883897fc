"""Rollouts to target: how many completions each curriculum takes to be as good as uniform sampling gets.

training.py            rlcs bench curriculum: by real training of the tiny policy
study.py               its runs: regimes, arms and seeds, with their folders
own.py                 a configuration of a person instead of these pools
regimes.py             its pools of tasks, and the policies that start on them
simulation.py          rlcs bench curriculum --simulate: the same on a simulated learner
simulated_learner.py   that learner, by item response theory
simulated_pool.py      its tasks
simulated_text.py      their questions, which tell their difficulty or do not
simulated_run.py       one run of it
rollouts_to_target.py  the measure
report.py              tables and raw numbers
plots.py               plots of both
scale.py               rlcs bench curriculum --scale: drawing from 10,000 to 10 million tasks
scale_plot.py          its plot
"""
