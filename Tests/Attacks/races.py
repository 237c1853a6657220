#!/usr/bin/env python3
"""Attacks the output folder with two or three preparations at once.

    Tests/Attacks/races.py PREP [--count 1000] [--seed N]

Every race starts from no folder, an empty folder or an old dataset, and starts its processes, with and without
--overwrite, each with another seed, within a few milliseconds. Afterwards:

- At least one process succeeded, unless an old dataset was in the way of all of them. Of the processes without
  --overwrite, at most one succeeded, none if there was an old dataset, and exactly one if no process overwrites.
- Every other process said why not: another one is writing, or there is a dataset.
- `prep verify` succeeds, and the digest is that of a process that succeeded (or the old one if none did).
- Nothing else is left in the parent folder or in the dataset's folder, hidden names included.
- The next run with --overwrite succeeds.
"""

import itertools
import os
import re
import subprocess
import time

from common import Attack, digest, foreign_files, remove

CLEAR = re.compile(r"another process|already (holds|exists|contains)|being (written|prepared)|in use|is writing|exists")
STATES = ["none", "empty", "old"]


class Races(Attack):
    def __init__(self):
        super().__init__(__doc__, 1000)
        self.input = f"{self.scratch}/in.zip"
        self.parent = f"{self.scratch}/parent"
        self.output = f"{self.parent}/out"
        os.mkdir(self.parent)
        self.must("synthesize", self.input, "--count", 60)
        # Seed 0 is the old dataset, 1 to 3 are the racers, 4 is the run afterwards.
        self.digests, durations = {}, []
        for seed in range(5):
            durations.append(self.must(*self.arguments(seed, True)).seconds)
            self.digests[seed] = digest(self.output)
            if seed == 0:
                os.rename(self.output, f"{self.scratch}/old")
        self.duration = sorted(durations)[2]
        assert len(set(self.digests.values())) == 5

    def arguments(self, seed, overwrite):
        return ["kaggle", self.input, "-o", self.output, "--seed", seed] + ["--overwrite"] * overwrite

    def race(self, state, flags):
        remove(self.output)
        for name in os.listdir(self.parent):
            remove(f"{self.parent}/{name}")
        if state == "empty":
            os.mkdir(self.output)
        elif state == "old":
            subprocess.run(["cp", "-a", f"{self.scratch}/old", self.output], check=True)
        # Most start nearly together; some later, so that one begins while another writes or commits.
        first, last = self.random.choice([(0, 0.002), (0, 0.005), (0, 1.2 * self.duration),
                                          (0.6 * self.duration, 1.1 * self.duration)])
        offsets = [0] + sorted(self.random.uniform(first, last) for _ in flags[1:])
        processes, start = [], time.monotonic()
        for number, overwrite in enumerate(flags):
            time.sleep(max(0, start + offsets[number] - time.monotonic()))
            error = open(f"{self.scratch}/error-{number}", "w+b")
            processes.append((self.begin(*self.arguments(number + 1, overwrite), error=error), error))
        running = processes[0][0].poll() is None
        statuses, words = [], []
        for process, error in processes:
            try:
                statuses.append(process.wait(timeout=30))
            except subprocess.TimeoutExpired:
                process.kill()
                statuses.append(process.wait() and None)
            if running and statuses == [0]:
                # How long a run takes depends on what else the machine does.
                self.duration += 0.2 * (time.monotonic() - start - self.duration)
            error.seek(0)
            words.append(error.read().decode("utf-8", "replace"))
            error.close()
        self.judge(state, flags, offsets, statuses, words)

    def judge(self, state, flags, offsets, statuses, words):
        case = f"from {state}: " + " + ".join("overwrite" if flag else "plain" for flag in flags)
        detail = f"{case}; " + "; ".join(
            f"+{offset * 1000:.1f} ms: exit {status} {text.strip()!r}"
            for offset, status, text in zip(offsets, statuses, words))
        keep = (self.parent,)
        problems = []

        winners = [number + 1 for number, status in enumerate(statuses) if status == 0]
        plain = [number for number in winners if not flags[number - 1]]
        allowed = 0 if state == "old" else 1
        if not winners and (state != "old" or any(flags)):
            problems.append("no process succeeded")
        if len(plain) > allowed:
            problems.append(f"{len(plain)} processes without --overwrite succeeded")
        for status, text in zip(statuses, words):
            if status is None or status < 0:
                problems.append("hangs" if status is None else f"ends by signal {-status}")
            elif status != 0:
                self.notes[f"exit {status}: {text.strip().splitlines()[0] if text.strip() else 'silent'}"
                           .replace(self.output, "OUT")] += 1
                if not CLEAR.search(text):
                    problems.append(f"a loser says, exit {status}: {text.strip().replace(self.scratch, '')[:120]!r}")

        verified = self.run("verify", self.output)
        if verified.status != 0:
            problems.append("the dataset does not verify")
        found = digest(self.output)
        expected = [self.digests[number] for number in winners] or [self.digests[0]] * (state == "old")
        if found not in expected:
            whose = [number for number, value in self.digests.items() if value == found]
            problems.append("the dataset is that of " + ("a process that failed" if whose else "nobody"))
        left = sorted(set(os.listdir(self.parent)) - {"out"})
        if left:
            problems.append("left beside the dataset: " + " ".join(re.sub(r"[0-9A-Fa-f-]{5,}", "…", n) for n in left))
        if found and foreign_files(self.output):
            problems.append("left in the dataset: " + " ".join(foreign_files(self.output)))
        for problem in problems:
            self.fail(problem, detail, verified, keep)
        again = self.run(*self.arguments(4, True))
        if again.status != 0 or digest(self.output) != self.digests[4]:
            self.fail("the next run with --overwrite fails", detail, again, keep)
        elif foreign_files(self.output) or os.listdir(self.parent) != ["out"]:
            self.fail("left over after the next run", detail, again, keep)

    def attack(self):
        cases = [(state, flags) for state in STATES for size in (2, 3)
                 for flags in itertools.product([False, True], repeat=size)]
        while self.done < self.count:
            self.race(*cases[self.done % len(cases)])
            self.done += 1
            self.progress(self.done)
        self.finish(f"{self.done:,} races of {len(cases)} kinds", " races")


if __name__ == "__main__":
    Races().attack()
