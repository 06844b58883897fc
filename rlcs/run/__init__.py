"""A run: put together from its configuration, kept in its folder, shown to a person.

preflight.py     configuration, plug-ins and checks, before anything starts
assembly.py      puts a run together, in the order in which things can go wrong cheaply
placement.py     what a job runs on, worked out once: model, processes, GPUs
nodes.py         whether the machines of a cluster have what a job needs
engines.py       starts the processes where the placement says
training.py      a training run: its parts, and the phases that need several of them
epochs.py        shuffled epochs over given data, for sft and reward-model
state.py         the last whole step: saved, gone back to, left with
ahead.py         the batch of the next step, generated beside this one
episode_text.py  an episode as text, for that batch in a checkpoint
generation.py    tasks in, judged groups out: prompts, engines and scorer together
episodes.py      what engines must know of environments, by source
evaluation.py    held-out tasks: pass@1, unbiased pass@k
weight_sync.py   weights to the engines, and the proof that they arrived
checkpoint.py    checkpoints: whole or absent, the newest kept
horizon.py       where a falling learning rate reaches 0
folder.py        the run folder: what a run writes down
board.py         its numbers for TensorBoard
retention.py     whose rollouts stay in it
rollout_rows.py  a completion as a row of that folder
display.py       the line of a step, the line of an evaluation, the tables at the end
"""
