"""Writes the files that the readers are tested on, with h5py and NumPy: every published variant, and traps."""
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def spikes(name, times=(12.5, 0.1, 0.25), ids=(3, 3, 1), units="ms", sorting=None, magic=True, population="exc",
           time_type="f8", id_type="u8"):
    with h5py.File(path(name), "w") as file:
        if magic:
            file.attrs["magic"] = np.uint32(0x0A7A)
            file.attrs["version"] = np.array([0, 1], "u4")
        group = file.create_group(f"spikes/{population}" if population else "spikes")
        stamps = group.create_dataset("timestamps", data=np.array(times, time_type))
        group.create_dataset("node_ids" if population else "gids", data=np.array(ids, id_type))
        if units is not None:
            stamps.attrs["units"] = units
        if sorting is not None:
            group.attrs["sorting"] = sorting


# ---- spikes ----------------------------------------------------------------------------------------------------------
spikes("spikes.h5")
spikes("spikes_string_sorting.h5", sorting="by_time")
spikes("spikes_fixed_string.h5", units=np.bytes_("ms"), sorting=np.bytes_("time"), times=(0.1, 0.25, 12.5), ids=(3, 1, 3))
spikes("spikes_seconds.h5", times=(0.0125, 0.0001, 0.00025), units="s")
spikes("spikes_narrow.h5", time_type="f4", id_type="u4", times=(12.5, 0.125, 0.25))
spikes("spikes_signed.h5", id_type="i8")
spikes("spikes_no_magic.h5", magic=False)
spikes("spikes_old_layout.h5", population="", units=None, magic=False)
spikes("spikes_negative_id.h5", id_type="i8", ids=(3, -3, 1))
spikes("spikes_minutes.h5", units="minutes")
spikes("spikes_nan.h5", times=(1, np.nan, 2))
spikes("spikes_lengths.h5", ids=(3, 3))
spikes("spikes_text_times.h5", times=("a", "b", "c"), time_type="S1")
spikes("spikes_empty.h5", times=(), ids=())
with h5py.File(path("spikes_enum.h5"), "w") as file:
    group = file.create_group("spikes/exc")
    group.create_dataset("timestamps", data=[12.5, 0.1, 0.25]).attrs["units"] = "ms"
    group.create_dataset("node_ids", data=np.array([3, 3, 1], "u8"))
    sorting = h5py.enum_dtype({"none": 5, "by_id": 6, "by_time": 7}, basetype="i1")
    group.attrs.create("sorting", 7, dtype=sorting)
with h5py.File(path("spikes_two.h5"), "w") as file:
    for name in "exc", "inh":
        group = file.create_group("spikes/" + name)
        group.create_dataset("timestamps", data=[1.0 if name == "exc" else 2.0]).attrs["units"] = "ms"
        group.create_dataset("node_ids", data=np.array([0], "u8"))

# ---- traps -----------------------------------------------------------------------------------------------------------
with h5py.File(path("secret.h5"), "w") as file:
    file["array"] = [1.0, 2.0]
with h5py.File(path("trap_external_link.h5"), "w") as file:
    file["array"] = h5py.ExternalLink("secret.h5", "/array")
with h5py.File(path("trap_soft_link.h5"), "w") as file:
    file["group/array"] = [1.0]
    file["array"] = h5py.SoftLink("/group/array")
with open(path("secret.bin"), "wb") as file:
    file.write(b"x" * 64)
with h5py.File(path("trap_external_storage.h5"), "w") as file:
    file.create_dataset("array", shape=(8,), dtype="f8", external=[(path("secret.bin"), 0, 64)])
with h5py.File(path("trap_virtual.h5"), "w") as file:
    layout = h5py.VirtualLayout(shape=(2,), dtype="f8")
    layout[:] = h5py.VirtualSource("absent.h5", "array", shape=(2,))
    file.create_virtual_dataset("array", layout)
with h5py.File(path("trap_huge.h5"), "w") as file:
    file.create_dataset("array", shape=(10**12,), dtype="f8", chunks=(10**6,), compression="gzip")
with h5py.File(path("trap_filter.h5"), "w") as file:
    file.create_dataset("array", data=np.zeros(1000), chunks=(100,), scaleoffset=2)

# ---- arrays ----------------------------------------------------------------------------------------------------------
with h5py.File(path("array.h5"), "w") as file:
    file.create_dataset("a/matrix", data=np.arange(6, dtype="i2").reshape(2, 3), compression="gzip", shuffle=True)
with h5py.File(path("arrays.h5"), "w") as file:
    file["one"] = [1.0]
    file["two"] = [2.0]
for kind in "f2 f4 f8 >f4 >f8 i1 i2 i4 i8 >i4 >i8 u1 u2 u4 u8 >u2 ?".split():
    values = np.array([[0, 1, 1], [0, 0, 1]] if kind == "?" else [[0, 1, 2], [3, 4, 100]]).astype(kind)
    np.save(path(f"array_{kind.replace('>', 'big_').replace('?', 'bool')}.npy"), values)
np.save(path("array_fortran.npy"), np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
np.save(path("array_negative.npy"), np.array([-1, -128], "i1"))
np.save(path("array_scalar.npy"), np.array(2.5))
np.save(path("array_empty.npy"), np.zeros((0, 3)))
np.save(path("array_nan.npy"), np.array([1, np.nan]))
np.save(path("array_complex.npy"), np.array([1j]))
np.save(path("array_records.npy"), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
np.save(path("array_objects.npy"), np.array([None], dtype=object), allow_pickle=True)
for version in (1, 0), (2, 0), (3, 0):
    with open(path(f"array_version_{version[0]}.npy"), "wb") as file:
        np.lib.format.write_array(file, np.array([1.0, 2.0]), version=version)

# ---- synapses --------------------------------------------------------------------------------------------------------
with h5py.File(path("edges_plain.h5"), "w") as file:
    file["net/source"] = np.array([0, 1, 2], "u2")
    file["net/target"] = np.array([2, 1, 0], "i4")
    file["net/weight"] = [1.0, -2.0, 3.5]
    file["net/delay"] = [1.0, 1.5, 2.0]


def sonata_edges(name, group_ids=True, nsyns=None, index=(0, 0, 1), delays=True):
    with h5py.File(path(name), "w") as file:
        edges = file.create_group("edges/a_to_b")
        edges.create_dataset("source_node_id", data=np.array([4, 5, 6], "u8")).attrs["node_population"] = "a"
        edges.create_dataset("target_node_id", data=np.array([0, 0, 1], "i8")).attrs["node_population"] = "b"
        edges["edge_type_id"] = np.array([100, 100, 101])
        if group_ids:
            edges["edge_group_id"] = np.array([0, 1, 0], "i4")
            edges["edge_group_index"] = np.array(index, "u4")
            edges["0/syn_weight"] = [10.0, 30.0]
            edges["1/syn_weight"] = [20.0]
            if delays:
                edges["0/delay"] = [1.0, 3.0]
                edges["1/delay"] = [2.0]
        else:
            edges["0/syn_weight"] = [10.0, 20.0, 30.0]
            if nsyns is not None:
                edges["0/nsyns"] = np.array(nsyns, "u4")


sonata_edges("edges_sonata.h5")
sonata_edges("edges_no_groups.h5", group_ids=False)
sonata_edges("edges_nsyns.h5", group_ids=False, nsyns=[2, 0, 1])
sonata_edges("edges_bad_index.h5", index=(0, 0, 2))
