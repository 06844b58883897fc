"""The mathematics of an update: no process, no engine, nothing on disk.

advantages.py  GRPO, Dr. GRPO, RLOO, REINFORCE++: groups in, samples out
losses.py      PPO-clip, GSPO, CISPO, KL, aggregation
objective.py   what a micro-step minimizes, and the sums that become metrics
"""
