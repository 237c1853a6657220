#!/usr/bin/env python3
"""Prepares a dataset with `prep` on a Ray cluster.

    python cluster/ray/prepare.py kaggle 'archives/*.zip' --output shards/big --address auto

Runs the five steps of `prep stage --help` as Ray tasks, spread over all nodes. Inputs, the work folder and the output must
lie on storage that all nodes see under the same paths. Options that this script does not know go to `prep stage`, such as
`--size 32`. Stopped or killed, it takes up where it was when it is started again, since every step is.
"""

import argparse
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ray
from ray.exceptions import RayTaskError

# What exit statuses of prep say: it may succeed later (75), its output could not be printed (74), or was interrupted (130), as a node that leaves does.
TEMPORARY = (74, 75, 130)


# Options of prep stage that name files.
FILES = ("--labels", "--groups", "--relabel", "--class-names")


class TemporaryFailure(Exception):
    """A step failed in a way that may go away: no space, an input that cannot be reached, a killed process."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline", help="a pipeline of prep, such as kaggle, or a YAML file")
    parser.add_argument("inputs", nargs="+", help="archives and folders, or patterns such as 'archives/*.zip'")
    parser.add_argument("--output", required=True, help="the dataset's folder")
    parser.add_argument("--work", help="the folder that all steps share (default: OUTPUT.work)")
    parser.add_argument("--address", help="of the cluster, such as auto (default: one of this machine alone)")
    parser.add_argument("--parts", type=int, help="parts of the inputs (default: four per core of the cluster)")
    parser.add_argument("--memory", default="1GB", help="of a task (default: 1GB)")
    parser.add_argument("--cores", type=int, default=1, help="of a task (default: 1)")
    parser.add_argument("--retries", type=int, default=20, help="of a task (default: 20)")
    parser.add_argument("--pause", type=float, default=5, help="seconds before a retry (default: 5)")
    parser.add_argument("--prep", default="prep", help="the program, which is sent to nodes that lack it")
    parser.add_argument("--overwrite", action="store_true", help="replace a dataset in the output folder")
    return parser.parse_known_args()


def size(text):
    """Bytes of a text such as 1GB, as prep reads it."""
    number, unit = re.fullmatch(r"([0-9.]+) *([KMGT]?)B?", text.strip(), re.IGNORECASE).groups()
    return int(float(number) * 1024 ** " KMGT".index(unit.upper() or " "))


def program(content, digest):
    """The path of the program on this node, where it is put if it is not there."""
    path = Path(tempfile.gettempdir()) / f"prep-{digest[:16]}"
    if not path.exists():
        # A name of its own, since several tasks may do this at once.
        file = tempfile.NamedTemporaryFile(dir=path.parent, delete=False)
        try:
            with file:
                file.write(content)
            os.chmod(file.name, 0o700)
            os.rename(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    if path.stat().st_uid != os.getuid():
        raise RuntimeError(f"{path}: belongs to another user; remove it")
    return str(path)


@ray.remote(retry_exceptions=[TemporaryFailure], scheduling_strategy="SPREAD")
def step(command, content, digest, pause):
    """Runs one step. prep ends by itself if this process does."""
    try:
        process = subprocess.Popen(
            [program(content, digest), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        # Another node may have space for the program.
        raise temporary(f"prep {command[0]}: {error}", pause) from None
    try:
        output, errors = process.communicate()
    except BaseException:
        process.kill()
        raise
    if process.returncode == 0:
        return output
    message = f"prep {command[0]}: {errors.strip() or f'status {process.returncode}'}"
    if process.returncode in TEMPORARY or process.returncode < 0:
        raise temporary(message, pause)
    raise RuntimeError(message)


def temporary(message, pause):
    """The error to raise after a pause. Ray's log of the worker has it too, since the driver sees only the last one."""
    print(f"to be done again: {message}", file=sys.stderr, flush=True)
    time.sleep(pause)
    return TemporaryFailure(message)


class Steps:
    """Runs tasks on the cluster and shows how far they are."""

    def __init__(self, args):
        found = args.prep if os.path.exists(args.prep) else next(
            (f"{folder}/{args.prep}" for folder in os.get_exec_path() if os.path.exists(f"{folder}/{args.prep}")),
            None)
        if found is None:
            sys.exit(f"{args.prep}: no such program; name it with --prep")
        content = Path(found).read_bytes()
        self.program = (ray.put(content), hashlib.sha256(content).hexdigest(), args.pause)
        self.options = dict(
            num_cpus=args.cores, memory=size(args.memory), max_retries=args.retries)
        self.common = ["--jobs", str(args.cores), "--memory", args.memory]

    def run(self, name, commands):
        """Runs commands at once; returns their output. Ends the program if one fails for good."""
        start, results = time.monotonic(), {}
        tasks = {
            step.options(**self.options, name=name).remote([*command, *self.common], *self.program): number
            for number, command in enumerate(commands)
        }
        try:
            while len(results) < len(tasks):
                waiting = [task for task, number in tasks.items() if number not in results]
                done, _ = ray.wait(waiting, num_returns=1, timeout=10)
                for task in done:
                    results[tasks[task]] = ray.get(task)
                seconds = time.monotonic() - start
                print(
                    f"\r{name}: {len(results)} of {len(tasks)}, {seconds:.0f} s", end="", file=sys.stderr, flush=True)
        except RayTaskError as error:
            # Other tasks end with this program. Cancelling them may make Ray 2.60 abort, if one ends at that moment.
            cause = error.cause if isinstance(error.cause, Exception) else error
            sys.exit(f"\n{cause}")
        print(file=sys.stderr)
        return [results[number] for number in range(len(tasks))]


def main():
    args, options = arguments()
    inputs = sorted({os.path.abspath(path) for pattern in args.inputs for path in glob.glob(pattern) or [pattern]})
    output = os.path.abspath(args.output)
    work = os.path.abspath(args.work or f"{output}.work")
    ray.init(address=args.address, log_to_driver=False, logging_level="error")
    cores = int(ray.cluster_resources().get("CPU", 1))
    parts = args.parts or known_parts(work) or max(4 * cores, 1)
    tasks = Steps(args)
    # Other machines have other current folders.
    options = [part for word in options for part in (word.split("=", 1) if word.startswith(FILES) else [word])]
    options = [os.path.abspath(word) if before in FILES and os.path.exists(word) else word
               for before, word in zip(["", *options], options)]
    pipeline = args.pipeline
    if "/" in pipeline or pipeline.endswith((".yaml", ".yml")):
        pipeline = os.path.abspath(pipeline)
    numbers = [f"{part}/{parts}" for part in range(parts)]
    # The first part creates the work folder, and shows mistakes in the options before many tasks do.
    stage = [["stage", *inputs, "--pipeline", pipeline, *options, "--work", work, "--part", n] for n in numbers]
    tasks.run("stage", stage[:1])
    tasks.run("stage", stage[1:])
    tasks.run("plan", [["plan", "--work", work]])
    tasks.run("partition", [["partition", "--work", work, "--part", n] for n in numbers])
    tasks.run("write", [["write", "--work", work, "--part", n] for n in numbers])
    overwrite = ["--overwrite"] if args.overwrite else []
    print(tasks.run("finish", [["finish", "--work", work, "--output", output, *overwrite]])[0], end="")


def known_parts(work):
    """The number of parts of a work folder that was begun."""
    try:
        return json.loads(Path(work, "work.json").read_text())["parts"]
    except (OSError, ValueError, KeyError):
        return None


if __name__ == "__main__":
    main()
