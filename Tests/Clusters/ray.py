#!/usr/bin/env python3
"""Runs cluster/ray/prepare.py on a Ray cluster of three nodes while workers, nodes, the driver and disks fail.

    python Tests/Clusters/ray.py PREP --archives 64 --photos 15625 [--scratch FOLDER] [--seed N]
        [--faults worker,node,driver,disk]

The nodes are namespaces of one machine: each has its own network (10.77.0.N on a bridge), processes, host name and
temporary folder. They share an ext4 file system. The driver runs undisturbed first, then with faults in all steps:

- worker: SIGKILL to a process of prep, or to the worker of Ray that runs it;
- node: SIGKILL to all processes of node 2, which comes back after a while, empty, with a full temporary folder at first;
- driver: SIGKILL; the same command is run again;
- disk: the shared disk is full for a while, for node 3 alone (others may use the blocks that ext4 reserves) or for all;
- power: node 2 dies after its cable was cut; only on request, since Ray 2.60 needs five minutes to miss its tasks.

The head of the cluster is never killed, since Ray's jobs end with it. Afterwards:

- the driver has ended with 0, and the dataset verifies and has the digest of `prep kaggle` with the same archives;
- what was done when the driver was killed was left as it was, but for what was being done at that moment;
- nothing is left: no temporary, hidden or lock file in output and work folder, nothing beside them, no process of prep.

All namespaces, mounts and processes end with this program, even if it is killed. --scratch keeps archives and reference.
"""

import argparse
import collections
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Attacks"))
from common import digest, foreign_files  # noqa: E402

STEPS = ["stage", "plan", "partition", "write", "finish"]
# When faults happen, more or less: the number of the step and the share of its tasks that are done.
FAULTS = {
    "worker": [0.1, 0.3, 0.8, 1.0, 2.1, 2.6, 3.2, 3.7, 4.0],
    "node": [0.2, 2.4, 3.5],
    "driver": [0.5, 1.0, 2.7, 3.3],
    "disk": [0.6, 2.2, 3.1],
    "power": [2.9],
}
SLOTS = 2  # tasks of a node at once
RESERVED = 54321  # the group that may use the reserved blocks of the shared disk
FULL = "No space left on device"

NODE = """
hostname node-$NUMBER
mount --bind "$HOME" /run
until ip link show eth0 >/dev/null 2>&1; do sleep 0.1; done
ip link set lo up && ip address add 10.77.0.$NUMBER/24 dev eth0 && ip link set eth0 up
# Not exec: the first process of the namespace collects those whose parents were killed.
"$@" & wait
"""


