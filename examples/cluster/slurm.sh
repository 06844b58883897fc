#!/bin/bash
# A run on two Slurm nodes of eight GPUs: sbatch examples/cluster/slurm.sh
# The syntax is checked by a test; on a Slurm cluster it has not been run.
#
# The environment with RLCS lies at the same path on all nodes; RUNS is a folder that all of them share, because learner
# ranks of both nodes write checkpoints (docs/cluster.md).
#SBATCH --job-name=rlcs
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=64
#SBATCH --exclusive

set -euo pipefail
source .venv/bin/activate
RUNS=${RUNS:-$PWD/runs}
MODEL=${MODEL:-/models/my-sft-checkpoint}

export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(python -c "import secrets; print(secrets.token_hex(32))")
export RAY_AUTH_TOKEN
# srun hands both to the other node.

# The run is on the first node, where this script runs: Ray's head must be there too.
ADDRESS=$(hostname --ip-address | cut -d " " -f 1):6379

# Submitted again after a stop, it goes on from the newest checkpoint.
RESUME=()
if [ -d "$RUNS/stem" ]; then RESUME=(--resume); fi

# Starts Ray on every node, waits until all are there, runs the command on the node of that address, stops Ray.
srun ray symmetric-run --address "$ADDRESS" --min-nodes "$SLURM_NNODES" \
  --num-cpus=64 --num-gpus=8 --disable-usage-stats -- \
  rlcs train --config stem "${RESUME[@]}" cluster.address="$ADDRESS" run.dir="$RUNS/stem" model.path="$MODEL" \
  data.train.0.path=questions.jsonl learner.num_workers=16 rollout.num_workers=4
