"""What becomes of a run when something fails: faults injected into short real runs, at seeded random points.

suite.py       runs one run after the other until all faults are injected
journey.py     one run, the faults injected into it, what comes of each
answers.py     a run whose verifier misbehaves on some answers
nodes.py       runs in a cluster, of which a node leaves
faults.py      the faults, a function each
injected.py    a run under way: its processes, its folder, its end
settings.py    the configurations of the runs
orders.py      orders to fail, which processes of a run meet with
driver.py      the command of such a run: RLCS with points at which it takes orders
workers.py     its workers
verifier.py    its verifier
doubter.py     its environment
disk.py        a disk that can be filled
pulse_cost.py  what the heartbeats of workers cost
comparison.py  whether two run folders tell the same
results.py     what came of each injection, kept and counted
report.py      the table of the documentation
"""
