"""Environments: what a policy acts on, turn by turn, in processes of their own.

protocol.py   Environment, Observation, Outcome, EnvironmentFault: read this first
registry.py   @environment, and the check of parameters
builtin.py    imported for the environments that come with RLCS
textarena.py  games of TextArena
experts.py    episodes that an environment plays itself
trial.py      episodes begun before a run, to see that they can be
hosts/        the processes that hold them, and replays after a fault
browser/      pages of a headless Chromium
miniwob/      MiniWoB++
tools/        Python and functions to call before answering
"""
