#!/usr/bin/env python3
"""Runs cluster/slurm/prepare.sh on a Slurm cluster of this machine alone, which it starts and stops.

    python3 Tests/Clusters/slurm.py PREP INPUT… [--parts 7] [--scratch FOLDER] [--again]

Needs root and Debian's slurm-wlm and munge. The daemons live in namespaces of their own, so that nothing of the machine is
in their way, and end with this program, even if it is killed.

- the dataset verifies and has the digest of `prep kaggle` with the same inputs: a task for each part, and in bundles of three;
- run again over what is done, all jobs end well and no file is written again;
- with --again: the same, with a program whose first try of every third task ends with status 75. That takes minutes, since
  Slurm waits two before it begins a requeued task again.
- nothing is left: no temporary or hidden file in output and work folder, nothing beside them, no process of prep.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Attacks"))
from common import digest, foreign_files  # noqa: E402

DAEMONS = ["munged", "slurmctld", "slurmd", "sbatch"]

CONFIGURATION = """
ClusterName=test
SlurmctldHost=node
NodeName=node CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=node Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={scratch}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=5,batch_sched_delay=1
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
StateSaveLocation={scratch}/state
SlurmdSpoolDir={scratch}/spool
SlurmctldPidFile={scratch}/slurmctld.pid
SlurmdPidFile={scratch}/slurmd.pid
SlurmctldLogFile={scratch}/slurmctld.log
SlurmdLogFile={scratch}/slurmd.log
"""

# A program that may succeed later: the first try of every third of its tasks fails.
FLAKY = """#!/usr/bin/env bash
number=$(cksum <<<"$*" | cut -d' ' -f1)
if [ $((number % 3)) = 0 ] && mkdir "{scratch}/tried-$number" 2>/dev/null; then exit 75; fi
exec "{prep}" "$@"
"""


class Slurm:
    def __init__(self, options):
        self.options, self.prep, self.scratch, self.failures = options, options.prep, options.inside, 0
        self.data = f"{self.scratch}/data"
        self.output, self.work = f"{self.data}/out", f"{self.data}/out.work"
        self.begin = time.monotonic()

    def log(self, text):
        print(f"{time.monotonic() - self.begin:8.1f} s  {text}", flush=True)

    def fail(self, text):
        self.failures += 1
        self.log(f"FAILURE {text}")

    def daemons(self):
        for name in ("state", "spool", "data"):
            os.mkdir(f"{self.scratch}/{name}")
        os.chmod(self.scratch, 0o755)
        Path(f"{self.scratch}/slurm.conf").write_text(CONFIGURATION.format(scratch=self.scratch))
        os.environ["SLURM_CONF"] = f"{self.scratch}/slurm.conf"
        # The name of the node leads to this namespace alone.
        Path(f"{self.scratch}/hosts").write_text("127.0.0.1 localhost\n10.77.1.1 node\n")
        must("mount", "--bind", f"{self.scratch}/hosts", "/etc/hosts")
        must("hostname", "node")
        # Slurm does not listen where there is no address but that of lo.
        for command in ("link set lo up", "link add net type bridge", "address add 10.77.1.1/24 dev net", "link set net up"):
            must("ip", *command.split())
        key = os.open(f"{self.scratch}/munge.key", os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(key, os.urandom(128))
        munge = f"{self.scratch}/munge"
        self.started = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=open(f"{self.scratch}/{command[0]}.txt", "w")) for command in (
            ["munged", "--foreground", "--force", f"--key-file={munge}.key", f"--socket={munge}.socket",
             f"--pid-file={munge}.pid", f"--log-file={munge}.log", f"--seed-file={munge}.seed"],
            ["slurmctld", "-D"], ["slurmd", "-D", "-N", "node"])]
        for _ in range(60):
            state = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True)
            if state.stdout.strip() == "idle":
                return self.log("the cluster is there")
            if any(daemon.poll() is not None for daemon in self.started):
                break
            time.sleep(0.5)
        sys.exit(f"slurm: the cluster does not start: {state.stdout}{state.stderr}")

    def prepare(self, what, program=None, **environment):
        """Runs prepare.sh and waits for its last job, or for one that fails."""
        start = time.monotonic()
        submitted = subprocess.run(
            [ROOT / "cluster" / "slurm" / "prepare.sh", "kaggle", self.output, str(self.options.parts), *self.options.inputs],
            capture_output=True, text=True, env={**os.environ, "PREP": program or self.prep, **environment})
        job = submitted.stdout.strip()
        if submitted.returncode != 0 or not job.isdigit():
            sys.exit(f"slurm: prepare.sh: {submitted.returncode} {submitted.stdout}{submitted.stderr}")
        while (state := self.state(job)) in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED"):
            if any(daemon.poll() is not None for daemon in self.started):
                sys.exit("slurm: a daemon has ended")
            time.sleep(0.5)
        if state != "COMPLETED":
            self.fail(f"{what}: the last job is {state}: {self.logs()}")
        jobs = sum(1 for line in must("scontrol", "-o", "show", "job").splitlines() if "Restarts=0" not in line)
        self.log(f"{what}: {state} after {time.monotonic() - start:.0f} s, tasks that were begun again so far: {jobs}")
        self.judge(what)

    def state(self, job):
        line = must("scontrol", "-o", "show", "job", job)
        return next(word.partition("=")[2] for word in line.split() if word.startswith("JobState="))

    def logs(self):
        return "; ".join(f"{path.name}: {text[-300:]}" for path in sorted(Path(self.work, "log").iterdir())
                         if "prep:" in (text := path.read_text()) or "error" in text)

    def judge(self, what):
        if not os.path.exists(self.output):
            return self.fail(f"{what}: there is no dataset")
        result = subprocess.run([self.prep, "verify", self.output], capture_output=True, text=True)
        if result.returncode != 0 or digest(self.output) != self.expected:
            self.fail(f"{what}: another digest: {digest(self.output)}, not {self.expected} {result.stderr}")
        left = foreign_files(self.output) + sorted(set(os.listdir(self.data)) - {"out", "out.work"}) + [
            str(path) for path in Path(self.work).rglob("*") if path.name.startswith(".") or path.name.endswith(".tmp")]
        if left:
            self.fail(f"{what}: left behind: {' '.join(left)}")
        if running := [path for path in Path("/proc").glob("[0-9]*/exe") if target(path) == self.prep]:
            self.fail(f"{what}: processes are left: {running}")

    def files(self):
        """The files of output and work folder, but not the logs."""
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in Path(self.data).rglob("*")
                if path.is_file() and path.parent.name != "log"}

    def main(self):
        reference = f"{self.scratch}/reference"
        must(self.prep, "kaggle", *self.options.inputs, "-o", reference)
        self.expected = digest(reference)
        self.log(f"one command: {self.expected[:8]}…")
        self.daemons()
        self.prepare(f"{self.options.parts} parts")
        before = self.files()
        self.prepare("run again")
        if written := sorted(path for path, status in self.files().items() if before.get(path) != status):
            self.fail(f"run again, it wrote {' '.join(written)}")
        clear(self.data)
        self.prepare("in bundles of three", BUNDLE="3")
        if self.options.again:
            clear(self.data)
            flaky = Path(f"{self.scratch}/flaky")
            flaky.write_text(FLAKY.format(scratch=self.scratch, prep=self.prep))
            flaky.chmod(0o755)
            self.prepare("with tasks that fail at first", str(flaky), PAUSE="1", BUNDLE="3")
        print(f"slurm: {len(self.options.inputs)} inputs in {self.options.parts} parts, digest {self.expected[:8]}…, "
              f"{time.monotonic() - self.begin:.0f} s: {self.failures} failures")
        sys.exit(1 if self.failures else 0)


def must(*words):
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"slurm: {' '.join(words)}: exit {result.returncode}: {result.stderr}")
    return result.stdout


def target(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def clear(folder):
    for path in Path(folder).iterdir():
        shutil.rmtree(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prep", metavar="PREP", type=os.path.realpath, help="the program")
    parser.add_argument("inputs", metavar="INPUT", nargs="+", type=os.path.realpath, help="archives and folders")
    parser.add_argument("--parts", type=int, default=7, help="parts of the inputs (default: 7)")
    parser.add_argument("--again", action="store_true", help="also with tasks that fail at first; takes minutes")
    parser.add_argument("--scratch", type=os.path.abspath, help="folder to work in (default: a temporary one)")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if options.inside:
        return Slurm(options).main()
    if os.geteuid() != 0 or not all(map(shutil.which, DAEMONS)):
        parser.error("needs root, and: apt-get install --no-install-recommends slurm-wlm munge")
    if options.scratch:
        os.makedirs(options.scratch, exist_ok=True)
    scratch, status = tempfile.mkdtemp(prefix="prep-slurm-", dir=options.scratch), 130
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # The rest lives in namespaces whose first process is this program once more.
    process = subprocess.Popen(
        [*"setpriv --pdeathsig KILL nice unshare --mount --net --pid --uts --fork --kill-child --mount-proc".split(),
         sys.executable, *sys.argv, "--inside", scratch], start_new_session=True)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        process.kill()
        process.wait()
        if status in (0, 130):
            shutil.rmtree(scratch)
        else:
            print(f"slurm: the logs are in {scratch}")
    sys.exit(status)


main()
