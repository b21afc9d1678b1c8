/// Entry point of the tests.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

/// Read by UndefinedBehaviorSanitizer, where it is compiled in.
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }
