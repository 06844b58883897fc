"""Reading run folders: metrics as they grow, snapshots and rollouts by step. No step is read that is not shown."""
