#!/usr/bin/env python3
"""Submits the job scripts of scripts/cluster to a Slurm of its own on this machine, and compares what they leave behind.

    slurm.py PROGRAM [--only NAME] [--keep]

Starts munged, slurmctld and slurmd (Debian: munge slurmctld slurmd slurm-client, or `scripts/setup cluster`) with a folder,
keys and ports of their own, and ends them; nothing of a Slurm that is there already is touched. Needs root, as slurmd does.
Takes about ten minutes, since the shortest time limit is one. Exit status 0 if all holds, 77 if something is not installed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "cluster"
NEEDED = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "scontrol", "srun")
ENDED = {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY"}

# Beyond the shortest time limit, a minute, on one processor: {duration} is measured.
NETWORK = """
experiment: {{name: net, duration: {duration} ms, seed: 2}}
populations:
  exc: {{model: lif_psc_exp, size: 1600, initial: {{v_m: {{uniform: [-70 mV, -55 mV]}}}}}}
  inh: {{model: lif_psc_exp, size: 400, initial: {{v_m: {{uniform: [-70 mV, -55 mV]}}}}}}
  drive: {{model: poisson, params: {{rate: 12 kHz}}}}
projections:
  - {{from: drive, to: all, weight: 35 pA, delay: 1 ms}}
  - {{from: inh, to: all, connect: {{rule: fixed_indegree, indegree: 20}}, weight: -150 pA, delay: 1 ms}}
  - name: learned
    from: exc
    to: exc
    connect: {{rule: fixed_indegree, indegree: 80}}
    weight: {{normal: [15 pA, 3 pA]}}
    delay: {{uniform: [1 ms, 4 ms]}}
    plasticity: {{rule: stdp_pair, params: {{w_max: 30 pA}}}}
  - {{from: exc, to: inh, connect: {{rule: fixed_indegree, indegree: 80}}, weight: 15 pA, delay: 1 ms}}
record: [{{spikes: all}}, {{weights: learned}}]
"""

SWEEP = """
experiment: {name: points, duration: 200 ms}
populations:
  n: {model: lif_psc_exp, size: 10}
  input: {model: spike_list, size: 1, spikes: {file: a.txt}}
projections: [{from: input, to: n, connect: {rule: all_to_all}, weight: 900 pA, delay: 1 ms}]
record: [{spikes: n}]
sweep:
  grid:
    populations.n.params.tau_m: [10 ms, 15 ms, 20 ms]
    populations.input.spikes.file: [a.txt, late.txt]
"""


class Failure(Exception):
    pass


def free_port():
    with socket.socket() as listener:
        listener.bind(("", 0))
        return listener.getsockname()[1]


class Slurm:
    """A controller and a daemon for one node: this machine."""

    def __init__(self, folder):
        self.folder, self.daemons = folder, []
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        self.environment["PATH"] = os.environ["PATH"] + ":/usr/sbin:/sbin"
        for name in ("munge", "state", "spool"):
            (folder / name).mkdir(mode=0o700 if name == "munge" else 0o755)

    def start(self):
        munge = self.folder / "munge"
        self.command("mungekey", "--create", f"--keyfile={munge}/key")
        # Anyone may reach the socket, as Slurm demands; the key is root's.
        munge.chmod(0o711)
        self.daemon("munged", "--foreground", f"--key-file={munge}/key", f"--socket={munge}/socket",
                    f"--pid-file={munge}/pid", f"--seed-file={munge}/seed", f"--log-file={munge}/log", "--force")
        self.wait_for("munged", lambda: (munge / "socket").exists())
        self.write_settings()
        self.daemon("slurmctld", "-D", "-c")
        self.wait_for("slurmctld", lambda: "UP" in self.command("scontrol", "ping", check=False))
        self.daemon("slurmd", "-D")
        self.wait_for("slurmd", lambda: "idle" in self.command("sinfo", "-h", "-o", "%T", check=False))

    def write_settings(self):
        here = socket.gethostname().split(".")[0]
        processors = len(os.sched_getaffinity(0))
        folder = self.folder
        (folder / "cgroup.conf").write_text("")
        (folder / "slurm.conf").write_text(f"""
