"""The verifiers `chart`, `document`, `ocr_text`, `ocr_table` and `ocr_formula`.

chart.py             relaxed accuracy
document.py          ANLS and ANLS*
anls.py              those measures
ocr_text.py          characters read
ocr_table.py         tables read, by TEDS
teds.py              that measure
ocr_formula.py       printed formulas read
formula_spelling.py  LaTeX in one spelling
"""

from __future__ import annotations

from rewards.verifiers.documents import chart, document, ocr_formula, ocr_table, ocr_text

__all__ = ["ocr_text", "ocr_table", "ocr_formula", "document", "chart"]
