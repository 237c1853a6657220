#!/usr/bin/env python3
"""Kills preparations and trainings (SIGKILL) at random moments.

    Tests/Attacks/kills.py PREP [--count 1000] [--seed N] [--only prepare,overwrite,train,resume]

Half of the kills come at any moment of the measured duration, half in its last tenth, where results are committed.

- prepare: afterwards there is no dataset (no dataset.json), or one that verifies and has the undisturbed digest.
- overwrite: there is always a dataset that verifies, the old one or the new one.
- Of both: the next run succeeds with the undisturbed digest; then nothing is left over in the dataset's folder or
  beside it, hidden names included.
- train, and resume of an interrupted run: the folder can be resumed, or started again with the same --output; the
  model then has the SHA-256 of an undisturbed run, the folder has the same files, and the page is final. Nothing is
  left beside it.
"""

import os
import shutil
import time

from common import Attack, digest, foreign_files, remove, sha256

RECIPE = """name: tiny
layers:
  - convolution: {filters: 2, kernel: 3}
  - batch_normalization
  - relu
  - max_pool: 2
  - flatten
  - linear: classes
batch: 32
epochs: 4
averaging: 0.9
"""
KINDS = ["prepare", "overwrite", "train", "resume"]


class Kills(Attack):
    def __init__(self):
        super().__init__(__doc__, 1000, extra=lambda parser: parser.add_argument("--only", default=",".join(KINDS)))
        self.input, self.recipe = f"{self.scratch}/in.zip", f"{self.scratch}/tiny.yaml"
        self.parent = f"{self.scratch}/parent"
        self.output, self.data = f"{self.parent}/out", f"{self.scratch}/data"
        os.mkdir(self.parent)
        with open(self.recipe, "w") as file:
            file.write(RECIPE)
        self.must("synthesize", self.input, "--count", 200)
        self.durations, self.states = {}, {}
        for seed, name in ((0, "new"), (1, "old")):
            self.must(*self.prepare(seed))
            self.states[name] = digest(self.output)
            if name == "new":
                shutil.copytree(self.output, self.data)
                remove(self.output)
        self.old = f"{self.scratch}/old"
        os.rename(self.output, self.old)
        self.must(*self.train())
        self.model, self.files = sha256(f"{self.output}/model.safetensors"), sorted(os.listdir(self.output))
        self.interrupted = self.interrupt()
        for kind in KINDS:
            self.durations[kind] = min(self.undisturbed(kind) for _ in range(3))

    # Commands

    def prepare(self, seed=0):
        return ["kaggle", self.input, "-o", self.output, "--seed", seed, "--shard-size", "50KB", "--augment",
                "rotate=5,copies=1", "-j", 2]

    def train(self):
        return ["train", self.data, "--recipe", self.recipe, "-o", self.output, "-j", 1, "--quiet"]

    def resume(self):
        return ["train", self.data, "--resume", self.output, "-j", 1, "--quiet"]

    def command(self, kind):
        return {"prepare": self.prepare, "overwrite": lambda: self.prepare() + ["--overwrite"], "train": self.train,
                "resume": self.resume}[kind]()

    def reset(self, kind):
        for name in os.listdir(self.parent):
            remove(f"{self.parent}/{name}")
        if kind == "overwrite":
            shutil.copytree(self.old, self.output)
        elif kind == "resume":
            shutil.copytree(self.interrupted, self.output)

    def undisturbed(self, kind):
        self.reset(kind)
        return self.must(*self.command(kind)).seconds

    def interrupt(self):
        """A run that was killed after its second epoch or later, for `resume` to begin with."""
        for _ in range(50):
            self.reset("train")
            process = self.begin(*self.train())
            while process.poll() is None:
                try:
                    with open(f"{self.output}/metrics.csv") as file:
                        if file.read().count("\n") >= 3:
                            break
                except OSError:
                    pass
                time.sleep(0.0005)
            process.kill()
            process.wait()
            if not os.path.exists(f"{self.output}/result.json"):
                target = f"{self.scratch}/interrupted"
                os.rename(self.output, target)
                return target
        raise SystemExit("kills: no run could be interrupted")

    # Judgement

    def kill(self, kind):
        self.reset(kind)
        end = self.random.random() < 0.5
        share = self.random.uniform(0.9, 1.03) if end else self.random.uniform(0, 1.05)
        duration = self.durations[kind]
        process = self.begin(*self.command(kind))
        time.sleep(duration * share)
        process.kill()
        finished = process.wait() == 0
        if end:
            # How long a run takes depends on what else the machine does: let a third of these kills come too late.
            self.durations[kind] *= 0.98 if finished else 1.01
        before = f"{self.scratch}/before"
        remove(before)
        shutil.copytree(self.parent, before, symlinks=True)
        self.detail = f"killed at {share:.3f} of {duration * 1000:.0f} ms" + ", finished before" * finished
        self.kind, self.evidence = kind, (before,)
        self.notes[f"{kind}: {'finished before' if finished else 'killed'}"] += 1
        (self.judge_dataset if kind in ("prepare", "overwrite") else self.judge_run)(kind, finished)

    def problem(self, what, result=None):
        listing = [os.path.relpath(os.path.join(folder, name), self.evidence[0])
                   for folder, _, names in os.walk(self.evidence[0]) for name in names]
        self.fail(f"{self.kind}: {what}", f"{self.detail}; then {' '.join(sorted(listing)) or 'no file'}", result,
                  self.evidence)

    def judge_dataset(self, kind, finished):
        found = digest(self.output)
        name = {value: key for key, value in self.states.items()}.get(found, "unknown") if found else "none"
        self.notes[f"{kind}: then the dataset is {name}"] += 1
        exists = os.path.lexists(f"{self.output}/dataset.json")
        if exists or kind == "overwrite" or finished:
            verified = self.run("verify", self.output)
            if not exists:
                self.problem("no dataset is left", verified)
            elif verified.status != 0:
                self.problem("the dataset does not verify", verified)
            if exists and (name not in ("old", "new") or name == "old" and (finished or kind == "prepare")):
                self.problem(f"the dataset is {name}")
        elif self.done % 5 == 0 and (verified := self.run("verify", self.output)).status != 65:
            self.problem(f"verify of no dataset exits {verified.status}", verified)
        overwrite = kind == "overwrite" or exists
        again = self.run(*self.prepare(), *["--overwrite"] * overwrite)
        if again.status != 0:
            self.problem("the next run fails", again)
            return
        if digest(self.output) != self.states["new"]:
            self.problem("the next run has another digest", again)
        verified = self.run("verify", self.output)
        if verified.status != 0:
            self.problem("the dataset of the next run does not verify", verified)
        if foreign_files(self.output):
            self.problem("after the next run, left in the folder: " + " ".join(foreign_files(self.output)))
        self.beside()

    def judge_run(self, kind, finished):
        if not finished:
            if os.path.exists(f"{self.output}/result.json"):
                extra = sorted(set(os.listdir(self.output)) - set(self.files))
                self.notes[f"{kind}: killed, but result.json is there" + f", with {' '.join(extra)}" * bool(extra)] += 1
                if sha256(f"{self.output}/model.safetensors") != self.model:
                    self.problem("result.json is there, but the model is another")
            again = self.run(*self.resume())
            if again.status == 0:
                self.notes[f"{kind}: then the run is resumed"] += 1
            else:
                reason = (again.err.strip().splitlines() or ["silent"])[0].replace(self.output, "RUN")
                self.notes[f"{kind}: then resuming exits {again.status}: {reason}"] += 1
                if kind == "resume":
                    self.problem("a resumed run cannot be resumed again", again)
                again = self.run(*self.train())
                if again.status != 0:
                    self.problem("neither resumes nor starts again", again)
                    return
        if sha256(f"{self.output}/model.safetensors") != self.model:
            self.problem("another model in the end")
        extra, missing = (sorted(one - other) for one, other in (
            (set(os.listdir(self.output)), set(self.files)), (set(self.files), set(os.listdir(self.output)))))
        if extra or missing:
            self.problem(f"in the end, files too many: {' '.join(extra) or '-'}; missing: {' '.join(missing) or '-'}")
        with open(f"{self.output}/report.html") as file:
            if 'http-equiv="refresh"' in file.read():
                self.problem("in the end, the page still reloads itself")
        self.beside()

    def beside(self):
        left = sorted(set(os.listdir(self.parent)) - {"out"})
        if left:
            self.problem("after the next run, something is left beside the folder", None)

    def attack(self):
        kinds = self.options.only.split(",")
        while self.done < self.count:
            self.kill(kinds[self.done % len(kinds)])
            self.done += 1
            self.progress(self.done)
        times = ", ".join(f"{kind} {self.durations[kind] * 1000:.0f} ms" for kind in kinds)
        self.finish(f"{self.done:,} kills ({times})", " kills")


if __name__ == "__main__":
    Kills().attack()
