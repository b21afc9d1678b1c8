#!/usr/bin/env python3
"""Stops, kills and resumes runs of the program in every way, and compares their results with the uninterrupted run's.

    resume.py PROGRAM [--kills N] [--seed S] [--length L] [--ranks R] [--launcher WORDS] [--experiment NAME]

Each experiment runs once without interruption. Then runs of it are ended by SIGTERM, Ctrl-C, a time limit, and N times
by `kill -9`, each of them again when it resumes: at a random moment, or while a checkpoint is on its way to its name, or the
merged results are. They are resumed with other numbers of threads until they are done, and compared by `spikeloom diff`
and the state hash. Exit status 0 if all are equal; what the kills have hit is told by what they left. With a few kills it
takes seconds; by hand, --kills 50 --length 4.

With --ranks, each experiment runs on 1 to R ranks of one and two threads too, with the same results, and every run that is
stopped, killed or resumed has as many ranks as chance wants. Signals reach one rank, or all; SIGKILL too. --launcher is what
starts ranks, up to their number: "mpirun.mpich -n" for MPICH.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PLASTIC = """
experiment: {name: plastic, duration: %s, resolution: 0.5 ms, seed: 3}
populations:
  exc: {model: lif_psc_exp, size: 400, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  inh: {model: lif_psc_exp, size: 100, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  drive: {model: poisson, params: {rate: 12 kHz}}
modulators:
  dopamine: {tau: 100 ms, from: [{spikes: inh, amount: 0.0005, delay: 2 ms}, {poisson: 20 Hz, amount: 0.001}]}
projections:
  - {from: drive, to: [exc, inh], weight: 35 pA, delay: 1 ms}
  - {from: inh, to: [exc, inh], connect: {rule: fixed_indegree, indegree: 15}, weight: -60 pA, delay: 1 ms}
  - name: pairs
    from: exc
    to: exc
    connect: {rule: fixed_indegree, indegree: 40}
    weight: {normal: [15 pA, 3 pA]}
    delay: {uniform: [1 ms, 8 ms]}
    plasticity: {rule: stdp_pair, params: {dependence: multiplicative, w_max: 40 pA, scaling_rate: 20 Hz}}
  - name: rewarded
    from: exc
    to: exc
    connect: {rule: fixed_outdegree, outdegree: 20}
    weight: 10 pA
    delay: {uniform: [1 ms, 4 ms]}
    plasticity: {rule: stdp_dopamine, modulator: dopamine, params: {a_plus: 5 pA, a_minus: 6 pA, w_max: 60 pA}}
  - {name: tiring, from: exc, to: inh, connect: {rule: fixed_indegree, indegree: 40}, weight: 20 pA, delay: 1 ms,
     plasticity: {rule: short_term}}
record:
  - {spikes: all}
  - {rates: exc, bin: 5 ms}
  - {state: v_m, of: exc, neurons: 0..9, every: 1 ms}
  - {weights: pairs, every: 150 ms}
  - {modulators: dopamine, every: 2.5 ms}
run: {checkpoint: {every: 100 ms}}
"""

DELAYS = """
experiment: {name: delays, duration: %s, resolution: 0.5 ms, seed: 4}
populations:
  exc: {model: lif_psc_exp, size: 300, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  drive: {model: poisson, params: {rate: 9 kHz}}
projections:
  - {from: drive, to: exc, weight: 45 pA, delay: 1 ms}
  - {name: learned, from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 30}, weight: {uniform: [10 pA, 30 pA]},
     delay: {uniform: [1 ms, 12 ms]}, plasticity: {rule: delay_stdp, params: {w_max: 60 pA}}}
  - {name: bundle, from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 5}, weight: 20 pA, delay: 1 ms,
     plasticity: {rule: myelin, params: {tau_min: 3 ms, tau_max: 12 ms, tau_nom: 6 ms, segments: 3}}}
record: [{spikes: all}, {weights: learned, every: 200 ms}]
run: {checkpoint: {every: 100 ms}}
"""

MICROCIRCUIT = """
experiment: {name: microcircuit, seed: 1, duration: %s, resolution: 0.1 ms}
module: {name: cortical_microcircuit, params: {scale: 0.02, input: poisson}}
record: [{spikes: all}, {rates: [L23E, L5E], bin: 5 ms}]
run: {checkpoint: {every: 50 ms}}
"""

BALANCED = """
experiment: {name: balanced, seed: 1, duration: %s, resolution: 0.1 ms}
defaults:
  population:
    model: lif_psc_alpha
    params: {c_m: 250 pF, tau_m: 10 ms, t_ref: 0.5 ms, e_l: 0 mV, v_th: 20 mV, v_reset: 0 mV, tau_syn_ex: 0.3258 ms,
             tau_syn_in: 0.3258 ms}
    initial: {v_m: {normal: [5.7 mV, 7.2 mV]}}
  projection: {delay: 1.5 ms}
populations: {exc: {size: 900}, inh: {size: 225}, drive: {model: poisson, params: {rate: 20.8562 kHz}}}
projections:
  - {name: learned, from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 90}, weight: 45.613 pA,
     plasticity: {rule: stdp_pair, params: {dependence: power_law, lambda: 0.1, mu: 0.4, alpha: 0.0513, tau_plus: 15 ms,
                                            tau_minus: 30 ms, w_0: 1 pA}}}
  - {from: inh, to: [exc, inh], connect: {rule: fixed_indegree, indegree: 22}, weight: -228.065 pA}
  - {from: drive, to: [exc, inh], weight: 45.613 pA}
