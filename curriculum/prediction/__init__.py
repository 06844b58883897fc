"""How hard a task is that was never judged, told from what it looks like by what was judged of others.

predictor.py  what is believed of tasks never judged, and how far it is to be trusted
plain.py      what is foretold without looking at a text, which a prediction must be better than
visits.py     first visits, and what a linear model learns of them
candidates.py tasks that are looked at before some of them are drawn
features.py   numbers that a question's difficulty may follow from
texts.py      those of the tasks looked at
states.py     such numbers from the policy's hidden states, and what is kept of them
linear.py     a Bayesian linear model
rivals.py     two of them, of which one sees more
partial_grades.py  grades of all tasks from the measured ones of some
spread.py     how far single tasks lie from what is predicted of them
"""
