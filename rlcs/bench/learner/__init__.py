"""`rlcs bench learner`: one rank of the learner in one process, on a model of a named shape and random weights.

Needs torch, transformers and DeepSpeed, neither Ray nor vLLM. Each arm has a process of its own, so that its peak of
memory is its own.

shapes.py     shapes of models, and a folder with random weights for each
work.py       what is trained on, and how much of it is computed
flops.py      the floating-point operations of that, what a device can do
arms.py       an arm: layout, checkpointing, adapters; one of them measured
timed.py      the learner with a stop-watch
attention.py  our packed attention against FlashAttention's call for rows of different lengths
report.py     the command: arms in turn, its table
"""
