"""Runs the benchmarks one after another, and shows all in one table.

Usage: python3 Benchmarks/all.py [--quick] [--json FILE] [--compare FILE]

`--json` writes the rows, with the commit and the processor; `--compare` shows how each figure changed since another
commit's file was written, on the same machine. `--quick` leaves out what takes longest. Exits with 1 if a requirement
fails.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import ROOT, Row, cores, table

HERE = Path(__file__).resolve().parent
RUNS = [
    ["prepare.py", "--quick"], ["loader.py"], ["python.py"], ["fast.py"], ["training.py"], ["training.py", "--processor", "avx2"],
]
QUICK = [
    ["prepare.py", "--quick"], ["python.py", "--quick"],
    ["training.py", "--recipes", "mlp,lenet,fast,cnn", "--rounds", "1", "--seconds", "2"],
]


def measure(runs, save):
    """The rows of all benchmarks. What there is so far is saved after each, for they take long."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "rows.json"
        for words in runs:
            status = subprocess.run([sys.executable, HERE / words[0], *words[1:], "--json", results]).returncode
            if results.exists():
                rows += [Row(**row) for row in json.loads(results.read_text())]
                results.unlink()
                save(rows)
            else:
                # What a peer needs may be missing, as it says itself; the others can still be measured.
                rows.append(Row(" ".join(words), note=f"no figures, status {status}", passed=False))
            print()
    return rows


def changes(rows, earlier):
    """Rows with how many times as fast each figure is as it was; the memory in relation to what it was."""
    known = {row["label"]: row for row in earlier["rows"]}
    lines = []
    for row in rows:
        before = known.get(row.label)
        if not before:
            continue
        notes = []
        if row.rate and before["rate"]:
            notes.append(f"{row.rate / before['rate']:.2f}x as fast")
        elif row.seconds and before["seconds"]:
            notes.append(f"{before['seconds'] / row.seconds:.2f}x as fast")
        if row.peak_bytes and before["peak_bytes"]:
            notes.append(f"{row.peak_bytes / before['peak_bytes']:.2f}x the memory")
        if notes:
            lines.append(Row(row.label, row.seconds, peak_bytes=row.peak_bytes, rate=row.rate, note=", ".join(notes)))
    return lines


def processor():
    """The name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few minutes instead of an hour")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--compare", type=Path, help="what --json wrote at another commit")
    options = parser.parse_args()
    earlier = json.loads(options.compare.read_text()) if options.compare else None
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    def save(rows):
        if options.json:
            figures = {
                "commit": commit, "processor": processor(), "cores": cores(), "rows": [vars(row) for row in rows]}
            options.json.write_text(json.dumps(figures, indent=1) + "\n")

    rows = measure(QUICK if options.quick else RUNS, save)
    print(f"Everything: {processor()}, {cores()} cores, commit {commit or 'unknown'}\n\n{table(rows)}")
    if earlier:
        print(f"\nSince commit {earlier['commit']} on {earlier['processor']}\n\n{table(changes(rows, earlier))}")
    failures = sum(row.passed is False for row in rows)
    print(f"\n{failures} requirements fail" if failures else "\nall requirements pass")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
