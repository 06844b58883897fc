"""How a judgement runs: at once, in a process that can be killed, or over the network.

call.py        one call of a verifier, and what came of it
workers.py     killable processes with deadlines
forkserver.py  how they start
remote.py      verifiers that ask over the network, on one event loop
ratings.py     reward models as the scorer sees them
"""
