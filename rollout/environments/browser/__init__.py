"""Pages of a headless Chromium that a policy looks at and acts on, several of one browser at a time.

shared.py      one browser for all threads of a process
page.py        a page: loaded, evaluated, pictured
clock.py       time that stands still while the policy thinks
gestures.py    mouse and keyboard
keys.py        names of keys
gui_action.py  an action of GLM's spaces as gestures
elements.py    what stands on a page, as text
"""
