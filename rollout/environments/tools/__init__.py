"""The environment `tools`: Python and declared functions that a policy may call before it answers.

environment.py  the environment
calls.py        a call, as models write it
expert.py       what one who knows tools would write
functions.py    @tool: functions of one's own, their arguments checked
"""
