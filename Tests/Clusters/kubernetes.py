#!/usr/bin/env python3
"""Checks the jobs that cluster/kubernetes/prepare.py writes, without a cluster, and does what they say.

    python3 Tests/Clusters/kubernetes.py PREP       (needs: pip install kubernetes-validate)

Shows for several sets of arguments that

- the published schemas of all Kubernetes versions from 1.29 on allow the jobs, and know all their fields;
- the API's rules that no schema has are kept: names, Indexed jobs, retries for each index, rules on exit codes;
- pods ask for the memory and cores of the options, and prep is told to use no more;
- the commands, run in another order and some of them twice, make the dataset of one command, also for paths with
  blanks, quotes and dollar signs;
- exit statuses of prep do what they should: 64 and 65 end the job, anything else is tried again. That a cluster keeps
  to the API's documentation it cannot show.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import kubernetes_validate
import yaml
from kubernetes_validate.utils import all_versions

ROOT = Path(__file__).resolve().parents[2]
# The package lists each twice.
VERSIONS = [version for version in dict.fromkeys(all_versions()) if int(version.split(".")[1]) >= 29]
FAILURES = (AssertionError, kubernetes_validate.ValidationError, subprocess.CalledProcessError)


def action(job, status):
    """What a cluster does about a pod whose container ended with this status: the first rule that matches."""
    for rule in job["spec"]["podFailurePolicy"]["rules"]:
        codes = rule.get("onExitCodes")
        if codes and (status in codes["values"]) == (codes["operator"] == "In"):
            return rule["action"]
    return "Count"


def check(job, output=None, parts=64, parallel=16, memory=1024, cores=1, claim="data", mount="/data", image="prep"):
    for version in VERSIONS:
        kubernetes_validate.validate(job, version, strict=True)
    spec, labels = job["spec"], job["metadata"]["labels"]
    tasks = 1 if (single := labels["step"] in ("plan", "finish")) else parts
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", tasks, min(tasks, parallel)), spec
    assert 0 <= spec["maxFailedIndexes"] <= tasks, spec
    pod = spec["template"]["spec"]
    # Both backoffLimitPerIndex and podFailurePolicy need Never.
    assert pod["restartPolicy"] == "Never" and spec["backoffLimitPerIndex"] > 0, spec
    (container,), (volume,) = pod["containers"], pod["volumes"]
    # A pod is a host, whose name is of job and index.
    for name in (f"{job['metadata']['name']}-{tasks}", container["name"], volume["name"], *labels.values()):
        assert re.fullmatch("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name), name
    rules = spec["podFailurePolicy"]["rules"]
    for rule in rules:
        assert rule["action"] in ("Ignore", "Count", "FailIndex", "FailJob"), rule
        assert ("onExitCodes" in rule) != ("onPodConditions" in rule), rule
        if codes := rule.get("onExitCodes"):
            values = codes["values"]
            assert codes["operator"] in ("In", "NotIn") and codes["containerName"] == container["name"], rule
            assert values == sorted(set(values)) and values and (codes["operator"] == "NotIn" or 0 not in values), rule
    # A lost node comes before the exit code, which its pods have too.
    assert rules[0]["action"] == "Ignore" and rules[0]["onPodConditions"][0]["type"] == "DisruptionTarget", rules
    for status in (1, 64, 65, 75, 130, 137, 139, 141, 143):
        assert action(job, status) == ("FailJob" if status in (64, 65) else "Count"), status
    assert spec["template"]["metadata"]["labels"] == labels and container["image"] == image
    asked = {"requests": {"cpu": str(cores), "memory": f"{memory}Mi"}, "limits": {"memory": f"{memory}Mi"}}
    assert container["resources"] == asked, container
    assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": mount}], container
    assert volume["persistentVolumeClaim"] == {"claimName": claim}, volume
    script = container["command"][-1]
    assert "$JOB_COMPLETION_INDEX" in script and f"--part $i/{parts} " in script or single, script
    assert f"--jobs {cores} " in script and int(re.search(r"--memory (\d+)MB", script)[1]) < memory, script


def jobs(*arguments, **options):
    """The jobs of these arguments, checked."""
    words = [word for name, value in {"claim": "data", **options}.items() for word in (f"--{name}", str(value))]
    result = subprocess.run([sys.executable, ROOT / "cluster/kubernetes/prepare.py", *arguments, *words],
                            check=True, capture_output=True, text=True)
    documents = list(yaml.safe_load_all(result.stdout))
    for job, step in zip(documents, ("stage", "plan", "partition", "write", "finish"), strict=True):
        assert (job["metadata"]["labels"]["step"], job["metadata"]["name"]) == (step, f"prep-{step}")
        check(job, **options)
    return documents


def main(prep):
    with tempfile.TemporaryDirectory(prefix="prep-kubernetes-") as folder:
        os.symlink(prep, f"{folder}/prep")
        environment = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": folder}

        def run(words, index=0):
            environment["JOB_COMPLETION_INDEX"] = str(index)
            return subprocess.run(words, env=environment, capture_output=True, text=True)

        def pod(job, index=0):
            """Runs the command of a pod. The kubelet expands it first: $(NAME) is a variable, $$ a dollar sign."""
            words, expand = job["spec"]["template"]["spec"]["containers"][0]["command"], {"$$": "$", "$(HOME)": folder}
            return run([re.sub(r"\$\$|\$\(HOME\)", lambda match: expand[match[0]], word) for word in words], index)

        zip, odd = f"{folder}/a.zip", f"{folder}/it's $HOME $(HOME) $$ \"b\".zip"
        for path in (zip, odd):
            run(["prep", "synthesize", path, "--count", "150", "--seed", str(len(path))]).check_returncode()
        options = ["--shard-size=50KB", "--augment", "rotate=5,copies=1", "--seed", "3"]
        tasks, fixtures = 0, f"{ROOT}/fixtures"
        for number, (pipeline, inputs, more, settings) in enumerate([
                ("kaggle", [zip, odd], [], {"parts": 3, "memory": 600}),
                ("kaggle", [odd, zip], options, {"parts": 5, "parallel": 2, "cores": 2, "claim": "my-claim.1"}),
                ("images", [f"{fixtures}/digits.zip"], [], {"parts": 4, "image": "registry.example:5000/a/prep:1"}),
                ("mnist", [f"{fixtures}/mnist"], ["--official-test"], {"parts": 1, "memory": 2048})]):
            # A slash at its end is no part of the output's name.
            outputs = [f"{folder}/out {number}" + "/" * (number % 2), f"{folder}/one {number}"]
            for job in jobs(pipeline, *inputs, *more, output=outputs[0], mount=folder, **settings):
                for index in [*reversed(range(job["spec"]["completions"])), 0]:
                    result, tasks = pod(job, index), tasks + 1
                    assert result.returncode == 0, f"{job['metadata']['name']} {index}: {result.stderr}"
            run(["prep", pipeline, *inputs, "--output", outputs[1], *more]).check_returncode()
            digests = {json.loads(Path(path, "dataset.json").read_bytes())["digest"] for path in outputs}
            assert len(digests) == 1, (pipeline, digests)
        # Real failures: a wrong option, no such input, a step before its time.
        there = {"output": f"{folder}/failing", "mount": folder, "parts": 2}
        for status, *arguments in ((64, odd, "--no-such-option"), (65, f"{folder}/none.zip")):
            assert pod(jobs("kaggle", *arguments, **there)[0]).returncode == status, arguments
        stage, plan, *_ = jobs("kaggle", odd, **{**there, "output": f"{folder}/unready"})
        assert [pod(stage).returncode, pod(plan).returncode] == [0, 75]
        # What has to be refused: an output outside of the volume, unknown fields, wrong types and values.
        outside, changes = "/elsewhere/out", ({"backofLimit": 1}, {"completions": "2"}, {"completionMode": "NonIndexed"})
        for output, change in [(outside, {}), *((f"{folder}/out", change) for change in changes)]:
            try:
                job = jobs("kaggle", odd, **{**there, "output": output})[0]
                check({**job, "spec": {**job["spec"], **change}}, **there)
            except FAILURES:
                continue
            raise AssertionError(f"not refused: {output} {change}")
    print(f"kubernetes: 4 datasets in {tasks} tasks, with the digests of one command each; jobs valid for "
          f"{len(VERSIONS)} versions, {VERSIONS[0]} to {VERSIONS[-1]}")


try:
    main(os.path.realpath(sys.argv[1])) if len(sys.argv) == 2 else sys.exit(__doc__)
except FAILURES as error:
    traceback.print_exc()
    sys.exit(f"{getattr(error, 'stderr', None) or ''}\nkubernetes: FAILED")
