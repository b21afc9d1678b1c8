# What we build on, all of it from Debian 12 (docs/third_party.md says what for).
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost REQUIRED COMPONENTS iostreams)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(PkgConfig REQUIRED)
pkg_search_module(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(MUPARSER REQUIRED IMPORTED_TARGET muparser)
if(SPIKELOOM_BENCHMARKS)
  find_package(benchmark QUIET)
endif()

# Public: what our headers include. Private: what only our sources include.
set(SPIKELOOM_PUBLIC_DEPENDENCIES Threads::Threads TBB::tbb fmt::fmt nlohmann_json::nlohmann_json)
set(SPIKELOOM_PRIVATE_DEPENDENCIES spdlog::spdlog yaml-cpp PkgConfig::HDF5 Boost::iostreams PkgConfig::XXHASH
                                   PkgConfig::MUPARSER Eigen3::Eigen)
