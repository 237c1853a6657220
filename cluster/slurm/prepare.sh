#!/usr/bin/env bash
# Prepares a dataset with prep on a Slurm cluster.
#
#     cluster/slurm/prepare.sh kaggle OUTPUT PARTS ARCHIVE… [-- options of prep stage]
#
# Submits five jobs, each of which waits for the one before (afterok): stage, partition and write as arrays. Prints the
# number of the last one. Inputs, OUTPUT and OUTPUT.work, where all steps work, must lie on storage that all nodes see.
# Run it again after a failure: what is done is left.
#
# Environment: PREP, the program (prep); BUNDLE, parts that a task of an array does one after the other, for parts that
# take less than a minute (1); SBATCH_OPTIONS, for all jobs, such as “--partition=cpu --cpus-per-task=4 --mem=4G”.
set -euo pipefail

pipeline=$1 output=$2 parts=$3
shift 3
inputs=() options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do inputs+=("$1"); shift; done
[ $# -eq 0 ] || options=("${@:2}")

# Without slashes at its end, lest the work folder lie in the output.
work=$(realpath -ms "$output").work
task=$(dirname "$(realpath "$0")")/task.sh
bundle=${BUNDLE:-1}
mkdir -p "$work/log"

# submit AFTER PARTS STEP OPTION…: prints the number of the job. Without parts, it is a single task.
submit() {
    local after=$1 parts=$2 flags=()
    shift 2
    [ -z "$after" ] || flags+=("--dependency=afterok:$after" --kill-on-invalid-dep=yes)
    [ "$parts" -eq 0 ] || flags+=("--array=0-$(((parts + bundle - 1) / bundle - 1))")
    # shellcheck disable=SC2086
    sbatch --parsable --requeue "--job-name=prep-$1" "--output=$work/log/$1-%A-%a.txt" "${flags[@]}" \
        ${SBATCH_OPTIONS:-} "$task" "${PREP:-prep}" "$parts" "$bundle" "$@" --work "$work"
}

stage=$(submit "" "$parts" stage "${inputs[@]}" --pipeline "$pipeline" ${options[@]+"${options[@]}"})
plan=$(submit "$stage" 0 plan)
partition=$(submit "$plan" "$parts" partition)
write=$(submit "$partition" "$parts" write)
submit "$write" 0 finish --output "$output"
