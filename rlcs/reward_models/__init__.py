"""Reward models: a trained model says how good an answer is, where no rule can.

catalogue.py      which reward models a run needs, their files and their scale
conversations.py  question and answer as the tokens that it reads
network.py        the classifier on packed or padded conversations
pairs.py          preference pairs as tokens, the Bradley-Terry loss, how well they are ranked
learner.py        one rank that trains it
server.py         answers in, ratings out
worker.py         the processes: one that trains, one that serves
pool.py           the serving ones of a run, a dead one replaced
"""
