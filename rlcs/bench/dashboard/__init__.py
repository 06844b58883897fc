"""The dashboard on a very large run.

pages.py       rlcs bench dashboard: what every page costs
run_folder.py  a run folder of that size, made up
made_up.py     the metrics of a step of it
"""
