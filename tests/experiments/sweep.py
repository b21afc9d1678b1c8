#!/usr/bin/env python3
"""A sweep of a hundred points, three of which are made to fail: the table is complete and names them; they alone run again.

    sweep.py PROGRAM

Exit status 0 if all of it holds.
"""
import csv
import pathlib
import subprocess
import sys
import tempfile

RATES = ", ".join(f"{1000 + 300 * k} Hz" for k in range(25))
EXPERIMENT = f"""
experiment: {{name: net, duration: 50 ms, seed: 1}}
populations:
  exc: {{model: lif_psc_exp, size: 100, initial: {{v_m: {{uniform: [-70 mV, -55 mV]}}}}}}
  drive: {{model: poisson, params: {{rate: 9 kHz}}}}
projections:
  - {{name: input, from: drive, to: exc, weight: 45 pA, delay: 1 ms}}
record: [{{rates: exc, bin: 5 ms}}]
sweep:
  grid: {{populations.drive.params.rate: [{RATES}], projections.input.delay: [1 ms, 2 ms]}}
  seeds: 2
"""
MADE_TO_FAIL = (13, 57, 99)


def sweep(program, folder):
    done = subprocess.run([program, "sweep", "net.yaml", "--out", "sweep", "--local", "2"], cwd=folder, text=True,
                          capture_output=True)
    with open(folder / "sweep" / "sweep.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    return done.returncode, done.stderr, rows


def ends(folder):
    return {int(path.parent.name): path.stat().st_mtime_ns for path in (folder / "sweep" / "points").glob("*/run.json")}


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="spikeloom_sweep_") as name:
        folder = pathlib.Path(name)
        (folder / "net.yaml").write_text(EXPERIMENT)
        points = folder / "sweep" / "points"
        points.mkdir(parents=True)
        for index in MADE_TO_FAIL:
            (points / f"{index:04}").write_text("in the way")
        code, words, rows = sweep(program, folder)
        first = ends(folder)
        failed = tuple(int(row["run"]) for row in rows if row["state"] != "done")
        assert code == 66 and len(rows) == 100 and failed == MADE_TO_FAIL, (code, len(rows), failed, words)
        for index in MADE_TO_FAIL:
            assert f"{index} (failed)" in words, words
            assert f"points/{index:04}" in (points / f"{index:04}.log").read_text(), "its log does not say why"
            (points / f"{index:04}").unlink()

        code, words, rows = sweep(program, folder)
        again = sorted(index for index, end in ends(folder).items() if first.get(index) != end)
        assert code == 0 and tuple(again) == MADE_TO_FAIL, (code, again, words)
        assert all(row["state"] == "done" and row["rate_exc"] for row in rows), "the table lacks results"
        assert len({(row["populations.drive.params.rate"], row["projections.input.delay"], row["experiment.seed"])
                    for row in rows}) == 100, "the table lacks parameters"
        print(f"100 points: {MADE_TO_FAIL} failed, were named, and ran again alone")


if __name__ == "__main__":
    main()
