"""Where tests find what lies beside them: the project, its pages, and cases and data that are no part of it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CASES = ROOT.parent / "shared" / "conformance"
"""Cases labelled by others; tests of them are skipped where they are not."""
DATA = ROOT.parent / "shared" / "data"
"""Public data sets; the same."""
