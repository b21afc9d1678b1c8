# `cmake --install`: a program that runs from wherever it is moved to, and a library for find_package(spikeloom).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/spikeloom)

if(TARGET spikeloom)
  install(TARGETS spikeloom RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET spikeloom_mpi)
  install(TARGETS spikeloom_mpi LIBRARY DESTINATION lib/spikeloom) # where the program looks: ../lib/spikeloom
endif()
install(TARGETS spikeloom_library EXPORT spikeloom_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(room core plasticity networks io)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${room})
    install(DIRECTORY ${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/spikeloom FILES_MATCHING PATTERN "*.hpp"
            PATTERN io/hdf5 EXCLUDE PATTERN io/yaml EXCLUDE PATTERN io/report EXCLUDE)
  endif()
endforeach()
install(DIRECTORY experiments/ DESTINATION ${CMAKE_INSTALL_DATADIR}/spikeloom/experiments FILES_MATCHING PATTERN "*.yaml")
install(FILES LICENSE docs/third_party.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT spikeloom_targets NAMESPACE spikeloom:: DESTINATION ${package_dir})
configure_package_config_file(cmake/spikeloom-config.cmake.in ${PROJECT_BINARY_DIR}/spikeloom-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/spikeloom-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/spikeloom-config.cmake ${PROJECT_BINARY_DIR}/spikeloom-config-version.cmake
        DESTINATION ${package_dir})
