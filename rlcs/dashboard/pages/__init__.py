"""The pages, and what they are made of.

overview.py    is it learning, on what, what is wrong
curriculum.py  what is drawn, wasted, stuck
grading.py     what grades took and saved, a part of it
tasks.py       every task and its history
rollouts.py    completions found
groups.py      those of a group side by side
episodes.py    one of a group, turn by turn
responses.py   what those two share
images.py      their images, with boxes and points
films.py       their videos, with spans of time
page_pairs.py  pages and what was written of them
verdicts.py    verdicts in words
compare.py     runs over each other
widgets.py     cards, tables, links, controls
"""
