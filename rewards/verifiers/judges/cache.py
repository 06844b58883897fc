"""Verdicts of an LLM judge that were paid for already: in memory, or in a SQLite file that outlives the run."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Sequence

from rlcs.errors import UserError

log = logging.getLogger("rlcs.rewards")

MAX_IN_MEMORY = 1_000_000
_TRIM_EVERY = 10_000
_WAIT_S = 1.0


def key_of(parts: Sequence[object]) -> bytes:
    """Return the key of a judgement: 20 bytes of the SHA-256 of everything the verdict depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()[:20]


class VerdictCache:
    """Scores by key. Only real verdicts are put in; a fault of the file costs a warning and never a verdict."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._database = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=_WAIT_S)
            # No waiting for the disk: a power cut may cost the file, which is only a cache.
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.execute("CREATE TABLE IF NOT EXISTS verdicts (key BLOB UNIQUE, score REAL)")
        except sqlite3.Error as error:
            raise UserError(f"the judge's cache {path} cannot be used: {error}; name another file, or none") from error
        self._num_put = 0
        self._last_trusted = self._last_row()

    def get(self, key: bytes) -> float | None:
        """Return the score under a key, or None."""
        row = self._do("SELECT score FROM verdicts WHERE key = ?", key)
        return None if row is None else float(row[0])

    def put(self, key: bytes, score: float) -> None:
        """Keep a verdict; in memory the oldest go, beyond a million."""
        self._do("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", key, score)
        self._num_put += 1
        if not self.path and self._num_put % _TRIM_EVERY == 0:
            self._do("DELETE FROM verdicts WHERE rowid <= ?", self._last_row() - MAX_IN_MEMORY)

    def trust(self) -> None:
        """Remember that everything up to now came from a judge that can be trusted."""
        self._last_trusted = self._last_row()

    def forget_untrusted(self) -> None:
        """Take out what came in since the judge could last be trusted."""
        self._do("DELETE FROM verdicts WHERE rowid > ?", self._last_trusted)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _last_row(self) -> int:
        row = self._do("SELECT coalesce(max(rowid), 0) FROM verdicts")
        return 0 if row is None else int(row[0])

    def _do(self, statement: str, *values: object) -> tuple[float, ...] | None:
        """Carry out a statement and return its first row, if any; a file that fails is told and left alone."""
        try:
            row: tuple[float, ...] | None = self._database.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            log.warning("the judge's cache %s fails: %s", self.path, error)
            return None
        return row
