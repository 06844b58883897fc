"""MiniWoB++ (https://github.com/Farama-Foundation/miniwob-plusplus): its tasks as a source of rows.

Of the package, an extra, rlcs[miniwob], only the HTML is used; nothing of it is imported.

library.py    where its HTML lies
catalogue.py  its tasks, and those that cannot be used
paths.py      what a miniwob:// path asks for
rows.py       tasks and seeds as rows
"""
