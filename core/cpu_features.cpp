/// What the compiler was allowed to use: this file alone of the pair is compiled with -march. Data, no code that runs.
#include "core/cpu_features.hpp"

namespace spikeloom {

// One line per entry of cpu_feature_list, in its order.
constinit const std::uint32_t cpu_features_compiled_in = 0
#ifdef __SSE4_2__
                                                         | cpu_feature::sse4_2
#endif
#ifdef __POPCNT__
                                                         | cpu_feature::popcnt
#endif
#ifdef __AVX__
                                                         | cpu_feature::avx
#endif
#ifdef __AVX2__
                                                         | cpu_feature::avx2
#endif
#ifdef __FMA__
                                                         | cpu_feature::fma
#endif
#ifdef __BMI__
                                                         | cpu_feature::bmi
#endif
#ifdef __BMI2__
                                                         | cpu_feature::bmi2
#endif
#ifdef __AVX512F__
                                                         | cpu_feature::avx512f
#endif
#ifdef __AVX512BW__
                                                         | cpu_feature::avx512bw
#endif
#ifdef __AVX512DQ__
                                                         | cpu_feature::avx512dq
#endif
#ifdef __AVX512VL__
                                                         | cpu_feature::avx512vl
#endif
#ifdef __AVX512VBMI__
                                                         | cpu_feature::avx512vbmi
#endif
#ifdef __AVX512VBMI2__
                                                         | cpu_feature::avx512vbmi2
#endif
#ifdef __AVX512VPOPCNTDQ__
                                                         | cpu_feature::avx512vpopcntdq
#endif
    ;

}  // namespace spikeloom
