"""The verifier `webpage`: does the HTML look like the page in the picture?

webpage.py   the verifier webpage
gold.py      target HTML or screenshot
spelling.py  what looks the same is shown once
pages.py     pages out of one warm browser
tab.py       the tab of that browser; nothing of a page stays
render.py    a page as pictures and layout
layout.py    what text stands where
blocks.py    what a person sees as one text
regions.py   blocks of a screenshot
compare.py   how alike two pages are
pixels.py    arithmetic on pictures
resizing.py  pictures at a small size
"""

from __future__ import annotations

from rewards.verifiers.webpages import webpage

__all__ = ["webpage"]
