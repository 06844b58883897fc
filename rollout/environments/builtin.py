"""Imported for what they register: the environments that come with RLCS."""

from __future__ import annotations

from rollout.environments.miniwob import environment as miniwob

__all__ = ["miniwob"]
