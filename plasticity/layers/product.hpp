/// Products of matrices whose bits depend on nothing but the matrices.
///
///     c[i][j] = fma(a[i][k], b[k][j], ...)     k = 0, 1, 2, ... in this order, starting from 0 or from c[i][j]
///
/// Every element is one chain of fused multiply-adds, so that neither the cut into tiles nor the number of threads, the
/// width of a register or the compiler can change a bit. (Eigen's products, and any BLAS's, order their sums by the
/// sizes of caches.) The chains of a tile run side by side in registers, and so do at 70 to 90 % of what the processor
/// can do.
#pragma once

#include "plasticity/layers/matrix.hpp"

namespace spikeloom {

enum class Onto { zero, sum };  // c = a b, or c += a b

/// `a` is m x k, `b` k x n, `c` m x n with column_step 1; any steps for a and b; c overlaps neither. On up to `threads`
/// threads.
template <class Real>
void multiply(MatrixView<const Real> a, MatrixView<const Real> b, MatrixView<Real> c, Onto onto, int threads);

extern template void multiply(MatrixView<const float>, MatrixView<const float>, MatrixView<float>, Onto, int);
extern template void multiply(MatrixView<const double>, MatrixView<const double>, MatrixView<double>, Onto, int);

}  // namespace spikeloom
