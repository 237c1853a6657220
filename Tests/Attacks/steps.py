#!/usr/bin/env python3
"""Kills the steps of preparations in a work folder (SIGKILL) at random moments, while twins do the same tasks.

    Tests/Attacks/steps.py PREP [--count 200] [--seed N]

Each preparation has a random number of parts, and its tasks of each step come in random order, half of them to two
processes at once. Half of the processes are killed at a random moment of their work; a task is begun again until one
process has done it. Afterwards:

- every process that was not killed ended with 0, or with 75 because its twin was done and had the folder cleaned;
- the dataset verifies and has the digest of one command, each time;
- no temporary file is left in the work folder, and nothing beside it and the dataset.
"""

import os
import time

from common import Attack, digest, foreign_files, remove


class Steps(Attack):
    def __init__(self):
        super().__init__(__doc__, 200)
        self.inputs = [f"{self.scratch}/a.zip", f"{self.scratch}/b.zip"]
        for number, path in enumerate(self.inputs):
            self.must("synthesize", path, "--count", 150, "--seed", number)
        self.options = ["--shard-size", "50KB", "--augment", "rotate=5,copies=1", "--seed", 3]
        self.parent = f"{self.scratch}/parent"
        os.mkdir(self.parent)
        self.work, self.output = f"{self.parent}/work", f"{self.parent}/out"
        self.must("kaggle", *self.inputs, "-o", self.output, *self.options)
        self.expected = digest(self.output)
        self.durations = {}

    def task(self, name, *arguments):
        """Does a task, alone or with a twin, until one of them has done it."""
        command = [name, "--work", self.work, "--jobs", 1, *arguments]
        while True:
            processes = [(self.begin(*command), self.random.random() < 0.5)
                         for _ in range(self.random.choice([1, 2]))]
            start, statuses = time.monotonic(), []
            for process, dies in processes:
                if dies:
                    time.sleep(self.random.uniform(0, 1.1) * self.durations.get(name, 0.05))
                    process.kill()
                    self.done += 1
                statuses.append(process.wait())
            for status, (_, dies) in zip(statuses, processes):
                if status not in (0, -9, 75) or status == -9 and not dies:
                    self.fail(f"{name}: status {status}", " ".join(map(str, command)), self.run(*command))
                    return
            self.notes[f"{name}: " + ", ".join(
                {0: "done", -9: "killed", 75: "to be done again"}.get(s, str(s)) for s in sorted(statuses))] += 1
            if 0 in statuses:
                if all(status == 0 for status in statuses):
                    self.durations[name] = time.monotonic() - start
                return

    def prepare(self):
        for name in os.listdir(self.parent):
            remove(f"{self.parent}/{name}")
        parts = self.random.randint(1, 5)
        numbers = [f"{part}/{parts}" for part in range(parts)]

        def shuffled(items):
            items = list(items)
            self.random.shuffle(items)
            return items

        for part in shuffled(numbers):
            self.task("stage", *shuffled(self.inputs), "--pipeline", "kaggle", "--part", part, *self.options)
        self.task("plan")
        shards = int(self.must("plan", "--work", self.work).out.split()[0])
        for part in shuffled(numbers):
            self.task("partition", "--part", part)
        step = self.random.randint(1, shards)
        for first in shuffled(range(0, shards, step)) if self.random.random() < 0.5 else []:
            self.task("write", "--shards", f"{first}-{min(first + step, shards) - 1}")
        # All shards again, by shares: perhaps more of them than there are shards.
        shares = self.random.randint(1, 2 * shards)
        for share in shuffled(range(shares)):
            self.task("write", "--part", f"{share}/{shares}")
        self.task("finish", "--output", self.output)
        # Undisturbed, once more: nothing changes, and what the killed have left goes.
        self.must("finish", "--work", self.work, "--output", self.output)
        self.judge()

    def judge(self):
        verified = self.run("verify", self.output)
        if verified.status != 0:
            self.fail("the dataset does not verify", "", verified, (self.output,))
        if digest(self.output) != self.expected:
            self.fail("another digest", f"{digest(self.output)}, not {self.expected}", keep=(self.work,))
        left = foreign_files(self.output) + sorted(set(os.listdir(self.parent)) - {"out", "work"}) + [
            name for _, _, names in os.walk(self.work) for name in names if name.endswith(".tmp")]
        if left:
            self.fail("left behind", " ".join(left))

    def main(self):
        preparations = 0
        while self.done < self.count:
            self.prepare()
            preparations += 1
            self.progress(self.done)
        self.finish(f"{self.done:,} kills in {preparations:,} preparations")


Steps().main()
