"""The machinery of a run against bare engines, on the same work.

throughput.py  rlcs bench throughput: rollout, learner and weight sync
packing.py     rlcs bench packing: packed against padded, balance of ranks
prompts.py     its second table: the prompt of a group once, or once a completion
recorded.py    the samples that a run trained on, for rlcs bench packing RUN
workers.py     the processes under test
"""
