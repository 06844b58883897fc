"""Rollout: prompts in, completions with log-probabilities out, sampled by vLLM with the answer forced where needed.

pool.py             engines as one pool, a dead one replaced
worker.py           the process of an engine
vllm_engine.py      the engine; with the next and weight_transfer.py the door to vLLM
vllm_cpu.py         what it needs on CPU
call.py             one generate call: passes of the engine, turns of episodes, groups as they are done
requests.py         what is asked of an engine, images as vLLM takes them
forcing.py          when thinking has used up its budget, and what then (pure)
drafts.py           a completion while it grows (pure)
weight_transfer.py  new weights over NCCL or CUDA IPC: both ends
episodes/           completions of several turns: their tokens, their environments
environments/       what a policy acts on, turn by turn
"""
