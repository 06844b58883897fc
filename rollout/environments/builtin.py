"""Imported for what they register: the environments that come with RLCS."""

from __future__ import annotations

__all__: list[str] = []
