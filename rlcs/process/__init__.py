"""What any process of a run needs.

cluster.py      the only door to Ray: workers, calls and streams to them
connection.py   reaches the Ray that is there, or starts one
nodes.py        what is there on a machine of the cluster
pulse.py        what a worker tells of its progress
lost.py         what Ray says when a worker is gone
watch.py        workers without progress: told of, then ended
background.py   work in a thread of its own
environment.py  quiet and private processes, broken libraries hidden
interrupts.py   Ctrl-C and SIGTERM: leave where nothing is lost
console.py      lines, warnings, spinners, bars
"""
