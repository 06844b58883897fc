"""TODO"""

from __future__ import annotations

from rewards.verifiers.documents import chart, document, ocr_formula, ocr_table, ocr_text

__all__ = ["ocr_text", "ocr_table", "ocr_formula", "document", "chart"]
