"""Reading run folders: metrics as they grow, snapshots and rollouts by step. No step is read that is not shown.

run.py            a run folder: settings, metrics, steps that have files
metrics_file.py   metrics.jsonl as it grows
curves.py         its numbers as columns
step_files.py     the files of steps
snapshot_files.py a snapshot from the files that hold it
parquet.py        Parquet in any state
rollouts.py       completions found on disk
rollout_match.py  which rows a query means, and which steps cannot hold them
groups.py         groups of a step
turns.py          what happened in the turns of episodes
snapshots.py      curriculum snapshots, summarized
sampling.py       a few files of many, within a time
tasks.py          tasks, filtered and sorted
task_history.py   one task, and when it was rolled out
domains.py        domains, the worst first
calibration.py    beliefs against what was scored
grading.py        what grades took and saved
draws.py          what was drawn, what uniform would waste
slices.py         counts by source, domain and subcategory
weights.py        weight against pass rate
compare.py        what each run cost
view.py           what the controls say
"""
