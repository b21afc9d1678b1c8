#!/usr/bin/env python3
"""Lets every n-th call that writes fail once, in every way, and compares what resumed runs end with.

    faults.py PROGRAM FAULTY_DISK.so [--step S] [--kind KIND] [--experiment NAME] [--first N] [--ranks R]

For n = 1, 1 + S, 1 + 2 S, ... until a run makes no more calls: the run goes through, as it must where there was no space for
a moment only, or ends with exit code 74 and words (-9 where the fault was a kill); every file under its final name is whole
(`spikeloom check`); resumed, or begun again where there is nothing to go on from, it ends with the results of the
uninterrupted run. Exit status 0 if all of it holds. By hand: --step 1. With --ranks, the calls of one rank after the other
fail; one process goes on.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "experiments"))
import resume  # noqa: E402

KINDS = ("full", "error", "short", "interrupted", "kill")


def run(trial, out, ranks=1, faults=None):
    """Starts the experiment, or goes on with it; returns the exit code and what was said."""
    kept = any((trial.folder / out).glob("checkpoints/state-*"))
    done = trial.folder / out / "run.json"
    goes_on = kept or (done.exists() and '"done"' in done.read_text())
    command = ("resume", out, 1) if goes_on else ("run", out, 1, "--overwrite")
    process = trial.start(*command, ranks=ranks, more_environment=faults)
    words = trial.last_words(process)
    return process.returncode, words


def fails_at(trial, shim, kind, n, ranks, rank):
    """Whether that rank made its n-th call."""
    out, mark = "faulty", trial.folder / "mark"
    mark.unlink(missing_ok=True)
    code, words = run(trial, out, ranks,
                      {"LD_PRELOAD": str(shim), "FAULT_UNDER": str((trial.folder / out).resolve()), "FAULT_AT": str(n),
                       "FAULT_KIND": kind, "FAULT_MARK": str(mark), "FAULT_RANK": str(rank) if ranks > 1 else ""})
    where = f"{trial.name}, {kind} at call {n}" + (f" of rank {rank}" if ranks > 1 else "")
    if code not in {"kill": (0, 74, -9, 128 + 9), "full": (0,), "interrupted": (0,)}.get(kind, (0, 74)):
        raise resume.Failure(f"{where}: ended with {code}: {words}")
    if code == 74 and "\n    " not in words:
        raise resume.Failure(f"{where}: no remedy in: {words}")
    if (trial.folder / out / "run.json").exists():
        check = subprocess.run([trial.program, "check", out], cwd=trial.folder, capture_output=True, text=True)
        if check.returncode != 0:
            raise resume.Failure(f"{where}: left damaged files:\n{check.stdout}{check.stderr}")
    if code != 0:
        code, words = run(trial, out)
        if code != 0:
            raise resume.Failure(f"{where}: what goes on ended with {code}: {words}")
    trial.compare(out)
    return mark.exists()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("shim", type=pathlib.Path)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--experiment", choices=resume.EXPERIMENTS, action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spikeloom_faults_") as folder:
        for name in options.experiment or ["brief"]:
            try:
                trial = resume.Trial(options.program.resolve(), pathlib.Path(folder), name, 1, 1, random.Random(1))
                for kind in options.kind or KINDS:
                    for rank in range(options.ranks):
                        n = options.first
                        while fails_at(trial, options.shim.resolve(), kind, n, options.ranks, rank):
                            n += options.step
                        of = f" of rank {rank}" if options.ranks > 1 else ""
                        print(f"{name}, {kind}: equal whichever of {n - 1} calls{of} it is (every {options.step})", flush=True)
            except resume.Failure as failure:
                sys.exit(str(failure))


if __name__ == "__main__":
    main()
