#!/usr/bin/env python3
"""Stops a run with a large state by SIGTERM and by a time limit, and measures how long it takes to end.

    stop_in_time.py PROGRAM [--ranks R] [--threads T] [--neurons N] [--most SECONDS] [--limit SECONDS]

A random network of N excitatory neurons (50,000) with 5,000 learning synapses each, 4 bytes per synapse: 1 GB. It must end with
exit code 75 and a whole checkpoint, within so many seconds (5) of the signal, or before its limit. By hand, on a machine that
has nothing else to do and 12 GB of memory.
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

NETWORK = """
experiment: {{name: large, seed: 1, duration: 1000 s}}
populations:
  exc: {{model: lif_psc_exp, size: {neurons}, initial: {{v_m: {{uniform: [-70 mV, -55 mV]}}}}}}
  drive: {{model: poisson, params: {{rate: 6 kHz}}}}
projections:
  - {{from: drive, to: exc, weight: 45 pA, delay: 1.5 ms}}
  - {{name: learned, from: exc, to: exc, connect: {{rule: fixed_indegree, indegree: 5000}}, weight: 0.1 pA, delay: 1.5 ms,
     plasticity: {{rule: stdp_pair, params: {{w_max: 0.2 pA}}}}}}
record: [{{spikes: exc}}]
"""
STOPPED = 75


def newest_checkpoint(folder):
    files = sorted((folder / "out" / "checkpoints").glob("state-*"))
    return files[-1] if len(files) > 1 else None  # the first one holds nothing but the experiment


def start(options, folder, *more):
    words = [options.program.resolve(), "run", "net.yaml", "--out", "out", "--overwrite", "--quiet", "--no-report",
             "--threads", str(options.threads), *more]
    if options.ranks > 1:
        words = ["mpirun", "-q", "--oversubscribe", "-n", str(options.ranks), *words]
    return subprocess.Popen(words, cwd=folder,
                            env=os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                                              # Else Open MPI's mpirun takes two seconds more after any exit code but 0.
                                              "OMPI_MCA_odls_base_sigkill_timeout": "0"})


def await_run(process, folder):
    """Until it has been running, not building, for two seconds."""
    while not any((folder / "out").glob("segments/segment-*")):
        if process.poll() is not None:
            sys.exit(f"the run ended with {process.returncode}")
        time.sleep(0.1)
    time.sleep(2)


def signalled(options, folder):
    process = start(options, folder)
    await_run(process, folder)
    target = process.pid
    if options.ranks > 1:
        target = int(subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()[0])
    begin = time.monotonic()
    os.kill(target, signal.SIGTERM)
    while not newest_checkpoint(folder) and process.poll() is None:
        time.sleep(0.01)
    written = time.monotonic() - begin
    code = process.wait()
    return code, written, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--neurons", type=int, default=50000)
    parser.add_argument("--most", type=float, default=5)
    parser.add_argument("--limit", type=float, help="a time limit in seconds to be met, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spikeloom_large_") as name:
        folder = pathlib.Path(name)
        (folder / "net.yaml").write_text(NETWORK.format(neurons=options.neurons))
        code, written, ended = signalled(options, folder)
        size = sum(file.stat().st_size for file in (folder / "out" / "checkpoints").iterdir())
        print(f"SIGTERM: {size / 1e6:.0f} MB written after {written:.1f} s, exit code {code} after {ended:.1f} s", flush=True)
        check = subprocess.run([options.program.resolve(), "check", "out"], cwd=folder).returncode
        if code != STOPPED or check != 0 or written > options.most:
            sys.exit("not stopped in time")
        if options.limit:
            begin = time.monotonic()
            code = start(options, folder, "--max-walltime", f"{options.limit} s").wait()
            took = time.monotonic() - begin
            print(f"limit of {options.limit} s: exit code {code} after {took:.1f} s", flush=True)
            if code != STOPPED or took > options.limit or not newest_checkpoint(folder):
                sys.exit("not stopped in time")


if __name__ == "__main__":
    main()
