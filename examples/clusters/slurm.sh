#!/usr/bin/env bash
# A Ray cluster for one job, and a run on it:
#   sbatch examples/clusters/slurm.sh SPEC [OPTIONS of w2sdl run]
# The same command again goes on where the last job ended. Adapt the lines below, and where Python comes from.
#SBATCH --job-name=w2sdl
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-node=4
#SBATCH --time=12:00:00
#SBATCH --signal=B:TERM@180
#SBATCH --open-mode=append
set -euo pipefail

: "${1:?a spec: sbatch slurm.sh SPEC [OPTIONS]}"
# source "$HOME/w2sdl/.venv/bin/activate"

export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK  # steps do not inherit it
store=${W2SDL_STORE:-$PWD/.w2sdl}               # on a disk that all nodes share, or a URL
port=$((20000 + SLURM_JOB_ID % 10000))          # jobs that share a node do not meet
mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
ip=$(python -c "import ray; print(ray.util.get_node_ip_address())")  # of this node, the first
address=$ip:$port

RAY_AUTH_TOKEN=$(python -c "import secrets; print(secrets.token_hex(32))")
export RAY_AUTH_TOKEN RAY_AUTH_MODE=token
size=(--num-cpus "$SLURM_CPUS_PER_TASK" --num-gpus "${SLURM_GPUS_ON_NODE:-0}" --disable-usage-stats)

# Never `ray stop`, which ends every Ray of a node: what was started here is ended with its step.
steps=()
trap 'kill "${steps[@]}" 2>/dev/null || true' EXIT

srun --nodes=1 --ntasks=1 --nodelist="${nodes[0]}" \
  ray start --head --block --node-ip-address "$ip" --port "$port" --temp-dir "/tmp/ray-$SLURM_JOB_ID" \
  --include-dashboard=false "${size[@]}" &
steps+=($!)

joined() { ray status --address "$address" 2>/dev/null | grep -c node_ || true; }
wait_for() {
  for _ in $(seq 120); do
    [ "$(joined)" -ge "$1" ] && return
    kill -0 "${steps[@]}" || return 1
    sleep 1
  done
  echo "only $(joined) of $1 nodes have joined" >&2
  return 1
}
wait_for 1

if [ "${#nodes[@]}" -gt 1 ]; then
  workers=$((${#nodes[@]} - 1))
  srun --nodes="$workers" --ntasks="$workers" --exclude="${nodes[0]}" \
    ray start --block --address "$address" "${size[@]}" &
  steps+=($!)
  wait_for "${#nodes[@]}"
fi

# Three minutes before the job's time is up SLURM sends TERM to this script: the run stores what it has, and ends.
w2sdl run "$@" --address "$address" --store "$store" &
driver=$!
trap 'kill -TERM "$driver"' TERM
code=0
wait "$driver" || code=$?
while kill -0 "$driver" 2>/dev/null; do  # the signal ended `wait`, and not yet the run
  code=0
  wait "$driver" || code=$?
done
exit "$code"
