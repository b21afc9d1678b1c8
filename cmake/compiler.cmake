# How our own targets are compiled. Nothing here reaches a project that uses the installed library.
add_library(spikeloom_options INTERFACE)
target_compile_options(spikeloom_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual
                                                   -Wcast-align -Wold-style-cast)
if(NOT SPIKELOOM_UNITS)  # there several sources are one, and a neighbour's constant is not meant
  target_compile_options(spikeloom_options INTERFACE -Wshadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # gcc 12 raises false alarms inside std::string (its bug 105651; more of them in units, where headers come precompiled),
  # about aggregates with default members, with sanitizers inside the intrinsics that Eigen includes, and takes the sources
  # of a unit for headers.
  target_compile_options(spikeloom_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  if(SPIKELOOM_UNITS)
    target_compile_options(spikeloom_options INTERFACE -Wno-stringop-overflow -Wno-array-bounds -Wno-subobject-linkage)
  endif()
  if(SPIKELOOM_SANITIZE)
    target_compile_options(spikeloom_options INTERFACE -Wno-uninitialized)
  endif()
endif()
if(SPIKELOOM_WARNINGS_ARE_ERRORS)
  target_compile_options(spikeloom_options INTERFACE -Werror)
endif()

# Sums must have the same bits everywhere: no fused multiply-add that one compiler forms and the other does not.
# Nobody reads errno or floating-point traps of these loops; without the two, sqrt and choices become vector code (no bit
# of a result changes).
target_compile_options(spikeloom_options INTERFACE -ffp-contract=off -fno-math-errno -fno-trapping-math)
if(SPIKELOOM_MARCH)
  target_compile_options(spikeloom_options INTERFACE -march=${SPIKELOOM_MARCH})
  # Compilers hold back from 512-bit vectors by default; the sweeps over neurons gain a fifth to a half from them.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(spikeloom_options INTERFACE -mprefer-vector-width=512)
  endif()
endif()

# Presets leave out line numbers, which take a seventh of the time of a build: to look into a report, add -g1 to
# CMAKE_CXX_FLAGS.
if(SPIKELOOM_SANITIZE)
  add_compile_options(-fsanitize=${SPIKELOOM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                      -D_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${SPIKELOOM_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # Instrumented loops do not vectorise. What AddressSanitizer finds anyway is not asked at every access again.
    target_compile_options(spikeloom_options INTERFACE -Wno-pass-failed
                           -fno-sanitize=null,object-size,vptr,pointer-overflow)
  endif()
endif()
if(SPIKELOOM_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "SPIKELOOM_FUZZ needs clang: configure with --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# As a whole, a target compiles in half the time when headers of the standard library are read once and several sources
# are one unit. A source's name decides its unit, so that a new one moves no other; sources of one folder, which like to
# use the same names in their unnamed namespaces, never meet unless MEET is given. HEADERS are read once, too: parsing is
# half of the time of a unit. Rooms whose loops
# are measured stay apart: how far the compiler inlines shall not hang on what else is in the unit. (Builds with
# SPIKELOOM_UNITS=OFF, which preset `debug` is one of, see that every file includes what it uses.)
function(compile_in_units target n_units)
  if(NOT SPIKELOOM_UNITS)
    return()
  endif()
  cmake_parse_arguments(ARGN "MEET" "" "HEADERS" ${ARGN})
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <filesystem> <functional> <map> <memory>
                            <numeric> <optional> <span> <string> <variant> <vector> <fmt/format.h> ${ARGN_HEADERS})
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(IS_RELATIVE source relative)
    if(relative)
      cmake_path(ABSOLUTE_PATH source)
    endif()
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE name)
    if(name MATCHES "^(core|plasticity)/" AND NOT SPIKELOOM_SANITIZE)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      continue()
    endif()
    cmake_path(GET name PARENT_PATH folder)
    string(MD5 hash ${name})
    string(SUBSTRING ${hash} 0 7 hash)
    math(EXPR unit "0x${hash} % ${n_units}")
    foreach(attempt RANGE ${n_units})
      if(NOT folder IN_LIST folders_of_${unit})
        break()
      endif()
      math(EXPR unit "(${unit} + 1) % ${n_units}")
    endforeach()
    if(folder IN_LIST folders_of_${unit} AND NOT ARGN_MEET)  # more sources than units
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      continue()
    endif()
    list(APPEND folders_of_${unit} ${folder})
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP unit_${unit})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# A source that runs before it is known what the processor can do: compiled for the oldest one.
function(require_no_special_cpu source)
  if(SPIKELOOM_MARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -march=x86-64 SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()
