"""Checks results directories with an independent reader: types, lengths, order, attributes (SONATA spikes and reports)."""
import json
import sys

import h5py
import numpy as np


def check_magic(file):
    assert file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == np.dtype("<u4")
    assert list(file.attrs["version"]) == [0, 1] and file.attrs["version"].dtype == np.dtype("<u4")


def check_spikes(folder):
    with h5py.File(folder + "/results.h5") as file:
        check_magic(file)
        for group in file["spikes"].values():
            assert isinstance(group, h5py.Group)
            times, ids = group["timestamps"], group["node_ids"]
            assert times.dtype == np.dtype("<f8") and ids.dtype == np.dtype("<u8") and times.shape == ids.shape
            assert times.attrs["units"] == "ms"
            assert h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype) == {"none": 0, "by_id": 1, "by_time": 2}
            assert group.attrs["sorting"] == 2
            pairs = list(zip(times[:], ids[:]))
            assert pairs == sorted(pairs)
        groups = {"spikes", "hashes", "metrics", "populations", "provenance", "rates", "simulation", "weights"}
        assert set(file) - {"modulators"} == groups
        for name in "experiment", "version", "host", "date", "command_line", "threads":
            assert isinstance(file["provenance/" + name][()], bytes)


def check_report(path, population, width):
    with h5py.File(path) as file:
        check_magic(file)
        assert list(file["report"]) == [population]
        group = file["report/" + population]
        data, mapping = group["data"], group["mapping"]
        assert data.dtype == np.dtype("<f4") and data.attrs["units"] == "mV" and data.chunks and data.shape[1] == width
        assert mapping["node_ids"].dtype == np.dtype("<u8") and mapping["node_ids"].attrs["sorted"] == 1
        assert mapping["index_pointers"].dtype == np.dtype("<u8")
        assert list(mapping["index_pointers"]) == list(range(width + 1))
        assert mapping["element_ids"].dtype == np.dtype("<u4") and mapping["element_ids"].shape == (width,)
        start, stop, step = mapping["time"]
        assert mapping["time"].attrs["units"] == "ms" and stop == round(start + data.shape[0] * step, 9)
        return data[:], mapping["node_ids"][:], (start, stop, step)


golden, run = sys.argv[1:]
check_spikes(golden)
with h5py.File(golden + "/results.h5") as file:
    assert list(file["spikes/exc/timestamps"]) == [0.1, 0.25, 12.5, 100.0625]
    assert list(file["spikes/exc/node_ids"]) == [3, 1, 3, 7]
    assert file["spikes/inh/timestamps"].shape == (0,)
    assert set(file["spikes"]) == {"exc", "inh"}
data, ids, time = check_report(golden + "/reports/exc_v_m.h5", "exc", 3)
assert data.shape == (5, 3) and data[0, 0] == -70 and data[-1, -1] == -56
assert list(ids) == [0, 1, 5] and time == (0, 0.5, 0.1)

check_spikes(run)
check_report(run + "/reports/exc_v_m.h5", "exc", 3)
check_report(run + "/reports/inh_v_m.h5", "inh", 4)
with h5py.File(run + "/results.h5") as file:
    assert [name.decode() for name in file["populations/name"]] == ["exc", "drive", "inh", "other"]
    assert file["rates/exc/values"].attrs["units"] == "Hz" and file["rates/exc/bin"][()] == 5
    assert list(file["weights/exc_to_inh/0/source"]) == [0, 0, 3]
    assert set(file["modulators"]) == {"dopamine"} and file["modulators/dopamine/every"][()] == 0.3
    assert list(file["modulators/dopamine/raises"][:5]) == [0, 0, 0, 0, 1]
    assert file["simulation"].attrs["seed"] == 2**64 - 1 and file["simulation"].attrs["duration"] == 50
with open(run + "/run.json") as file:
    record = json.load(file)
for key in ("state wall_time_s build_time_s simulated_ms real_time_factor spikes synaptic_events synapses "
            "peak_memory_bytes threads state_hash metrics").split():
    assert key in record, key
for name in "rate_exc", "rate_other", "cv_isi_exc", "correlation_inh", "fano_exc", "silent_inh":
    assert name in record["metrics"], name
