# Version, commit, compiler and flags for `spikeloom --version` and the provenance of results. The commit is asked for
# at every build; the file, and with it everything that depends on it, changes only when the answer does.
set(version_source ${PROJECT_BINARY_DIR}/generated/version.cpp)
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
add_custom_target(
  spikeloom_commit
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D TEMPLATE=${PROJECT_SOURCE_DIR}/cmake/version.cpp.in
          -D OUTPUT=${version_source} -D VERSION=${PROJECT_VERSION} -D BUILD_TYPE=${CMAKE_BUILD_TYPE}
          "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          "-DFLAGS=${CMAKE_CXX_FLAGS_${build_type}} -march=${SPIKELOOM_MARCH}"
          -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${version_source}
  COMMENT "Asking git for the commit"
  VERBATIM)
add_library(spikeloom_version OBJECT ${version_source})
add_dependencies(spikeloom_version spikeloom_commit)
target_include_directories(spikeloom_version PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(spikeloom_version PRIVATE spikeloom_options)
