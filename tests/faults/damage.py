#!/usr/bin/env python3
"""Damages the files of runs in every way, and feeds them to every command that reads them.

    damage.py PROGRAM [--step BYTES] [--seed S] [--only PART] [--launcher WORDS]

Results, a checkpoint, a segment and run.json are cut short and have a bit flipped, in turn at every --step bytes (1024; the
bit is a random one of a random byte there); they are replaced by files of another kind, another version, another experiment.
What the program knows the bytes of must be refused, by words that name the file and say what to do; nothing may crash, hang
or end with an internal error, not even where results.h5 has come without the run.json that knows its bytes. With --launcher
("mpirun -n 2"), the parts of a checkpoint that several ranks wrote as well. Exit status 0 if all of it holds.
"""
import argparse
import ctypes
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py

NETWORK = """
experiment: {name: %s, duration: 400 ms, resolution: 0.5 ms, seed: %d}
populations:
  exc: {model: lif_psc_exp, size: 80, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  drive: {model: poisson, params: {rate: 9 kHz}}
modulators: {dopamine: {tau: 100 ms, from: [{times: [100 ms], amount: 1}]}}
projections:
  - {from: drive, to: exc, weight: 45 pA, delay: 1 ms}
  - {name: learned, from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 20}, weight: 20 pA, delay: 1 ms,
     plasticity: {rule: stdp_pair, params: {w_max: 60 pA}}}
record: [{spikes: exc}, {rates: exc, bin: 5 ms}, {state: v_m, of: exc, neurons: 0..3, every: 1 ms},
         {weights: learned, every: 200 ms}, {modulators: dopamine, every: 5 ms}]
run: {checkpoint: {every: 100 ms}}
"""
TRAINING = """
experiment: {name: trained, seed: 1}
module: {name: eventprop_network, params: {hidden: [6], readout: spiking, loss: ttfs}}
protocol: {name: yin_yang, params: {epochs: 1, train_samples: 32, validation_samples: 10, test_samples: 10,
                                    duration: 60 ms%s}}
"""
DONE, DIFFERENT, WRONG, MISSING, FAILED, STOPPED = 0, 1, 65, 66, 74, 75


class Failure(Exception):
    pass


def hash_of(data):
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    return f"{library.XXH3_64bits(data, ctypes.c_size_t(len(data))):016x}"


