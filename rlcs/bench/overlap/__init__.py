"""`rlcs bench overlap`: does generating while learning take as long as the slower of the two?

stand_ins.py   engines and a learner that sleep, a slow verifier
workloads.py   what is run: four regimes, 1 to 64 engines, real engines
measure.py     the same work by both schedules, step by step
report.py      the command: its tables
"""
