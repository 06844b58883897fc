"""What becomes of a run when something fails: faults injected into short real runs, at seeded random points.

suite.py       runs one injection after the other, keeps what came of each, prints the table
faults.py      the faults, a function each
nodes.py       a node that leaves a cluster
injected.py    a run under way: its processes, its folder, its end
comparison.py  whether two run folders tell the same
"""
