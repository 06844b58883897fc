"""Walls around what a model wrote: programs and pages can do no harm.

programs.py          runs a program, once for each test
jail.py              the walls: namespaces, or another user
system_calls.py      calls refused inside
child.py             the interpreter inside them
sessions.py          Python that keeps its variables
session_child.py     the interpreter of a session
browser.py           a headless Chromium behind walls
browser_launcher.py  starts it, and ends all of it
"""
