"""Every verifier with a stop-watch.

speed.py      rlcs bench verifiers: judgements a second, and math beside math-verify
items.py      generated answers for every verifier
bare_math.py  math-verify bare, under our worker pool
cpu_time.py   of a process and everything it started
fuzzing/      differential fuzzing: answers by construction against known verdicts
"""
