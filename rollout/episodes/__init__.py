"""Episodes: a completion of several turns, played in an environment beside the engine.

rules.py           what a request says of its episodes
conversation.py    observations as tokens: the first prompt, and the message after a turn
layout.py          a conversation told anew: a fresh prompt, with the last images and the steps so far
episode.py         one episode while it is played, until it becomes a Completion
stage.py           the environments of an engine, by what they are
demonstrations.py  episodes to imitate: a file of them, and what the learner reads of each
"""