class Cluster:
    def __init__(self, options, scratch):
        self.options, self.prep, self.scratch = options, options.prep, scratch
        self.random, self.begin = random.Random(options.seed), time.monotonic()
        self.inputs = f"{os.path.dirname(scratch)}/archives-{options.archives}x{options.photos}"
        self.data, self.ballast = f"{scratch}/shared/data", f"{scratch}/shared/ballast"
        self.output, self.work = f"{self.data}/out", f"{self.data}/out.work"
        self.photos = options.archives * options.photos
        # A hundred shards, so that there is something to write at once.
        self.flags = ["--shard-size", f"{max(self.photos * 784 // 100_000, 50)}KB"]
        self.nodes, self.lives, self.later, self.offsets = {}, collections.Counter(), [], collections.Counter()
        self.events, self.again, self.failures, self.snapshots = collections.Counter(), collections.Counter(), 0, []

    def log(self, text):
        print(f"{time.monotonic() - self.begin:8.1f} s  {text}", flush=True)

    def fail(self, text):
        self.failures += 1
        self.log(f"FAILURE {text}")

    def reference(self):
        """Makes the archives and the digest of a single command, unless they are there."""
        os.makedirs(self.inputs, exist_ok=True)
        archives = [f"{self.inputs}/part-{number:02}.zip" for number in range(self.options.archives)]
        for number, path in enumerate(archives):
            if not os.path.exists(path):
                must(self.prep, "synthesize", path, "--count", self.options.photos, "--seed", number)
        known, key = Path(f"{self.inputs}/reference.json"), hashlib.sha256(Path(self.prep).read_bytes()).hexdigest()
        if not known.exists() or json.loads(known.read_text())["prep"] != key:
            start = time.monotonic()
            must(self.prep, "kaggle", *archives, "-o", f"{self.scratch}/reference", *self.flags)
            known.write_text(json.dumps({
                "prep": key, "digest": digest(f"{self.scratch}/reference"), "seconds": time.monotonic() - start}))
        self.expected = json.loads(known.read_text())
        self.log(f"one command: {self.expected['digest'][:8]}… in {self.expected['seconds']:.0f} s")

    # Nodes

    def machines(self):
        """The shared disk, the bridge, and the nodes."""
        with open(f"{self.scratch}/disk", "wb") as file:
            file.truncate((256 << 20) + 8000 * self.photos)
        must("mkfs.ext4", "-q", "-m", 45, file.name)
        os.mkdir(f"{self.scratch}/shared")
        must("mount", "-o", f"loop,resuid={RESERVED},resgid={RESERVED}", file.name, f"{self.scratch}/shared")
        os.mkdir(self.data)
        os.setgroups([RESERVED])
        must("ip", "link", "add", "bridge", "type", "bridge")
        must("ip", "link", "set", "bridge", "up")
        for number in (1, 2, 3):
            os.makedirs(folder := f"{self.scratch}/node-{number}/tmp")
            must("mount", "-t", "tmpfs", "-o", f"size={2 * os.path.getsize(self.prep) + (8 << 20)}", "tmpfs", folder)
            home = self.boot(number)
            while "Ray runtime started" not in Path(f"{home}/start.txt").read_text():
                if time.monotonic() - self.begin > 3600 or self.nodes[number].poll() is not None:
                    sys.exit(f"ray: node {number} does not start:\n{Path(f'{home}/start.txt').read_text()}")
                time.sleep(0.1)

    def boot(self, number):
        """Starts a node with nothing on it; returns the folder of its logs."""
        self.lives[number] += 1
        clear(tmp := f"{self.scratch}/node-{number}/tmp")
        os.mkdir(home := f"{self.scratch}/node-{number}/life-{self.lives[number]}")
        groups = ["--clear-groups"] if number == 3 else ["--groups", RESERVED]
        role = ["--head", "--port=6379", "--include-dashboard=false"] if number == 1 else ["--address=10.77.0.1:6379"]
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        self.nodes[number] = node = subprocess.Popen(
            [*words("unshare --net --pid --fork --kill-child --mount --uts --mount-proc setpriv --bounding-set -sys_resource"),
             *map(str, groups), "bash", "-c", NODE, "node", sys.executable, ray_program(), "start", "--block", *role,
             f"--node-ip-address=10.77.0.{number}", f"--num-cpus={SLOTS}", "--memory=4000000000",
             "--object-store-memory=200000000", "--temp-dir=/run", "--disable-usage-stats"],
            env={**kept, "NUMBER": str(number), "TMPDIR": tmp, "HOME": home}, stdin=subprocess.DEVNULL,
            stdout=open(f"{home}/start.txt", "w"), stderr=subprocess.STDOUT)
        while network(node.pid) == network("self"):
            time.sleep(0.01)
        cable = f"cable-{number}-{self.lives[number]}"
        must("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", node.pid)
        must("ip", "link", "set", cable, "master", "bridge", "up")
        return home

    def preps(self, step=None):
        """Processes of prep in the cluster: (pid, step, node)."""
        networks = {network(node.pid): number for number, node in self.nodes.items()}
        return [(pid, line[1], networks.get(network(pid))) for pid, line in processes()
                if re.fullmatch(r"prep-[0-9a-f]{16}", os.path.basename(line[0])) and step in (None, line[1])]

    # Faults

    def worker(self, at):
        step, end = STEPS[int(at)], time.monotonic() + 5
        if at == 1:  # the plan is a single task that may take long; it is not always killed at its beginning
            wait = self.random.uniform(0, 0.9) * self.durations.get(step, 0)
            return self.later.append((time.monotonic() + wait, lambda: self.worker(at + 0.01)))
        while not (found := self.preps(step)):
            if time.monotonic() > end:
                return self.log(f"worker: no prep {step} to be found")
            time.sleep(0.002)
        pid, _, node = self.random.choice(found)
        try:
            victim, what = self.random.choice([(pid, ""), (parent(pid), "the worker that runs ")])
            os.kill(victim, signal.SIGKILL)
        except OSError:
            return self.log(f"worker: prep {step} ended before it could be killed")
        self.events["worker"] += 1
        self.log(f"worker: killed {what}prep {step} on node {node}")

    def power(self, at):
        if 2 in self.nodes:
            must("ip", "link", "set", f"cable-2-{self.lives[2]}", "down")
        self.node(at, "power")

    def node(self, _, kind="node"):
        if 2 not in self.nodes:
            return self.log(f"{kind}: node 2 is not back yet")
        victims = [step for _, step, number in self.preps() if number == 2]
        node = self.nodes.pop(2)
        node.kill()
        node.wait()
        self.events[kind] += 1
        self.log(f"{kind}: killed node 2, with: {', '.join(victims) or 'no task'}")

        def back():
            self.boot(2)
            self.log("node 2 is back")
            if "disk" in self.options.faults:
                # But for 4 MB: Python takes another folder if the first has no space at all.
                self.full(f"{self.scratch}/node-2/tmp/ballast", "the temporary folder of node 2",
                          lambda disk: disk.f_bfree - (4 << 20) // disk.f_frsize)

        self.later.append((time.monotonic() + self.random.uniform(3, 10), back))

    def driver(self, _):
        self.snapshots.append(self.records())
        for pid, line in processes():
            if line[0] == sys.executable and line[1].endswith("cluster/ray/prepare.py"):
                os.kill(pid, signal.SIGKILL)
        self.killed = True
        self.events["driver"] += 1
        self.log(f"driver: killed, with {len(self.snapshots[-1])} records of what is done")

    def disk(self, at):
        if int(at) == 3:
            self.full(self.ballast, "the shared disk", lambda disk: disk.f_bfree)
        else:
            self.full(self.ballast, "the shared disk, for node 3,", lambda disk: disk.f_bavail)

    def full(self, ballast, what, free):
        """Fills a disk, at least for some seconds and until two tasks have failed, but not for long."""
        begin, seconds, before = time.monotonic(), self.random.uniform(5, 10), self.again[FULL]
        self.events["disk"] += 1
        self.log(f"disk: {what} is full")

        def fill():
            age, seen = time.monotonic() - begin, self.again[FULL] - before
            if age > 25 or age > seconds and seen >= 2:
                Path(ballast).unlink(missing_ok=True)
                return self.log(f"disk: {what} has space again; {seen} tasks had none")
            grow(ballast, free)
            self.later.append((time.monotonic() + 0.1, fill))

        fill()

    # A run

    def records(self):
        """The files that say what is done."""
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in Path(self.work).rglob("*.json")}

    def launch(self):
        """Starts the driver on the first node, and a thread that reads how far it is."""
        self.killed, self.text, self.position, self.ends = False, "", 0, {0: time.monotonic()}
        head = self.nodes[1].pid
        first = Path(f"/proc/{head}/task/{head}/children").read_text().split()[0]
        process = subprocess.Popen(
            ["nsenter", "-t", first, *words("-n -m -p -u setpriv --groups"), str(RESERVED), sys.executable,
             str(ROOT / "cluster" / "ray" / "prepare.py"), "kaggle", f"{self.inputs}/*.zip", "--output", self.output,
             "--address", "10.77.0.1:6379", "--parts", str(self.options.archives), *words("--memory 1GB --pause 2"),
             "--prep", self.prep, *self.flags],
            env={**os.environ, "TMPDIR": f"{self.scratch}/node-1/tmp"}, stdin=subprocess.DEVNULL,
            stdout=open(f"{self.scratch}/driver.txt", "w"), stderr=subprocess.PIPE, text=True)

        def read():
            for character in iter(lambda: process.stderr.read(1), ""):
                self.text += character
                found = character == "s" and re.search(r"(\w+): (\d+) of (\d+), \d+ s$", self.text)
                # The first part is staged alone.
                if found and (found[1], found[3]) != ("stage", "1"):
                    self.position = STEPS.index(found[1]) + int(found[2]) / int(found[3])
                    if self.position == int(self.position):
                        self.ends.setdefault(int(self.position), time.monotonic())

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        return process

    def messages(self):
        """Shows which tasks have to be done again, from the logs of Ray's workers."""
        for path in Path(self.scratch).glob("node-*/life-*/session_2*/logs/worker-*.err"):
            with open(path, "rb") as file:
                file.seek(self.offsets[path])
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self.offsets[path] += len(line)
                    if line.startswith(b"to be done again: "):
                        found = re.search(rf"{FULL}|status -\d+", text := line.decode().strip())
                        self.again[found[0] if found else "other reasons"] += 1
                        self.log(f"{path.parts[-5]} {text}"[:150])

    def run(self, faults):
        """Runs the driver to its end; returns the seconds."""
        clear(self.data)
        start = moved = time.monotonic()
        process, position, pending = self.launch(), -1, sorted(faults)
        while True:
            if process.poll() is not None:
                if not self.killed:
                    break
                self.log("driver: begins again")
                process = self.launch()
            if position != self.position:
                position, moved = self.position, time.monotonic()
            elif time.monotonic() - moved > 4 * 3600:
                self.fail("nothing has happened for four hours")
                break
            if pending and not self.killed and pending[0][0] <= position:
                at, kind = pending.pop(0)
                getattr(self, kind)(at)
            for item in [item for item in self.later if item[0] <= time.monotonic()]:
                self.later.remove(item)
                item[1]()
            self.messages()
            time.sleep(0.02)
        seconds = time.monotonic() - start
        self.reader.join(5)
        if process.returncode != 0:
            self.fail(f"the driver ended with {process.returncode}: {re.sub('.*, [0-9]+ s', '', self.text)[:2000]}")
        self.durations = {STEPS[n]: self.ends[n + 1] - self.ends[n] for n in range(5) if {n, n + 1} <= set(self.ends)}
        self.log(f"done after {seconds:.0f} s: " + ", ".join(f"{s} {t:.1f} s" for s, t in self.durations.items()))
        for _, kind in pending:
            self.log(f"{kind}: the end came before it")
        self.judge()
        return seconds

    def judge(self):
        time.sleep(3)
        self.messages()
        if left := self.preps():
            self.fail(f"processes are left: {left}")
        if not os.path.exists(self.output):
            return self.fail("there is no dataset")
        result = subprocess.run([self.prep, "verify", self.output], capture_output=True, text=True)
        if result.returncode != 0 or digest(self.output) != self.expected["digest"]:
            self.fail(f"another digest: {digest(self.output)} {result.stderr}")
        kinds = (".json", ".safetensors", ".safetensors.zst", ".csv", ".csv.zst")
        left = foreign_files(self.output) + sorted(set(os.listdir(self.data)) - {"out", "out.work"}) + [
            str(path) for path in Path(self.work).rglob("*")
            if path.name.startswith(".") or path.is_file() and not path.name.endswith(kinds)]
        if left:
            self.fail(f"left behind: {' '.join(left)}")
        now = self.records()
        for snapshot in self.snapshots:
            changed = [str(path) for path, status in snapshot.items() if now.get(path) != status]
            self.log(f"of {len(snapshot)} records at a kill of the driver, {len(changed)} were written again")
            if len(changed) > 3 * SLOTS:
                self.fail(f"done again: {' '.join(changed)}")

    def main(self):
        self.reference()
        self.machines()
        calm = self.run([])
        self.again.clear()
        seconds = self.run([(at if at == int(at) else at + self.random.uniform(-0.05, 0.05), kind)
                            for kind in self.options.faults for at in FAULTS[kind]])
        events = ", ".join(f"{number} {kind}" for kind, number in self.events.items())
        again = ", ".join(f"{number} × {reason}" for reason, number in self.again.items())
        print(f"ray: {self.photos:,} photos in {self.options.archives} archives, faults: {events or 'none'}; to be done "
              f"again: {again or 'none'}; {seconds:.0f} s, without faults {calm:.0f} s, one command "
              f"{self.expected['seconds']:.0f} s; seed {self.options.seed}: {self.failures} failures")
        sys.exit(1 if self.failures else 0)