record: [{spikes: all}, {rates: [exc, inh], bin: 1 ms}]
run: {checkpoint: {every: 50 ms}}
"""

EXACT = """
experiment: {name: exact, duration: %s, resolution: 0.1 ms, timing: exact, seed: 4}
populations:
  exc: {model: lif_psc_exp, size: 300, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  spiking: {model: izhikevich, size: 50, params: {scheme: accurate}}
  drive: {model: poisson, params: {rate: 4 kHz}}
projections:
  - {from: drive, to: exc, weight: 70 pA, delay: 1 ms}
  - {from: drive, to: spiking, weight: 1, delay: 1 ms}
  - {from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 30}, weight: 20 pA, delay: {uniform: [1 ms, 12 ms]}}
record: [{spikes: all}]
run: {checkpoint: {every: 100 ms}}
"""

TRAINING = """
experiment: {name: training, seed: 1}
module: {name: eventprop_network, params: {hidden: [20], tau_m: 10 ms, readout: spiking, loss: ttfs, delays: synaptic,
                                           w_input: [3, 2], eta: 0.03}}
protocol: {name: yin_yang, params: {epochs: %s, train_samples: 400, validation_samples: 50, test_samples: 50,
                                    duration: 60 ms}}
"""

WHAT_WHEN = """
experiment: {name: what_when, seed: 1}
module: {name: what_when_reservoir}
protocol: {name: meet, params: {seeds: 1, experiments: [switching], block: %s}}
"""

DRAWING = """
experiment: {name: drawing, seed: 2}
module: {name: eprop_network, params: {neurons: 100, feedback: adaptive, half_life: 100}}
protocol: {name: pattern_generation, params: {trials: %s, duration: 1 s}}
"""

RECALL = """
experiment: {name: recall, seed: 1}
module: {name: associative_memory}
protocol: {name: recall, params: {draws: %s, capacity_lengths: [16, 64, 256]}}
"""

DETECTION = """
experiment: {name: detection, seed: 1}
module: {name: delay_detector}
protocol: {name: pattern_detection, params: {presentations: %s, seeds: 3}}
"""

# Text, and how long it is: some tenths of a second of wall time; of protocols, whose checkpoints are a second apart, some
# seconds.
EXPERIMENTS = {
    "plastic": (PLASTIC, 900, " ms"),
    "delays": (DELAYS, 1200, " ms"),
    "microcircuit": (MICROCIRCUIT, 800, " ms"),
    "balanced": (BALANCED, 600, " ms"),
    "exact": (EXACT, 1500, " ms"),
    "training": (TRAINING, 120, ""),
    "what_when": (WHAT_WHEN, 20, ""),
    "drawing": (DRAWING, 200, ""),
    "recall": (RECALL, 20, ""),
    "detection": (DETECTION, 500, ""),
    "brief": (PLASTIC, 240, " ms"),  # for faults.py
}
NETWORKS = ("plastic", "delays", "microcircuit", "balanced", "exact")
PROTOCOLS = ("training", "what_when", "drawing", "recall", "detection")
DONE, WRONG, STOPPED = 0, 65, 75
LAUNCHER = "mpirun -q --oversubscribe -n"  # Open MPI's


class Failure(Exception):
    pass


class Trial:
    """One experiment in a folder of its own, and its uninterrupted run."""

    def __init__(self, program, folder, name, length, most_ranks, chance, launcher=LAUNCHER):
        self.program, self.folder, self.name = program, folder / name, name
        self.most_ranks, self.chance, self.launcher = 1, chance, launcher.split()
        self.folder.mkdir()
        text, duration, unit = EXPERIMENTS[name]
        (self.folder / "net.yaml").write_text(text % f"{duration * length}{unit}")
        begin = time.monotonic()
        self.finish(self.start("run", "whole", 1))
        self.seconds = time.monotonic() - begin
        self.hash = self.state_hash("whole")
        self.most_ranks = most_ranks

    def start(self, command, out, threads, *more, ranks=None, more_environment=None):
        what = ["net.yaml", "--out", out] if command == "run" else [out]
        arguments = [self.program, command, *what, "--threads", str(threads), "--quiet", "--no-report", *more]
        ranks = ranks or self.chance.randint(1, self.most_ranks)
        if ranks > 1:
            arguments = [*self.launcher, str(ranks), *arguments]
        # Without restored signals mpirun ignores SIGPIPE, which its messages to killed ranks otherwise now and then end it by.
        process = subprocess.Popen(arguments, cwd=self.folder, stderr=subprocess.PIPE, text=True, restore_signals=False,
                                   env=os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} |
                                   (more_environment or {}))
        process.ranks = ranks
        return process

    def signal(self, process, what):
        """To the program, or to one or all of its ranks."""
        if process.ranks == 1:
            return process.send_signal(what)
        found = self.ranks_below(process.pid)
        for rank in found if self.chance.random() < 0.5 else found[:1]:
            try:
                os.kill(rank, what)
            except ProcessLookupError:
                pass  # it has ended meanwhile
        if not found:
            process.send_signal(what)

    def ranks_below(self, launcher):
        """Processes of the program that a launcher has started, or its helpers have."""
        children = subprocess.run(["pgrep", "-P", str(launcher)], capture_output=True, text=True).stdout.split()
        found = []
        for child in map(int, children):
            try:
                is_rank = os.readlink(f"/proc/{child}/exe") == str(self.program)
            except OSError:
                continue  # it has ended meanwhile
            found += [child] if is_rank else self.ranks_below(child)
        return found

    def on_ranks(self):
        for ranks in range(1, self.most_ranks + 1):
            for threads in (1, 2):
                self.finish(self.start("run", "ranks", threads, ranks=ranks))
                self.compare("ranks")

    @staticmethod
    def last_words(process):
        """What a process said until its end. A launcher that survives its ranks (PMIx 4.2 may, in its own clean-up) is killed."""
        lonely = 0
        while True:
            try:
                return process.communicate(timeout=5)[1]
            except subprocess.TimeoutExpired:
                alive = subprocess.run(["pgrep", "-P", str(process.pid), "-r", "R,S,D"], capture_output=True).returncode == 0
                lonely = 0 if alive or process.ranks == 1 else lonely + 1
                if lonely == 3:
                    process.kill()

    def finish(self, process, wanted=(DONE,)):
        words = self.last_words(process)
        if process.returncode not in wanted:
            raise Failure(f"{self.name}: {process.args[1]} ended with {process.returncode}: {words}")
        return process.returncode

    def state_hash(self, out):
        return json.loads((self.folder / out / "run.json").read_text())["state_hash"]

    def compare(self, out):
        diff = subprocess.run([self.program, "diff", "whole", out], cwd=self.folder, capture_output=True, text=True)
        if diff.returncode != 0 or self.state_hash(out) != self.hash:
            raise Failure(f"{self.name}: {out} differs from the uninterrupted run:\n{diff.stdout}{diff.stderr}")
        left = [name for name in ("segments", "checkpoints") if (self.folder / out / name).exists()]
        if left:
            raise Failure(f"{self.name}: {out} is done and still holds {left}")
        shutil.rmtree(self.folder / out)

    def stopped_by(self, what, chance):
        """Ends a run kindly, several times, until it is done; each time with another number of threads."""
        out, threads, stops, patience = "stopped", 2, 0, 0.0
        process = self.start("run", out, threads)
        while True:
            patience += 0.05  # on a busy machine, too, some attempt gets somewhere
            time.sleep(0.3 * self.seconds * chance.random() + patience)
            self.signal(process, what)
            if self.finish(process, (DONE, STOPPED, *self.ended_by(process, what))) == DONE:
                break
            if process.returncode == STOPPED:  # not ended before it could hear
                stops += 1
                if not (self.folder / out).exists():  # while the network was being built
                    process = self.restart(out, threads)
                    continue
                status = subprocess.run([self.program, "status", out], cwd=self.folder, capture_output=True, text=True)
                goes_on = "spikeloom resume" in status.stdout
                if "stopped" not in status.stdout or goes_on != self.has_checkpoint(out):
                    raise Failure(f"{self.name}: status says {status.stdout}{status.stderr}")
            if not self.has_checkpoint(out):  # it begins again
                patience += 0.4 * self.seconds
            threads = threads % 3 + 1
            process = self.restart(out, threads)
        self.compare(out)
        return stops

    @staticmethod
    def ended_by(process, what):
        """Exit codes of a process that a signal ended before it could hear; a launcher has some of its own."""
        return (-what,) if process.ranks == 1 else (-what, 128 + what, what, what | STOPPED, 1, -signal.SIGKILL)

    def has_checkpoint(self, out):
        return bool(self.files(out, "checkpoints/state-*"))

    def files(self, out, pattern):
        try:
            return list((self.folder / out).glob(pattern))
        except FileNotFoundError:  # a run that ends takes folders away while they are being listed
            return []

    def restart(self, out, threads):
        if self.has_checkpoint(out):
            return self.start("resume", out, threads)
        return self.start("run", out, threads, "--overwrite")

    def asked_for_checkpoints(self):
        if self.name in PROTOCOLS:
            return
        process = self.start("run", "asked", 1)
        for _ in range(5):
            time.sleep(0.15 * self.seconds)
            if (self.folder / "asked" / "checkpoints").exists():  # it listens
                self.signal(process, signal.SIGUSR1)
        self.finish(process)
        self.compare("asked")

    def limited(self):
        for text in ("soon", "5", "01:xx:00", "-1 h"):
            self.finish(self.start("run", "limited", 1, f"--max-walltime={text}"), (WRONG,))
        self.finish(self.start("run", "limited", 1, "--max-walltime=1-00:00:10"))
        self.compare("limited")
        limit = max(1, round(600 * self.seconds))
        wanted = self.finish(self.start("run", "limited", 1, "--max-walltime", f"{limit} ms"), (DONE, STOPPED))
        if wanted == STOPPED:
            self.finish(self.restart("limited", 2))
        self.compare("limited")

    def wait_for_moment(self, process, out, longest, chance):
        """Until a random moment, or until a checkpoint or the merged results are being written, and a little longer."""
        aim = chance.choice(("", "", "checkpoints/.state-*.partial", ".results.h5.partial"))
        if not aim:
            return time.sleep(longest * chance.random())
        passed_over = chance.randint(0, 3) if "state" in aim else 0
        seen, last = 0, None
        while process.poll() is None:
            found = next(iter(self.files(out, aim)), None)
            seen += found is not None and found != last
            last = found
            if seen > passed_over:
                return time.sleep(0.004 * chance.random())
            time.sleep(0.0005)
        return None

    def moment_of(self, out):
        """What the kill has hit, by what it left."""
        folder = self.folder / out
        if any(folder.glob("checkpoints/.state-*.partial")):
            return "checkpoint"
        if (folder / ".results.h5.partial").exists():
            return "merge"
        done = (folder / "run.json").exists() and '"state": "done"' in (folder / "run.json").read_text()
        return "end" if done else "run" if (folder / "run.json").exists() else "begin"

    def killed(self, chance, moments):
        """Kills a run, then what resumes it, then lets it end. Counts what was caught alive by its moment."""
        out = "killed"
        process = self.start("run", out, chance.randint(1, 3))
        for share in (1.1, 0.6):
            self.wait_for_moment(process, out, share * self.seconds, chance)
            self.signal(process, signal.SIGKILL)
            self.last_words(process)
            if process.returncode in self.ended_by(process, signal.SIGKILL):
                moments[self.moment_of(out)] += 1
            checked = self.folder / out / "run.json"
            if checked.exists():
                whole = subprocess.run([self.program, "check", out], cwd=self.folder, capture_output=True, text=True)
                if whole.returncode != 0:
                    raise Failure(f"{self.name}: a kill left damaged files:\n{whole.stdout}{whole.stderr}")
            process = self.restart(out, chance.randint(1, 3))
        self.finish(process)
        self.compare(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=2, help="per experiment; each is killed again when it resumes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=1, help="so many times as long")
    parser.add_argument("--ranks", type=int, default=1, help="at most; several are started by the launcher")
    parser.add_argument("--launcher", default=LAUNCHER)
    parser.add_argument("--experiment", choices=EXPERIMENTS, action="append", help="those of networks, if none is named")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="spikeloom_resume_") as folder:
        for name in options.experiment or NETWORKS:
            try:
                trial = Trial(options.program.resolve(), pathlib.Path(folder), name, options.length, options.ranks, chance,
                              options.launcher)
                if options.ranks > 1:
                    trial.on_ranks()
                stops = trial.stopped_by(signal.SIGTERM, chance) + trial.stopped_by(signal.SIGINT, chance)
                trial.asked_for_checkpoints()
                trial.limited()
                moments = collections.Counter()
                for _ in range(options.kills):
                    trial.killed(chance, moments)
            except Failure as failure:
                sys.exit(str(failure))
            where = ", ".join(f"{count} in {moment}" for moment, count in sorted(moments.items()))
            print(f"{name}: equal after {stops} stops and {moments.total()} kills ({where}; {trial.seconds:.1f} s each)",
                  flush=True)


if __name__ == "__main__":
    main()