ClusterName=spikeloom
SlurmctldHost={here}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
# How long a requeued job waits, too.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
MinJobAge=3600
KillWait=5
SchedulerParameters=sched_interval=1,bf_interval=1
NodeName={here} NodeAddr=127.0.0.1 CPUs={processors} RealMemory=1000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
""")

    def daemon(self, *words):
        log = open(self.folder / f"{words[0]}.out", "wb")
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdout=log, stderr=log, cwd=self.folder))

    def wait_for(self, name, ready):
        end = time.monotonic() + 60
        while not ready():
            if self.daemons[-1].poll() is not None or time.monotonic() > end:
                said = (self.folder / f"{name}.out").read_text(errors="replace")
                raise Failure(f"{name} did not start:\n{said}")
            time.sleep(0.2)

    def stop(self):
        self.command("scancel", "--user=root", "--signal=KILL", check=False)
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def command(self, *words, cwd=None, check=True):
        done = subprocess.run(words, env=self.environment, cwd=cwd, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(map(str, words))} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def submit(self, cwd, *words):
        return self.command("sbatch", "--parsable", *map(str, words), cwd=cwd).strip().split(";")[0]

    def job(self, number):
        """What the controller says of a job; of an array: a list with one for each task."""
        text = self.command("scontrol", "show", "job", number, "--oneliner")
        return [dict(re.findall(r"(\w+)=(\S*)", line)) for line in text.splitlines() if line.strip()]

    def wait(self, number, seconds=600):
        end = time.monotonic() + seconds
        while True:
            tasks = self.job(number)
            if all(task["JobState"] in ENDED for task in tasks):
                return tasks
            if time.monotonic() > end:
                raise Failure(f"job {number} did not end: {tasks}")
            time.sleep(0.5)


class Trial:
    """A folder with an experiment, its uninterrupted run, and jobs that are to end in the same."""

    def __init__(self, program, slurm, folder):
        self.program, self.slurm, self.folder = program, slurm, folder
        folder.mkdir()
        slurm.environment["PATH"] = f"{program.parent}:{slurm.environment['PATH']}"
        begin = time.monotonic()
        self.write_network(1000)
        self.spikeloom("run", "net.yaml", "--out", "paced", "--threads", "1", "--quiet", "--no-report")
        pace = (time.monotonic() - begin) / 1000  # seconds per ms
        self.write_network(round(110 / pace))
        self.reference = None

    def write_network(self, duration):
        (self.folder / "net.yaml").write_text(NETWORK.format(duration=duration))

    def spikeloom(self, *words, check=True):
        done = subprocess.run([self.program, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise Failure(f"spikeloom {' '.join(map(str, words))} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def submit(self, *words):
        return self.slurm.submit(self.folder, "--output=job-%A_%a.log", *words)

    def log(self, number):
        return "".join(path.read_text() for path in sorted(self.folder.glob(f"job-{number}_*.log")))

    def run_file(self, out):
        return json.loads((self.folder / out / "run.json").read_text())

    def states(self, number):
        return [(task["JobState"], task["ExitCode"], f"restarts: {task['Restarts']}") for task in self.slurm.job(number)]

    def require(self, holds, what, number=None):
        if not holds:
            raise Failure(what if number is None else f"{what}\n{self.states(number)}\n{self.log(number)}")

    def require_equal(self, out):
        if self.reference is None:
            self.spikeloom("run", "net.yaml", "--out", "whole", "--threads", "2", "--quiet", "--no-report")
            self.reference = self.run_file("whole")["state_hash"]
        self.require(self.spikeloom("diff", "whole", out).strip() == "identical", f"{out} differs")
        self.require(self.run_file(out)["state_hash"] == self.reference, f"{out} has another hash")

    # ---- the scripts ------------------------------------------------------------------------------------------------

    def one_node(self):
        """A time limit stops the job in time; the same command goes on; threads are those of the allocation."""
        words = ("--cpus-per-task=1", "--time=1", SCRIPTS / "node.sbatch", "net.yaml", "node")
        number = self.submit(*words)
        task = self.slurm.wait(number)[0]
        self.require(task["ExitCode"] == "75:0", "the time limit did not stop the run in time", number)
        self.require("stopped" in self.spikeloom("status", "node"), "status does not say that it was stopped")
        self.require(self.run_file("node")["threads"] == 1, "the run did not take the threads of its allocation")
        stopped_at = self.run_file("node")["simulated_ms"]
        number = self.submit("--cpus-per-task=2", "--time=5", *words[2:])
        task = self.slurm.wait(number)[0]
        self.require(task["JobState"] == "COMPLETED", "the second job did not end well", number)
        self.require(self.run_file("node")["threads"] == 2, "the second job did not take its two threads")
        self.require_equal("node")
        return f"stopped at {stopped_at:.0f} ms by its limit, went on with two threads"

    def affinity(self):
        """Without --threads, a run takes the processors that it is bound to."""
        number = self.submit("--cpus-per-task=1", "--time=1", "--wrap",
                             "srun spikeloom run net.yaml --set experiment.duration='10 ms' --out bound --quiet")
        self.require(self.slurm.wait(number)[0]["JobState"] == "COMPLETED", "the job failed", number)
        self.require(self.run_file("bound")["threads"] == 1, "the run took more threads than it is bound to")
        return "one processor, one thread"

    def queued_again(self):
        """A job that is signalled before its limit queues itself again until the run is done."""
        number = self.submit("--cpus-per-task=1", "--time=1", "--signal=TERM@30", SCRIPTS / "survivor.sbatch", "net.yaml",
                             "survivor")
        task = self.slurm.wait(number)[0]
        self.require(task["JobState"] == "COMPLETED" and int(task["Restarts"]) >= 1, "it did not queue itself again", number)
        self.require_equal("survivor")
        again = self.submit("--cpus-per-task=1", "--time=1", SCRIPTS / "survivor.sbatch", "net.yaml", "survivor")
        self.require(self.slurm.wait(again)[0]["JobState"] == "COMPLETED", "a run that is done did not end at once", again)
        self.require_equal("survivor")
        return f"{task['Restarts']} restarts"

    def lost_node(self):
        """A job that is killed outright, and started again by the controller, goes on from its last checkpoint."""
        number = self.submit("--cpus-per-task=1", "--time=5", SCRIPTS / "survivor.sbatch", "net.yaml", "lost")
        step = self.folder / "lost" / "checkpoints"
        end = time.monotonic() + 120
        while time.monotonic() < end and not any(step.glob("state-*")):
            time.sleep(0.2)
        time.sleep(5)
        process = self.process_of("lost")
        os.kill(process, 10)  # SIGUSR1: a checkpoint
        time.sleep(3)
        self.slurm.command("scancel", "--batch", "--signal=KILL", number)  # the script, then
        os.kill(process, 9)
        self.slurm.wait(number)
        number = self.submit("--cpus-per-task=2", "--time=5", SCRIPTS / "survivor.sbatch", "net.yaml", "lost")
        self.require(self.slurm.wait(number)[0]["JobState"] == "COMPLETED", "it did not go on", number)
        self.require("goes on from" in self.log(number), "it began again instead of going on", number)
        self.require_equal("lost")
        return "went on from its checkpoint"

    def process_of(self, out):
        found = subprocess.run(["pgrep", "-f", "-x", f"(/.*/)?spikeloom (run|resume) .*{out}.*"], capture_output=True, text=True)
        self.require(found.stdout.split(), f"no process of {out} was found")
        return int(found.stdout.split()[0])

    def ranks(self):
        """Two ranks that srun starts, signalled and queued again."""
        number = self.submit("--nodes=1", "--ntasks-per-node=2", "--cpus-per-task=1", "--time=1", "--signal=TERM@30",
                             SCRIPTS / "ranks.sbatch", "net.yaml", "ranks")
        task = self.slurm.wait(number)[0]
        self.require(task["JobState"] == "COMPLETED", "the job of two ranks failed", number)
        run = self.run_file("ranks")
        self.require(run["ranks"] == 2 and run["threads"] == 1, f"{run['ranks']} ranks of {run['threads']} threads", number)
        self.require_equal("ranks")
        return f"two ranks, {task['Restarts']} restarts"

    def sweep(self):
        """An array with points that fail: the table names them, the same array runs only those."""
        (self.folder / "sweep.yaml").write_text(SWEEP)
        (self.folder / "a.txt").write_text("20 0\n60 0\n")
        words = ("--array=0-5", "--cpus-per-task=1", "--time=1", SCRIPTS / "sweep.sbatch", "sweep.yaml", "sweep")
        number = self.submit(*words)
        states = {int(task["ArrayTaskId"]): task["JobState"] for task in self.slurm.wait(number)}
        wanted = {index: "FAILED" if index % 2 else "COMPLETED" for index in range(6)}
        self.require(states == wanted, f"the array ended with {states}", number)
        said = self.spikeloom("sweep", "sweep.yaml", "--out", "sweep", "--collect")
        self.require("3 of 6 runs done" in said and "1 (failed), 3 (failed), 5 (failed)" in said, f"the table says: {said}")
        done_before = {index: self.written(index) for index in (0, 2, 4)}

        (self.folder / "late.txt").write_text("20 0\n90 0\n")
        number = self.submit(*words)
        self.require(all(task["JobState"] == "COMPLETED" for task in self.slurm.wait(number)), "the array failed", number)
        said = self.spikeloom("sweep", "sweep.yaml", "--out", "sweep", "--collect")
        self.require("6 of 6 runs done" in said, f"the table says: {said}")
        self.require(all(self.written(index) == when for index, when in done_before.items()), "runs that were done ran again")
        return "3 of 6 points failed, those alone ran again"

    def long_sweep(self):
        """Points that their time limit stops: the same array again goes on with them."""
        (self.folder / "long.yaml").write_text((self.folder / "net.yaml").read_text() + "sweep: {grid: {experiment.seed: [2, 3]}}\n")
        words = ("--array=0-1", "--cpus-per-task=1", SCRIPTS / "sweep.sbatch", "long.yaml", "long")
        number = self.submit("--time=1", *words)
        codes = [task["ExitCode"] for task in self.slurm.wait(number)]
        self.require(codes == ["75:0"] * 2, f"the points ended with {codes} instead of 75", number)
        said = self.spikeloom("sweep", "long.yaml", "--out", "long", "--collect")
        self.require("0 of 2 runs done" in said and "0 (stopped), 1 (stopped)" in said, f"the table says: {said}")
        stopped_at = [self.run_file(f"long/points/{index:04}")["simulated_ms"] for index in range(2)]

        number = self.submit("--time=5", *words)
        self.require(all(task["JobState"] == "COMPLETED" for task in self.slurm.wait(number)), "the points did not end", number)
        for index in range(2):
            self.require(f"run {index} goes on from its checkpoint" in self.log(number), f"point {index} began again", number)
        self.require_equal("long/points/0000")
        return f"2 points stopped at {' and '.join(f'{at:.0f} ms' for at in stopped_at)} by their limit, went on"

    def written(self, index):
        return (self.folder / "sweep" / "points" / f"{index:04}" / "run.json").stat().st_mtime_ns


TRIALS = ("affinity", "sweep", "long_sweep", "one_node", "queued_again", "ranks", "lost_node")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--only", choices=TRIALS, action="append")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs")
    options = parser.parse_args()
    missing = [name for name in NEEDED if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if missing or os.geteuid() != 0:
        print(f"skipped: {', '.join(missing) + ' missing; scripts/setup cluster installs them' if missing else 'needs root'}")
        sys.exit(77)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="spikeloom_slurm_"))
    slurm = Slurm(folder)
    with contextlib.ExitStack() as cleaning:
        if not options.keep:
            cleaning.callback(shutil.rmtree, folder, ignore_errors=True)
        cleaning.callback(slurm.stop)
        try:
            slurm.start()
            trial = Trial(options.program.resolve(), slurm, folder / "jobs")
            for name in options.only or TRIALS:
                print(f"{name}: {getattr(trial, name)()}", flush=True)
        except Failure as failure:
            sys.exit(f"{failure}\nlogs: {folder if options.keep else 'run again with --keep'}")


if __name__ == "__main__":
    main()
