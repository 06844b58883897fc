"""`rlcs bench rivals`: RLCS and TRL's GRPOTrainer side by side, the same work in turn on the same cores.

cases.py     what is compared: configurations, what both sides share, how TRL is set
ours.py      RLCS's side: a step when it is told to, and the verdicts for both sides
theirs.py    TRL's side as seen from here: a process of another environment
trl_side.py  what runs in that environment; imports nothing of RLCS
usage.py     memory and processor time of a process and all that it started
match.py     rounds in turn, what was learned after the same number of completions
report.py    tables and the JSON file
"""
