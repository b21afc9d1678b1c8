# Puts the report page into the library: template, style and scripts, in the order in which the page runs them.
file(GLOB section_scripts CONFIGURE_DEPENDS io/report/sections/*.js)
set(page_files report.html=io/report/page/report.html uplot.css=third_party/uplot/uPlot.min.css
               report.css=io/report/page/report.css uplot.js=third_party/uplot/uPlot.iife.min.js
               page.js=io/report/page/page.js chart.js=io/report/page/chart.js
               canvas.js=io/report/page/canvas.js)
foreach(script IN LISTS section_scripts)
  cmake_path(GET script FILENAME name)
  cmake_path(RELATIVE_PATH script BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  list(APPEND page_files ${name}=${script})
endforeach()
list(TRANSFORM page_files REPLACE "=" "=${PROJECT_SOURCE_DIR}/")
list(TRANSFORM page_files REPLACE "^.*=" "" OUTPUT_VARIABLE page_paths)
list(JOIN page_files "|" page_files)
set(page_source ${PROJECT_BINARY_DIR}/generated/report_page_files.cpp)
add_custom_command(OUTPUT ${page_source}
  COMMAND ${CMAKE_COMMAND} -D OUT=${page_source} -D "FILES=${page_files}" -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS ${page_paths} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
  COMMENT "Embedding the report page" VERBATIM)
target_sources(spikeloom_shell PRIVATE ${page_source})
