#!/usr/bin/env python3
"""Writes the Kubernetes jobs that prepare a dataset with `prep`.

    python cluster/kubernetes/prepare.py kaggle /data/archives --claim data --output /data/shards/big --parts 64 \\
        --image registry.example/prep:1 > jobs.yaml
    kubectl delete job -l app=prep
    for step in stage plan partition write finish; do
        kubectl apply -l step=$step -f jobs.yaml || break
        until kubectl get job prep-$step -o 'jsonpath={.status.conditions[*].type}' | grep -E 'Complete|Failed'; do
            sleep 10
        done
        kubectl wait --for=condition=complete --timeout=0 job/prep-$step || break
    done

One Indexed Job for each step, whose pods take the parts by their completion index. A pod that ends with status 75 (no
space, I/O) is tried again, alone, up to 20 times; one with 64 or 65 ends the job, because it never will succeed; a pod that
loses its node is tried again and not counted. Needs Kubernetes 1.29. The jobs of all datasets have the same names: one
dataset at a time in a namespace, and the jobs of an earlier try are deleted first; what they have done is left. Options
that this script does not know go to `prep stage`.
"""

import argparse
import json
import os
import shlex


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline", help="a pipeline of prep, such as kaggle")
    parser.add_argument("inputs", nargs="+", help="archives and folders, as the pods see them")
    parser.add_argument("--output", required=True, help="the dataset's folder, as the pods see it")
    parser.add_argument("--claim", required=True, help="the persistent volume claim (ReadWriteMany) of all these files")
    parser.add_argument("--mount", default="/data", help="where the pods see it (default: /data)")
    parser.add_argument("--parts", type=int, default=64, help="of the inputs (default: 64)")
    parser.add_argument("--parallel", type=int, default=16, help="pods at once (default: 16)")
    parser.add_argument("--image", default="prep", help="made by the Dockerfile in the root")
    parser.add_argument("--memory", type=int, default=1024, help="MiB of a pod (default: 1024)")
    parser.add_argument("--cores", type=int, default=1, help="of a pod (default: 1)")
    args, options = parser.parse_known_args()
    # With a slash at its end, the work folder would lie inside.
    args.output, args.mount = os.path.normpath(args.output), os.path.normpath(args.mount)
    if not args.output.startswith(f"{args.mount}/"):
        parser.error(f"--output must lie below {args.mount}, where the pods see the claim")
    return args, options


def quoted(*words):
    """Words of a script, in which Kubernetes would replace $(NAME) and $$ before the shell reads it."""
    return shlex.join(words).replace("$", "$$")


def job(args, step, script, tasks):
    """A job that runs a shell script, in which $i is the number of the task."""
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": f"prep-{step}", "labels": {"app": "prep", "step": step}},
        "spec": {
            "completionMode": "Indexed", "completions": tasks, "parallelism": min(tasks, args.parallel),
            "backoffLimitPerIndex": 20, "maxFailedIndexes": 0,
            "podFailurePolicy": {"rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {"action": "Count", "onExitCodes": {"containerName": "prep", "operator": "In", "values": [75]}},
                {"action": "FailJob",
                 "onExitCodes": {"containerName": "prep", "operator": "In", "values": [64, 65]}},
            ]},
            "template": {
                "metadata": {"labels": {"app": "prep", "step": step}},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{
                        "name": "prep", "image": args.image,
                        # The shell becomes prep, whose exit status then is the pod's.
                        "command": ["sh", "-c", f"i=$JOB_COMPLETION_INDEX; {script}"],
                        "resources": {
                            "requests": {"cpu": str(args.cores), "memory": f"{args.memory}Mi"},
                            "limits": {"memory": f"{args.memory}Mi"}},
                        "volumeMounts": [{"name": "data", "mountPath": args.mount}],
                    }],
                    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": args.claim}}],
                },
            },
        },
    }


def main():
    args, options = arguments()
    work = quoted(f"{args.output}.work")
    common = f"--work {work} --jobs {args.cores} --memory {args.memory * 3 // 4}MB"
    stage = quoted("prep", "stage", *args.inputs, "--pipeline", args.pipeline, *options)
    parts = args.parts
    steps = [
        ("stage", f"exec {stage} --part $i/{parts} {common}", parts),
        ("plan", f"exec prep plan {common}", 1),
        ("partition", f"exec prep partition --part $i/{parts} {common}", parts),
        ("write", f"exec prep write --part $i/{parts} {common}", parts),
        ("finish", f"exec prep finish --output {quoted(args.output)} {common}", 1),
    ]
    # JSON is YAML, and needs no package to write.
    for step, script, tasks in steps:
        print("---")
        print(json.dumps(job(args, step, script, tasks), indent=2))


if __name__ == "__main__":
    main()
