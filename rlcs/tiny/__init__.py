"""The embedded default: generated tasks of graded difficulty, a tiny real model and its cold-start weights."""

from rlcs.tiny.model import resolve_tiny_model, save_fresh_model

__all__ = ["resolve_tiny_model", "save_fresh_model"]
