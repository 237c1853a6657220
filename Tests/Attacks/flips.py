#!/usr/bin/env python3
"""Flips single bits in the files of datasets, models and checkpoints.

    Tests/Attacks/flips.py PREP [--count 20000] [--seed N]

Every call of prep sees one flipped bit in a very small dataset (zstd or none) or run. Half of the flips are spread over
the files evenly, half over their bytes; the first and last bytes of a file get some more.

- `prep verify` finds each flip in a dataset (65), `evaluate` or `predict` each in a model, `train --resume` each in a
  checkpoint. All say so in words, and none crashes, hangs, or exits with another status.
- A flip that passes must be immaterial, and is listed with the reason: JSON of the same value. In a checkpoint also any
  flip after which the resumed run ends with the same model.
"""

import json
import os
import shutil
import time

from common import FIXTURES, Attack, manifest, remove, sha256

RECIPE = """name: tiny
input: {size: 8x8}
layers:
  - max_pool: 4
  - flatten
  - linear: classes
batch: 8
epochs: %d
"""


class Flips(Attack):
    def __init__(self):
        super().__init__(__doc__, 20_000, in_memory=True)
        photo = next((FIXTURES / "photos").rglob("*.jpg"))
        source, recipe = f"{self.scratch}/in.zip", f"{self.scratch}/tiny.yaml"
        self.must("synthesize", source, "--count", 30, "--duplicates", 1, "--broken", 1)
        self.targets = []  # what, path, arguments of the call that must fail
        for codec in ("zstd", "none"):
            folder = f"{self.scratch}/{codec}"
            self.must("images", source, "--size", 8, "--compression", codec, "-o", folder, "--name", "tiny",
                      "--augment", "rotate=5,copies=1", "--max-rejected", "50%")
            for name in sorted(os.listdir(folder)):
                kind = "dataset.json" if name == "dataset.json" else name.split("-0")[0]
                self.targets.append((f"{codec}: {kind}", f"{folder}/{name}", ["verify", folder, "-j", 1]))
        self.data = f"{self.scratch}/none"
        self.train(recipe, 3)
        model = f"{self.scratch}/run/model.safetensors"
        self.targets += [("model: evaluate", model, ["evaluate", model, self.data, "-j", 1]),
                         ("model: predict", model, ["predict", model, photo])]
        if self.interrupt(recipe):
            self.targets.append(("checkpoint: resume", f"{self.scratch}/cut/checkpoint.safetensors",
                                 ["train", self.data, "--resume", f"{self.scratch}/cut", "-j", 1, "--quiet"]))
        else:
            self.notes["no run could be interrupted: checkpoints are left out"] += 1
        self.bytes = [os.path.getsize(path) for _, path, _ in self.targets]
        self.tally = {}

    def train(self, recipe, epochs):
        with open(recipe, "w") as file:
            file.write(RECIPE % epochs)
        self.must("train", self.data, "--recipe", recipe, "-o", f"{self.scratch}/run", "-j", 1, "--quiet")

    def interrupt(self, recipe):
        """Leaves an interrupted run in `cut`, and its twin in `template`."""
        cut, template = f"{self.scratch}/cut", f"{self.scratch}/template"
        for _ in range(200):
            remove(cut)
            process = self.begin("train", self.data, "--recipe", recipe, "-o", cut, "-j", 1, "--quiet")
            while process.poll() is None and not os.path.exists(f"{cut}/checkpoint.safetensors"):
                time.sleep(0.0002)
            process.kill()
            process.wait()
            if os.path.exists(f"{cut}/checkpoint.safetensors") and not os.path.exists(f"{cut}/result.json"):
                os.rename(cut, template)
                shutil.copytree(template, cut)
                self.must("train", self.data, "--resume", cut, "-j", 1, "--quiet")
                self.model = sha256(f"{cut}/model.safetensors")
                self.restore()
                return True
        return False

    def restore(self):
        remove(f"{self.scratch}/cut")
        shutil.copytree(f"{self.scratch}/template", f"{self.scratch}/cut")

    def flip(self):
        rng = self.random
        even = rng.random() < 0.5
        index = rng.randrange(len(self.targets)) if even else rng.choices(range(len(self.targets)), self.bytes)[0]
        what, path, arguments = self.targets[index]
        size = self.bytes[index]
        position, bit = rng.randrange(size), rng.randrange(8)
        if rng.random() < 0.15:
            position = rng.choice((min(rng.randrange(24), size - 1), max(0, size - 1 - rng.randrange(24))))
        with open(path, "rb") as file:
            data = file.read()
        bad = data[:position] + bytes((data[position] ^ 1 << bit,)) + data[position + 1:]
        with open(path, "wb") as file:
            file.write(bad)
        result = self.run(*arguments, timeout=30)
        tally = self.tally.setdefault(what, [0, 0, 0])
        tally[0] += 1
        near = bad[max(0, position - 12):position + 12]
        detail = f"bit {bit} of byte {position} of {len(data)} of {os.path.basename(path)}: {near!r}"
        if result.status == 65 and result.err.strip() + result.out.decode("utf-8", "replace").strip():
            tally[1] += 1
        elif result.status == 0 and (reason := self.immaterial(what, data, bad)):
            tally[2] += 1
            self.notes[f"immaterial in {what}: {reason}"] += 1
        else:
            kind = {0: "not found", None: "hangs", 65: "silent"}.get(result.status, f"exit {result.status}")
            self.fail(f"{what}: {kind}", detail, result, [(os.path.basename(path), bad), os.path.dirname(path)])
        if what.startswith("checkpoint"):
            self.restore()
        else:
            with open(path, "wb") as file:
                file.write(data)

    def immaterial(self, what, data, bad):
        """Why a flip that passed does not matter, or None if it does."""
        if what.endswith("dataset.json"):
            try:
                return "JSON of the same value" if json.loads(bad) == json.loads(data) else None
            except ValueError:
                return None
        if what.startswith("checkpoint") and sha256(f"{self.scratch}/cut/model.safetensors") == self.model:
            return "the run ends with the same model"
        return None

    def attack(self):
        while self.done < self.count:
            self.flip()
            self.done += 1
            self.progress(self.done)
        for folder in ("zstd", "none"):
            if manifest(f"{self.scratch}/{folder}") is None or self.run("verify", f"{self.scratch}/{folder}").status:
                self.fail("the attack itself: the intact dataset does not verify", folder)
        for (what, _, _), size in zip(self.targets, self.bytes):
            flips, found, immaterial = self.tally.get(what, (0, 0, 0))
            print(f"  {what:24} {size:8,} bytes  {flips:6,} flips  {found:6,} found  {immaterial:3,} immaterial"
                  f"  {flips - found - immaterial:3,} FAILED")
        self.finish(f"{self.done:,} flips in {len(self.targets)} kinds of file", " flips")


if __name__ == "__main__":
    Flips().attack()
