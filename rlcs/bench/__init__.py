"""Measurements that anyone can rerun: `rlcs bench …` prints a table, and writes every raw number with --json."""
