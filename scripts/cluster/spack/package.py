# A Spack recipe. Copy the folder to packages/spikeloom of a repository of your own (`spack repo create`), then:
#
#     spack install spikeloom +mpi
from spack.package import *


class Spikeloom(CMakePackage):
    """Event-driven simulation of spiking networks with delays and local learning."""

    git = "file:///home/you/spikeloom"  # where your clone is

    license("BSD-3-Clause")

    version("main", branch="main")

    variant("mpi", default=True, description="Run networks on several ranks")

    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("cli11@2:", type="build")
    depends_on("random123@1.14:", type="build")
    depends_on("eigen@3.4:", type="build")
    depends_on("boost@1.74: +iostreams+math")
    depends_on("intel-oneapi-tbb@2021:")
    depends_on("fmt@9:")
    depends_on("spdlog@1.10:")
    depends_on("nlohmann-json@3.11:")
    depends_on("yaml-cpp@0.7:")
    depends_on("hdf5@1.10: +hl~mpi")
    depends_on("xxhash@0.8:")
    depends_on("zstd")
    depends_on("muparser@2.3:")
    depends_on("mpi", when="+mpi")

    conflicts("%gcc@:11", msg="C++20 needs gcc 12 or clang 14")
    conflicts("%clang@:13", msg="C++20 needs gcc 12 or clang 14")

    generator("ninja")

    def cmake_args(self):
        # Spack's compiler wrapper adds the flags of the target processor.
        return [
            self.define("SPIKELOOM_MARCH", ""),
            self.define("SPIKELOOM_TESTS", False),
            self.define("SPIKELOOM_BENCHMARKS", False),
            self.define("SPIKELOOM_WARNINGS_ARE_ERRORS", False),
            self.define_from_variant("SPIKELOOM_MPI", "mpi"),
        ]

    def test_selftest(self):
        """Published numbers, in a few seconds."""
        which(self.prefix.bin.spikeloom)("selftest")
