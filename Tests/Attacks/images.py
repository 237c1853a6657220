#!/usr/bin/env python3
"""Attacks the image decoders, and the independence of results from order, threads, container and neighbours.

    Tests/Attacks/images.py PREP [--count 1000000] [--batch 5000] [--seed N]

Makes damaged JPEGs and PNGs from the fixtures (mutants.py) and prepares each batch twice: from a zip in one random
order with one thread, and from a tar (every tenth time a folder) in another random order with two threads.

- No crash, no hang, and exit status 0; 65 only if every image is refused, both times.
- Both give the same root digest in `prep inspect --json`, and byte-equal provenance and rejections.
- Every mutant is either a sample or listed as rejected: none is lost.

A failing batch is reduced to the mutants that are needed for it before it is kept.
"""

import collections
import json
import os
import resource
import struct
import time
import zlib

from common import Attack, remove
from mutants import Mutants


def write_zip(path, items):
    pieces, central, offset = [], [], 0
    for name, data in items:
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0)
        pieces += [b"PK\x03\x04", fields, name, data]
        central += [b"PK\x01\x02\x14\x03", fields, struct.pack("<HHHII", 0, 0, 0, 0x81A40000, offset), name]
        offset += 30 + len(name) + len(data)
    directory = b"".join(central)
    count = len(items)
    with open(path, "wb") as file:
        file.write(b"".join(pieces) + directory + b"PK\x05\x06"
                   + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), offset, 0))


def write_tar(path, items):
    pieces = []
    for name, data in items:
        head = (name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(data) + b"00000000000\0"
                + b"        0" + bytes(100) + b"ustar\x0000").ljust(512, b"\0")
        pieces += [head[:148], b"%06o\0 " % sum(head), head[156:], data, bytes(-len(data) % 512)]
    with open(path, "wb") as file:
        file.write(b"".join(pieces) + bytes(1024))


def write_folder(path, items):
    os.mkdir(path)
    for name in {name.split(b"/")[0] for name, _ in items}:
        os.mkdir(path.encode() + b"/" + name)
    for name, data in items:
        with open(path.encode() + b"/" + name, "wb") as file:
            file.write(data)


CONTAINERS = {"zip": write_zip, "tar": write_tar, "folder": write_folder}


class Outcome:
    """What one preparation made of its mutants; two outcomes must be equal."""

    def __init__(self, attack, items, container, jobs, label):
        self.path, output = f"{attack.scratch}/{label}.{container}", f"{attack.scratch}/{label}"
        remove(self.path)
        remove(output)
        CONTAINERS[container](self.path, items)
        self.result = attack.run(
            "images", self.path, "--name", "mutants", "-o", output, "--size", 8, "--compression", "none",
            "--max-rejected", "100%", "-q", "-j", jobs, timeout=300)
        self.status = self.result.status
        self.rejections = self.provenance = self.digest = None
        self.samples = self.rejected = 0
        if self.status == 0:
            told = attack.run("inspect", output, "--json")
            value = json.loads(told.out) if told.status == 0 else {}
            self.digest, self.samples = value.get("digest"), value.get("samples", 0)
            self.rejected = value.get("rejected", 0)
            with open(f"{output}/rejected.csv", "rb") as file:
                self.rejections = file.read()
            with open(f"{output}/provenance.csv.zst", "rb") as file:
                self.provenance = file.read()

    def problem(self, count):
        """What is wrong with this outcome alone."""
        if self.status is None:
            return "hangs"
        if self.status < 0:
            return f"ends by signal {-self.status}"
        if self.status not in (0, 65):
            return f"exit status {self.status}"
        if self.status == 0 and self.samples + self.rejected != count:
            return "mutants are lost"
        return None


def compare(one, other, count):
    """What is wrong with the two outcomes of one batch, or None."""
    for outcome in (one, other):
        if problem := outcome.problem(count):
            return problem
    if one.status != other.status:
        return f"exit status {one.status} and {other.status}"
    if one.status == 65:
        # Refusing every image is allowed, refusing the archive is not.
        return None if count < 100 else "everything is refused"
    if one.rejections != other.rejections:
        return "other rejections or reasons"
    if one.provenance != other.provenance:
        return "another provenance"
    if one.digest is None or one.digest != other.digest:
        return "another digest"
    return None


class Images(Attack):
    def __init__(self):
        super().__init__(__doc__, 1_000_000, in_memory=True,
                         extra=lambda parser: parser.add_argument("--batch", type=int, default=5000))
        self.mutants = Mutants(self.random)
        self.samples = 0
        self.kinds, self.reasons = collections.Counter(), collections.Counter()

    def both(self, first, second, container):
        one = Outcome(self, first, "zip", 1, "one")
        other = Outcome(self, second, container, 2, "other")
        return one, other, compare(one, other, len(first))

    def batch(self, size, number):
        items = []
        for index in range(size):
            name, extension, data = self.mutants.next()
            self.kinds[name.split("+")[0]] += 1
            items.append((f"{index % 5}/{index:05d}-{name}.{extension}".encode(), data))
        first, second = items[:], items
        self.random.shuffle(first)
        self.random.shuffle(second)
        container = "folder" if number % 10 == 9 else "tar"
        one, other, problem = self.both(first, second, container)
        if problem:
            self.report(problem, first, second, container)
            return
        self.samples += one.samples
        for line in (one.rejections or b"").decode("utf-8", "replace").splitlines()[1:]:
            self.reasons[line.split(",", 1)[-1].strip('"')] += 1

    def report(self, problem, first, second, container):
        """Leaves mutants out as long as the problem remains, for two minutes at most, then keeps what is left."""
        end = time.monotonic() + 120

        def both(names):
            return self.both([i for i in first if i[0] in names], [i for i in second if i[0] in names], container)

        needed, step = [name for name, _ in first], len(first) // 2
        while step and time.monotonic() < end:
            position, before = 0, len(needed)
            while position < len(needed) and time.monotonic() < end:
                fewer = needed[:position] + needed[position + step:]
                if fewer and both(set(fewer))[2] == problem:
                    needed = fewer
                else:
                    position += step
            step = step // 2 if step > 1 else int(len(needed) < before)
        names = set(needed)
        one, other, _ = both(names)
        bad = one if one.status not in (0, 65) else other
        mutants = [(name.decode(), data) for name, data in first if name in names]
        listed = " ".join(name for name, _ in mutants[:10])
        self.fail(problem, f"{len(mutants)} mutants: {listed}", bad.result,
                  [one.path, other.path, *(mutants if len(mutants) <= 50 else [])])

    def attack(self):
        number = 0
        while self.done < self.count:
            size = min(self.options.batch, self.count - self.done)
            self.batch(size, number)
            self.done, number = self.done + size, number + 1
            self.progress(self.done)
        for reason, count in self.reasons.most_common(12):
            self.notes[f"rejected: {reason}"] = count
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = usage.ru_utime + usage.ru_stime + time.process_time()
        self.finish(f"{self.done:,} mutants of {len(self.kinds)} kinds, {self.samples:,} accepted, "
                    f"{len(self.reasons)} reasons, peak {usage.ru_maxrss / 1024:.0f} MB, {processor:.0f} s of CPU",
                    " mutants")


if __name__ == "__main__":
    Images().attack()