def words(text):
    return text.split()


def must(*arguments):
    result = subprocess.run([str(word) for word in arguments], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"ray: {' '.join(result.args)}: exit {result.returncode}: {result.stderr}")


def ray_program():
    return str(Path(sys.executable).parent / "ray")


def network(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return None


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def processes():
    """Those that run, with arguments: (pid, words)."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
        except OSError:
            continue
        if len(line) > 1:
            yield int(name), line


def clear(folder):
    for path in Path(folder).iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def grow(path, free):
    """Makes a file as large as its disk allows."""
    with open(path, "ab") as file:
        for block in (1 << 26, 1 << 20, 1 << 12):
            while (disk := os.statvfs(path)) and free(disk) * disk.f_frsize >= block:
                try:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, block)
                except OSError:
                    break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prep", metavar="PREP", type=os.path.realpath, help="the program")
    parser.add_argument("--archives", type=int, default=64, help="how many (default: 64)")
    parser.add_argument("--photos", type=int, default=200, help="of an archive (default: 200)")
    parser.add_argument("--faults", type=lambda text: list(filter(None, text.split(","))),
                        default=["worker", "node", "driver", "disk"], help="kinds of faults (default: all but power)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6),
                        help="of all random choices (default: a new one)")
    parser.add_argument("--scratch", type=os.path.abspath, help="folder to work in (default: a temporary one)")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return Cluster(options, options.inside).main()
    missing = [name for name in ("ip", "unshare", "nsenter", "setpriv", "mkfs.ext4") if not shutil.which(name)]
    if os.geteuid() != 0 or missing or not os.path.exists(ray_program()) or not set(options.faults) <= set(FAULTS):
        parser.error(f"needs root, a Python that has ray, and known faults {' '.join(['and', *missing]) * bool(missing)}")
    print(f"ray: seed {options.seed}", flush=True)
    base = options.scratch or tempfile.mkdtemp(prefix="prep-ray-")
    os.makedirs(base, exist_ok=True)
    scratch, status = tempfile.mkdtemp(prefix="run-", dir=base), 130
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # The rest lives in namespaces whose first process is this program once more.
    process = subprocess.Popen(
        [*words("setpriv --pdeathsig KILL nice unshare --mount --net --pid --fork --kill-child --mount-proc"),
         sys.executable, *sys.argv, "--seed", str(options.seed), "--inside", scratch], start_new_session=True)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        process.kill()
        process.wait()
        if status in (0, 130):
            shutil.rmtree(scratch if options.scratch else base)
        else:
            print(f"ray: the logs are in {scratch}")
    sys.exit(status)


main()
