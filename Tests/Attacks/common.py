"""What the attack programs share: options, running prep, failures and their reproducers, looking at datasets.

Standard library only. Nothing here knows how prep works inside; FORMAT.md and the help texts are the specification.
"""

import argparse
import atexit
import collections
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"

Result = collections.namedtuple("Result", "status out err seconds arguments")


class Attack:
    """One run of an attack program: its options, scratch folder, random numbers and failures."""

    def __init__(self, document, count, in_memory=False, extra=None):
        parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("prep", metavar="PREP", help="the program to attack")
        parser.add_argument("--seed", type=int, default=None, help="of all random choices (default: a new one)")
        parser.add_argument("--count", type=int, default=count, help=f"how many cases (default: {count})")
        parser.add_argument("--scratch", default=None, help="folder to work in (default: a temporary one)")
        if extra:
            extra(parser)
        self.options = parser.parse_args()
        self.name = Path(sys.argv[0]).stem
        self.prep = os.path.realpath(self.options.prep)
        if not os.access(self.prep, os.X_OK):
            parser.error(f"{self.options.prep} is no program")
        self.count = self.options.count
        self.seed = random.SystemRandom().randrange(10**6) if self.options.seed is None else self.options.seed
        print(f"{self.name}: seed {self.seed}", flush=True)
        self.random = random.Random(self.seed)
        base = self.options.scratch or ("/dev/shm" if in_memory and os.path.isdir("/dev/shm") else None)
        self.scratch = tempfile.mkdtemp(prefix=f"prep-{self.name}-", dir=base)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        atexit.register(shutil.rmtree, self.scratch, ignore_errors=True)
        os.environ["TMPDIR"] = self.scratch
        self.kept = ROOT / ".build" / "attacks" / f"{self.name}-{self.seed}"
        shutil.rmtree(self.kept, ignore_errors=True)
        self.failures, self.notes = {}, collections.Counter()
        self.start = self.shown = time.monotonic()

    def run(self, *arguments, timeout=60):
        """Runs prep to its end. A run that hangs is killed and has the status None."""
        words = [self.prep, *map(str, arguments)]
        start = time.monotonic()
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=timeout)
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            status = None
        return Result(status, out, err.decode("utf-8", "replace"), time.monotonic() - start, words)

    def begin(self, *arguments, error=subprocess.DEVNULL):
        """Starts prep and returns at once."""
        return subprocess.Popen([self.prep, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=error)

    def must(self, *arguments):
        """Runs prep for preparations of the attack itself, which have to succeed."""
        result = self.run(*arguments)
        if result.status != 0:
            sys.exit(f"{self.name}: {shlex.join(result.arguments)}: exit {result.status}: {result.err}")
        return result

    def progress(self, done):
        if time.monotonic() - self.shown > 10:
            self.shown = time.monotonic()
            print(f"  {done:,} of {self.count:,}, {done / (self.shown - self.start):,.1f}/s, "
                  f"{sum(e[0] for e in self.failures.values())} failures", flush=True)

    def fail(self, kind, detail, result=None, keep=()):
        """Counts a failure. Of the first three of a kind, `keep` (files, folders, (name, bytes)) is copied."""
        entry = self.failures.setdefault(kind, [0, detail])
        entry[0] += 1
        if entry[0] > 3:
            return
        folder = self.kept / f"{re.sub(r'[^A-Za-z0-9]+', '-', kind)[:60]}-{entry[0]}"
        folder.mkdir(parents=True, exist_ok=True)
        text = f"{kind}\n{detail}\nseed {self.seed}\n"
        if result is not None:
            text += f"$ {shlex.join(result.arguments)}\nexit {result.status}\n{result.err[-4000:]}"
        (folder / "what.txt").write_text(text)
        for item in keep:
            if isinstance(item, tuple):
                (folder / Path(item[0]).name).write_bytes(item[1])
            elif os.path.isdir(item):
                shutil.copytree(item, folder / Path(item).name, symlinks=True, dirs_exist_ok=True)
            elif os.path.exists(item):
                shutil.copy(item, folder)

    def finish(self, what, unit=""):
        """Prints notes, failures and the summary line, and exits."""
        seconds = time.monotonic() - self.start
        for note, number in sorted(self.notes.items()):
            print(f"  {number:8,}  {note}"[:230])
        for kind, (number, detail) in sorted(self.failures.items()):
            print(f"  {number:8,}  FAILURE {kind}: {detail}"[:400])
        total = sum(entry[0] for entry in self.failures.values())
        where = f", reproducers in {self.kept}" if total else ""
        print(f"{self.name}: {what}, {seconds:.0f} s, {self.done / seconds:,.1f}{unit}/s, seed {self.seed}: "
              f"{total} failures{where}")
        sys.exit(1 if total else 0)

    done = 0


# Datasets

def manifest(folder):
    """The manifest's value, or None if there is no readable one."""
    try:
        return json.loads(Path(folder, "dataset.json").read_bytes())
    except (OSError, ValueError):
        return None


def digest(folder):
    return (manifest(folder) or {}).get("digest")


def foreign_files(folder):
    """Names in a dataset's folder that are not the dataset's, hidden ones too."""
    document = manifest(folder)
    if document is None:
        return sorted(os.listdir(folder))
    named = {"dataset.json"} | {document[table]["name"] for table in ("provenance", "rejections", "finding_table")}
    named |= {shard["name"] for split in document["splits"].values() for shard in split["shards"]}
    return sorted(set(os.listdir(folder)) - named)


def sha256(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
