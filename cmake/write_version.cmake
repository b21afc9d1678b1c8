# Run at build time by the target spikeloom_commit: fills in version.cpp.in.
set(COMMIT unknown)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=* OUTPUT_VARIABLE answer
                RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT failed)
  set(COMMIT ${answer})
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
