#!/usr/bin/env bash
# A task of a job of prepare.sh: task.sh PREP PARTS BUNDLE STEP OPTION…
#
# Does its parts, or a step that has none. If one fails in a way that may go away (status 75), Slurm begins the task
# again, up to twenty times.
set -uo pipefail

prep=$1 parts=$2 bundle=$3
shift 3
# What the job may use; a step without limits would take all cores of the node, and memory as if it were all there.
limits=(--jobs "${SLURM_CPUS_PER_TASK:-1}")
memory=${SLURM_MEM_PER_NODE:-$((${SLURM_MEM_PER_CPU:-0} * ${SLURM_CPUS_ON_NODE:-1}))}
[ "$memory" -eq 0 ] || limits+=(--memory "$((memory * 3 / 4))MB")
id=$SLURM_JOB_ID
[ -z "${SLURM_ARRAY_TASK_ID:-}" ] || id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID

run() {
    "$prep" "$@" ${limits[@]+"${limits[@]}"}
    local status=$?
    [ $status -ne 0 ] || return 0
    if [ $status -eq 75 -o $status -eq 74 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ]; then
        sleep "${PAUSE:-30}"
        # Ends this task.
        scontrol requeue "$id" && sleep 600
    fi
    exit $status
}

if [ "$parts" -eq 0 ]; then
    run "$@"
else
    first=$((SLURM_ARRAY_TASK_ID * bundle))
    for ((part = first; part < first + bundle && part < parts; part++)); do run "$@" --part "$part/$parts"; done
fi
