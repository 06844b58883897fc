"""The learner: samples in, weights out. The only place that knows DeepSpeed.

group.py             the learner ranks as one: samples dealt out, updates collected
worker.py            the process of a rank
learner.py           one rank of the policy: samples become updates
rank.py              what any rank is: network, optimizer, its share, its checkpoints; the door to DeepSpeed
training_state.py    weights and moments that a rank holds, parameter by parameter, in every ZeRO stage
host_memory.py       where checkpoints are copied to before they are written
partitioned.py       loading a model in parts, for ZeRO-3
saved_state.py       that state in files, for ranks of any number
packing.py           which samples go into which micro-step of which rank (pure)
prompt_packing.py    the same for samples that share prompts: groups are kept together (pure)
schedule.py          the learning rate of an update, and the order of examples (pure)
deepspeed_config.py  DeepSpeed's settings from ours (pure)
"""
