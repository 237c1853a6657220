#!/usr/bin/env python3
"""Runs the training example of docs/clusters.md with `torchrun`, on two processes of one machine, and as two machines.

    python Tests/Clusters/torchrun.py PREP EXAMPLE       (needs: pip install torch)

EXAMPLE is the program that `scripts/test-snippets` builds from the page. Shows that

- the ranks see each sample of train once between them, and none of another split;
- put together, the slices of a step are the batch that one process gets, in its order, and differ in length by one at most.
"""

import csv
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
prep, example = (os.path.realpath(path) for path in sys.argv[1:3])
torchrun = Path(sys.executable).parent / "torchrun"


def steps(text):
    """Per step and rank: ids."""
    found = re.findall(r"step (\d+), rank (\d+):([ \d]*)$", text, re.M)
    return {(int(step), int(rank)): ids.split() for step, rank, ids in found}


def run(folder, *commands):
    """Runs programs side by side; returns what they printed together."""
    started = [
        subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.PIPE, text=True)
        for command in commands]
    texts = [process.communicate(timeout=120)[0] for process in started]
    assert all(process.returncode == 0 for process in started), "a process failed"
    return "\n".join(texts)


def torch_processes(folder, name, machines, processes):
    """What all ranks printed. Each has a file of its own, because lines of two would mix."""
    meeting = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:29417", "--rdzv-id", name]
    commands = [
        [torchrun, *meeting, "--nnodes", machines, "--nproc-per-node", processes, "--redirects", 3,
         "--log-dir", f"{name}-{machine}", "--no-python", example] for machine in range(machines)]
    run(folder, *commands)
    logs = [path.read_text() for path in Path(folder).glob(f"{name}-*/**/stdout.log")]
    assert len(logs) == machines * processes
    return "\n".join(logs)


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([prep, "mnist", ROOT / "fixtures/mnist", "-o", f"{folder}/shards/mnist", "-q"], check=True)
    listed = subprocess.run(
        ["zstd", "-dcq", f"{folder}/shards/mnist/provenance.csv.zst"], check=True, capture_output=True, text=True).stdout
    train = sorted(row["id"] for row in csv.DictReader(io.StringIO(listed)) if row["split"] == "train")
    whole = steps(run(folder, [example]))
    for machines, processes in [(1, 2), (2, 1), (1, 3)]:
        found = steps(torch_processes(folder, f"run-{machines}-{processes}", machines, processes))
        count = machines * processes
        assert sorted(id for ids in found.values() for id in ids) == train
        for (step, _), batch in whole.items():
            slices = [found[step, rank] for rank in range(count)]
            assert sum(slices, []) == batch
            assert max(map(len, slices)) - min(map(len, slices)) <= 1
        print(f"{machines} machine(s), {processes} process(es) each: {len(train)} samples in {len(whole)} steps, each once")
print("torchrun: 3 passed, 0 failed")
