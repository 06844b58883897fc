"""The configuration tree, how it is loaded, and the checks that run before anything heavy starts.

schema.py          every setting with its default and its sentence
model_schema.py    the model, and adapters beside its weights
curriculum_schema.py  those of the curriculum
media_schema.py    images and videos in prompts
reward_schema.py   those of the reward system
command_schema.py  settings of eval, grade, sft and reward-model
load.py            from YAML and overrides to a typed Config, and back
text.py            YAML as people mean it
overrides.py       key=value on the command line
shape.py           unknown keys, wrong types
limits.py          ranges and choices of single settings
checks.py          checks across settings
environments.py    the environment of a source, and its checks
paths.py           paths made absolute
batch_in_words.py  what a configuration asks for, as rlcs check tells it
reference.py       writes docs/configuration.md
"""
