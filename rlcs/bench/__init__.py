"""Measurements that anyone can rerun: `rlcs bench …` prints a table, and writes every raw number with --json.

report.py       medians, paired ratios, a table, a JSON file
folder_size.py  how large the folder of a long run becomes
environments.py  what pages of MiniWoB++ cost
episodes.py      what turns cost the engine
echo.py          their environment, which answers at once
miniwob.py       all tasks of MiniWoB++ tried
reasoning_gym.py  all sets of Reasoning Gym tried
curriculum/     rollouts to target, trained and simulated; what drawing costs
engines/        rollout and learner against bare engines, packed against padded
learner/        one rank alone, on any device
overlap/        generating while learning against in turn
verifiers/      how fast every verifier judges
dashboard/      pages on 10 million rollouts
rivals/         RLCS and TRL side by side
faults/         what becomes of a run when something fails
"""
