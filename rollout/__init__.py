"""Rollout: prompts in, completions with log-probabilities out, sampled by vLLM with the answer forced where needed.

requests.py         what is asked of an engine
forcing.py          when thinking has used up its budget, and what then (pure)
drafts.py           a completion while it grows (pure)
image_prompts.py    prompts with images as vLLM takes them
interrupts.py       Ctrl-C between the steps of an engine, never inside one
vllm_engine.py      the engine, and the door to vllm
weight_transfer.py  new weights over NCCL or CUDA IPC (GPU): the engine's side
weight_sender.py    the learner's side
"""
