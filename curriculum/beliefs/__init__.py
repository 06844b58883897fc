"""What is believed of each task: its pass rate under the policy of now, and what follows from it.

difficulty.py  Beta posteriors around the pass rate of each task
skill.py       how the policy does in each subcategory
strata.py      the subcategories of a source
progress.py    which of them stand still whatever they are trained
tiering.py     the tier of every task
lengths.py     how long its completions were
tally.py       a step's groups as arrays
arrays.py      arrays by name, sigmoid and logit
"""
