"""The environment `miniwob`: pages of MiniWoB++ in a real browser.

environment.py  the environment
serving.py      its files, as the browser asks for them
oracle.py       an expert that sees the page's code: it solves some tasks, for demonstrations and tests
recipes.py      how the oracle solves each of them
"""
