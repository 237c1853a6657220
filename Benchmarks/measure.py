"""Shared by the benchmarks: time and peak memory of child processes, rounds, tables, Python modules.

It must not import NumPy or other large modules, because a child's peak memory includes its parent's at the fork.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
MEGABYTE = 10**6
MEBIBYTE = 2**20


@dataclass
class Run:
    """One finished child process."""

    seconds: float  # wall time of the whole process, from start to exit
    peak_bytes: int  # largest resident set size of the child or one of its children
    samples: int  # number of images that it reports; 0 if it reports none


@dataclass
class Row:
    """A line of the table; `passed` is None if nothing is required."""

    label: str
    seconds: float | None = None
    ratio: float | None = None
    peak_bytes: int | None = None
    note: str = ""
    requirement: str = ""
    passed: bool | None = None
    rate: float | None = None  # samples per second


def run(command):
    """Runs a command to its end. It may print JSON with a number of "samples"."""
    seconds, peak, output = capture(command)
    return Run(seconds, peak, parse(output).get("samples", 0))


def capture(command):
    """Runs a command to its end. Returns its seconds, its peak memory in bytes and what it printed."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)} failed ({child.returncode}):\n{errors.read().decode()}")
        output.seek(0)
        printed = output.read()
    # Linux counts ru_maxrss in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return elapsed, peak, printed


def parse(output):
    """The JSON object that a child printed; empty if it printed something else."""
    try:
        told = json.loads(output)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def interleave(contenders, rounds):
    """Runs every contender once per round, A B C A B C, so that noise affects all alike.

    `contenders` maps a name to a function that takes an empty folder and returns a Run. Returns for
    each name the fastest Run, with the largest peak memory of all rounds.
    """
    runs = {name: [] for name in contenders}
    for number in range(rounds):
        for name, function in contenders.items():
            progress(f"round {number + 1} of {rounds}: {name}")
            with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
                runs[name].append(function(Path(folder)))
    return {name: best(several) for name, several in runs.items()}


def best(runs):
    """The fastest of several runs, with the largest peak memory of all."""
    fastest = min(runs, key=lambda run: run.seconds)
    peak = max(run.peak_bytes for run in runs)
    return Run(fastest.seconds, peak, fastest.samples)


def progress(text):
    """Shows what is running, if stderr is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def table(rows):
    """The rows as aligned plain text, without columns that are empty. MB are 10^6 bytes."""
    cells = [("", "seconds", "samples/s", "x prep", "peak MB", "note", "required", "")]
    for row in rows:
        cells.append((
            row.label,
            "" if row.seconds is None else f"{row.seconds:.2f}",
            "" if row.rate is None else f"{row.rate:,.0f}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            "" if row.peak_bytes is None else f"{row.peak_bytes / MEGABYTE:.0f}",
            row.note,
            row.requirement,
            {None: "", True: "pass", False: "FAIL"}[row.passed],
        ))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    numeric = (1, 2, 3, 4)
    used = [column for column in range(len(widths)) if any(line[column] for line in cells[1:])]
    lines = []
    for line in cells:
        aligned = [
            line[column].rjust(widths[column]) if column in numeric else line[column].ljust(widths[column])
            for column in used
        ]
        lines.append("  ".join(aligned).rstrip())
    return "\n".join(lines)


def finish(heading, rows, path=None):
    """Prints the table, writes the rows as JSON, and ends the process: with status 1 if a requirement fails."""
    progress("")
    print(f"{heading}\n\n{table(rows)}")
    if path:
        path.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n")
    failures = sum(row.passed is False for row in rows)
    print(f"\n{failures} requirements fail" if failures else "\nall requirements pass")
    sys.exit(1 if failures else 0)


def cores():
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ensure_modules(packages):
    """Restarts this script in a virtual environment below .build if modules are missing here.

    `packages` maps a module's name to the package that contains it. Returns if all modules are there.
    """
    missing = [module for module in packages if not importlib.util.find_spec(module)]
    if not missing:
        return
    environment = BUILD / "benchmark-venv"
    if Path(sys.prefix).resolve() == environment.resolve():
        raise SystemExit(f"{', '.join(missing)} missing in {environment}; delete that folder and try again")
    python = environment / "bin" / "python"
    if not imports(python, packages):
        print(f"Installing {', '.join(packages.values())} in {environment.relative_to(ROOT)}", file=sys.stderr)
        make_environment(environment)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages.values()], check=True)
    os.execv(python, [str(python), *sys.argv])


def make_environment(folder):
    """Makes a virtual environment unless it exists, and returns its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return python


def imports(python, modules):
    """Whether that Python exists and can import these modules."""
    if not python.exists():
        return False
    check = subprocess.run([python, "-c", f"import {', '.join(modules)}"], stderr=subprocess.DEVNULL)
    return check.returncode == 0