class Runs:
    def __init__(self, program, folder, step, launcher):
        self.program, self.folder, self.step, self.launcher = program, folder, step, launcher
        self.chance, self.calls = random.Random(1), 0

    def call(self, *words):
        self.calls += 1
        try:
            done = subprocess.run([self.program, *map(str, words)], cwd=self.folder, capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            raise Failure(f"spikeloom {' '.join(map(str, words))} hangs") from None
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def expect(self, wanted, where, *words, says=""):
        """An exit code of these; errors have words and a remedy."""
        code, said = self.call(*words)
        line = f"{where}: spikeloom {' '.join(map(str, words))} ended with {code}"
        if code not in wanted:
            raise Failure(f"{line}, not {wanted}:\n{said}")
        if code in (WRONG, MISSING) and ("\n    " not in said or says not in said):
            raise Failure(f"{line} without a remedy or '{says}':\n{said}")

    def make(self):
        (self.folder / "net.yaml").write_text(NETWORK % ("net", 1))
        (self.folder / "other.yaml").write_text(NETWORK % ("other", 2))
        (self.folder / "training.yaml").write_text(TRAINING % "")
        (self.folder / "more.yaml").write_text(TRAINING % ", start_from: broken")
        for name, out in (("net", "whole"), ("other", "other_whole"), ("training", "trained")):
            self.expect((DONE,), "at first", "run", f"{name}.yaml", "--out", out, "--threads", "1", "--quiet")
        self.killed("net", "killed")
        self.killed("other", "other_killed")

    def killed(self, name, out):
        """A run of which two checkpoints and some segments are left."""
        for _ in range(50):
            process = subprocess.Popen([self.program, "run", f"{name}.yaml", "--out", out, "--threads", "1", "--quiet",
                                        "--overwrite", "--set", "experiment.duration='20 s'"], cwd=self.folder)
            end = time.monotonic() + 60
            while time.monotonic() < end and not any((self.folder / out).glob("checkpoints/state-00000000[2-9]-*")):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if '"running"' in (self.folder / out / "run.json").read_text():
                return
        raise Failure("no run could be killed in time")

    def copy(self, name):
        shutil.rmtree(self.folder / "broken", ignore_errors=True)
        shutil.copytree(self.folder / name, self.folder / "broken")
        return self.folder / "broken"

    def damages(self, path):
        """Lets a file be damaged in one way after the other; yields what was done."""
        data = path.read_bytes()
        for at in range(0, len(data), self.step):
            path.write_bytes(data[:at])
            yield f"{path.name} cut to {at} bytes"
        for at in range(0, len(data), self.step):
            byte = min(at + self.chance.randrange(self.step), len(data) - 1)
            flipped = bytearray(data)
            flipped[byte] ^= 1 << self.chance.randrange(8)
            path.write_bytes(flipped)
            yield f"a bit of byte {byte} of {path.name} flipped"
        for what, other in (("text", b"experiment: {name: net}\n"), ("noise", self.chance.randbytes(5000))):
            path.write_bytes(other)
            yield f"{path.name} is {what}"
        path.write_bytes(data)

    # ---- results ----------------------------------------------------------------------------------------------------

    def readers(self, folder):
        yield ("info", folder)
        yield ("report", folder)
        yield ("diff", "whole", folder)

    def results(self):
        broken = self.copy("whole")
        for name in ("results.h5", "reports/exc_v_m.h5"):
            for where in self.damages(broken / name):
                self.expect((FAILED,), where, "check", "broken")
                self.expect((DONE,), where, "status", "broken")
                for words in self.readers("broken"):
                    self.expect((MISSING,), where, *words, says=pathlib.Path(name).name)
                self.expect((DONE, MISSING), where, "resume", "broken")
                self.expect((DONE, MISSING), where, "merge", "broken")
        self.expect((DONE,), "mended", "check", "broken")

    def training(self):
        broken = self.copy("trained")
        run = ("run", "more.yaml", "--out", "more", "--overwrite", "--quiet", "--threads", "1", "--no-report")
        for where in self.damages(broken / "results.h5"):
            self.expect((MISSING,), where, "export", "broken", says="results.h5")
            self.expect((MISSING,), where, *run, says="results.h5")
        self.expect((DONE,), "mended", *run)

    def results_alone(self):
        """Without run.json there is no hash: what is read may be wrong, but nothing breaks."""
        for name in ("whole", "trained"):
            broken = self.copy(name)
            (broken / "run.json").unlink()
            for where in self.damages(broken / "results.h5"):
                for words in (*self.readers("broken"), ("info", "broken/results.h5")):
                    self.expect((DONE, DIFFERENT, WRONG, MISSING), where + ", alone", *words)
                if name == "trained":
                    self.expect((DONE, WRONG, MISSING), where + ", alone", "export", "broken")

    def run_file(self):
        broken = self.copy("whole")
        step, self.step = self.step, 32
        for where in self.damages(broken / "run.json"):
            for words in (("check", "broken"), ("status", "broken"), ("merge", "broken"), ("resume", "broken", "--quiet"),
                          *self.readers("broken")):
                self.expect((DONE, DIFFERENT, MISSING, FAILED), where, *words)
        self.step = step

    # ---- checkpoints and segments -----------------------------------------------------------------------------------

    def resumes(self, where, wanted, says=""):
        """What `resume` says, in a copy, so that the damage stays for the next command."""
        shutil.rmtree(self.folder / "resumed", ignore_errors=True)
        shutil.copytree(self.folder / "broken", self.folder / "resumed")
        self.expect(wanted, where, "resume", "resumed", "--quiet", "--no-report", "--max-walltime", "1 s", says=says)

    def checkpoint(self):
        self.copy("killed")
        self.last_checkpoint("state-*")

    def parts(self):
        """Of what several ranks wrote when their time was over."""
        subprocess.run([*self.launcher, self.program, "run", "net.yaml", "--out", "ranks", "--threads", "1", "--quiet",
                        "--set", "experiment.duration='200 s'", "--max-walltime", "1 s"], cwd=self.folder)
        for name in ("state-*", "part-*"):
            self.copy("ranks")
            self.last_checkpoint(name)

    def last_checkpoint(self, name):
        """Damages the newest file of that name; older checkpoints are taken away."""
        folder = self.folder / "broken" / "checkpoints"
        for older in sorted(folder.glob("state-*"))[:-1]:
            older.unlink()
        self.resumes("before", (STOPPED,))
        for where in self.damages(sorted(folder.glob(name))[-1]):
            self.resumes(where, (MISSING,), says="no checkpoint is whole")
            self.expect((FAILED,), where, "check", "broken")
            self.expect((DONE,), where, "status", "broken")

    def segment(self):
        broken = self.copy("killed")
        path = sorted(broken.glob("segments/segment-*"))[0]
        for where in self.damages(path):
            self.resumes(where, (MISSING,), says="missing or damaged")
            self.expect((FAILED,), where, "check", "broken")
            self.expect((DONE,), where, "status", "broken")
            shutil.rmtree(self.folder / "resumed")
            shutil.copytree(broken, self.folder / "resumed")
            self.expect((FAILED,), where, "merge", "resumed", "--no-report")

    def foreign(self):
        broken = self.copy("killed")
        for path in broken.glob("checkpoints/*"):
            path.unlink()
        theirs = sorted((self.folder / "other_killed").glob("checkpoints/state-*"))[-1]
        shutil.copy(theirs, broken / "checkpoints")
        self.resumes("a checkpoint of another experiment", (MISSING,), says="not of the experiment")
        ours = sorted((self.folder / "killed").glob("checkpoints/state-*"))[-1]
        for what, change in (("another version", lambda file: file.attrs.modify("version", 99)),
                             ("no experiment", lambda file: file.__delitem__("experiment")),
                             ("no state", lambda file: file.__delitem__("state")),
                             ("a column less", lambda file: file["state"].__delitem__("run.step")),
                             ("another experiment text", lambda file: self.replace(file, "experiment", "a: 1"))):
            self.with_checkpoint(broken, ours, change)
            self.resumes(f"a checkpoint with {what}", (WRONG, MISSING))
            self.expect((DONE, WRONG, MISSING), what, "status", "broken")
            self.expect((DONE, FAILED), what, "check", "broken")

    @staticmethod
    def replace(file, name, text):
        del file[name]
        file[name] = [text]

    def with_checkpoint(self, broken, path, change):
        """The only checkpoint there, changed, and named after its bytes all the same."""
        for old in broken.glob("checkpoints/*"):
            old.unlink()
        changed = broken / "changed.h5"
        shutil.copy(path, changed)
        with h5py.File(changed, "r+") as file:
            change(file)
        changed.rename(broken / "checkpoints" / f"state-000000009-{hash_of(changed.read_bytes())}.h5")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--step", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--launcher", type=str.split, help="starts ranks: adds the part `parts`")
    options = parser.parse_args()
    if "parts" in (options.only or ()) and not options.launcher:
        parser.error("parts needs --launcher")
    with tempfile.TemporaryDirectory(prefix="spikeloom_damage_") as folder:
        runs = Runs(options.program.resolve(), pathlib.Path(folder), options.step, options.launcher)
        runs.chance.seed(options.seed)
        try:
            runs.make()
            for name in options.only or (PARTS if options.launcher else PARTS[:-1]):
                before = runs.calls
                getattr(runs, name)()
                print(f"{name}: {runs.calls - before} commands, refused or harmless", flush=True)
        except Failure as failure:
            sys.exit(str(failure))


PARTS = ("results", "training", "results_alone", "run_file", "checkpoint", "segment", "foreign", "parts")

if __name__ == "__main__":
    main()
