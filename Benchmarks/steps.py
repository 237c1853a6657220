"""What the steps of many machines cost beside one command: CPU seconds, and bytes read and written.

    python3 Benchmarks/steps.py ARCHIVE… [--prep PREP] [--pipeline kaggle] [--parts 7] [--rounds 3]

Bytes are those of system calls (rchar and wchar of /proc/PID/io), so files in the cache count too. Last, the same command
with one and two threads: from what it says of its threads' work, the share of staging that is serial.
"""

import argparse
import os
import re
import subprocess
import tempfile
from pathlib import Path

import measure

STEPS = ["stage", "plan", "partition", "write", "finish"]


def cost(command):
    """CPU seconds, bytes read and written of a command, and what it printed."""
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    output = child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # Ended, but not gone: its counters can be read.
    counters = dict(line.split(": ") for line in Path(f"/proc/{child.pid}/io").read_text().splitlines())
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))}: status {status}")
    return usage.ru_utime + usage.ru_stime, int(counters["rchar"]), int(counters["wchar"]), output


def total(costs):
    return [sum(values) for values in zip(*[item[:3] for item in costs])]


def digest(text):
    return re.search(r"digest\s+(\w{64})", text)[1]


def steps(prep, archives, pipeline, parts, folder):
    """Costs of all tasks, by step, and the digest."""
    work = folder / "work"
    numbers = [f"{part}/{parts}" for part in range(parts)]
    found = {
        "stage": [
            cost([prep, "stage", *archives, "--pipeline", pipeline, "--part", n, "--work", work, "-q"]) for n in numbers],
        "plan": [cost([prep, "plan", "--work", work])],
        "partition": [cost([prep, "partition", "--part", n, "--work", work]) for n in numbers],
        "write": [cost([prep, "write", "--part", n, "--work", work]) for n in numbers],
        "finish": [cost([prep, "finish", "--work", work, "--output", folder / "steps"])],
    }
    return {step: total(costs) for step, costs in found.items()}, digest(found["finish"][0][3])


def line(name, seconds, read, written, pixels):
    print(
        f"{name:12}{seconds:7.2f} s CPU   reads {read / 1e6:8.1f} MB ({read / pixels:5.2f})   "
        f"writes {written / 1e6:7.1f} MB ({written / pixels:5.2f})")


def serial_share(text, threads):
    """Of staging: wall-clock time beyond an even share of the threads' work."""
    wall = float(re.search(r"stage\s+([\d.]+) s", text)[1])
    busy = sum(float(value) for value in re.findall(r" ([\d.]+) s(?:,|$)", text.split("on ")[1].splitlines()[0]))
    idle = wall - busy / threads
    return wall, busy, idle / (busy + idle)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", nargs="+", metavar="ARCHIVE")
    parser.add_argument("--prep", default=measure.ROOT / ".build/release/prep")
    parser.add_argument("--pipeline", default="kaggle")
    parser.add_argument("--parts", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    best = {}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            single = cost([options.prep, options.pipeline, *options.archives, "-o", folder / "single"])
            found, result = steps(options.prep, options.archives, options.pipeline, options.parts, folder)
            assert result == digest(single[3]), "another dataset"
            pixels = sum(file.stat().st_size for file in (folder / "work/staged").glob("*.pixels.safetensors"))
            for step, value in {"one command": list(single[:3]), **found}.items():
                best[step] = min(best.get(step, value), value)
    print(f"{options.parts} parts; in parentheses, multiples of the {pixels / 1e6:.1f} MB of staged pixels")
    for step, value in best.items():
        line(step, *value, pixels)
    line("all steps", *total([best[step] for step in STEPS]), pixels)
    ratio = sum(best[step][0] for step in STEPS) / best["one command"][0]
    print(f"CPU of the steps: {ratio:.2f} times that of one command\n")
    for threads in (1, 2):
        shares = []
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory() as name:
                text = cost([options.prep, options.pipeline, *options.archives, "-j", threads, "-o", f"{name}/out"])[3]
                shares.append((*serial_share(text, threads), text))
        wall, busy, share, text = min(shares)
        phases = ", ".join(re.findall(r"(?:stage|plan|write|total)\s+[\d.]+ s", text))
        print(f"-j {threads}: {' '.join(phases.split())}; threads worked {busy:.2f} s; serial {100 * share:.1f} % of staging")


if __name__ == "__main__":
    main()
