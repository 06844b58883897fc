"""Games of TextArena (https://github.com/LeonGuertler/TextArena): planning in text, as a source of rows.

The package is an extra, rlcs[textarena], and is imported where it is used.

library.py  the package and its games, level by level
experts.py  what a player who knows a game would do now
paths.py    what a textarena:// path asks for
rows.py     games, levels and seeds as rows
"""
