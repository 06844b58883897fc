"""Where environments run: in processes of their own, which can be ended and replaced while the engine goes on.

pool.py      all hosts as one: episodes begun, stepped, replayed after a fault
process.py   one host, as the process that uses it sees it
serving.py   the host itself: environments, each in a thread
episode.py   an episode as far as it went, and whether a replay is the same (pure)
counts.py    what went wrong, in numbers
messages.py  what goes over the pipe, and the pipe
"""
