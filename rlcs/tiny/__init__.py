"""The embedded default: generated tasks of graded difficulty, a tiny real model and its cold-start weights.

The weights are in weights/, made by configs/tiny_text.yaml, tiny_vision.yaml and reward_model.yaml.

generate.py       tiny:// paths to rows
problems.py       what a generated problem is, with or without slips
text_problems.py  problems in digits: sums, equations, units
canvas.py         what images are drawn with
scenes.py         shapes to box, point at and count
reading.py        letters and bar charts to read
screens.py        buttons and fields, and one thing to do
pages.py          web pages to write down as HTML
page_picture.py   what Chromium makes of them
clips.py          videos: when, in which order, how often, where
tokenizer.py      one token a character
model.py          the tiny models by name, and a fresh Qwen2
vision_model.py   a fresh GLM-4.1V with its processor
"""

from rlcs.tiny.model import resolve_tiny_model, save_fresh_model

__all__ = ["resolve_tiny_model", "save_fresh_model"]
