// SPDX-License-Identifier: Apache-2.0
// a [..., m, k] times b [..., n, k] transposed -> [..., m, n]; leading extents broadcast. For
// Bounded, the magnitudes of b stand for the terms a kernel may sum (bounded.h).
#pragma once

#include "ir/graph/host_tensor.h"

namespace ir::graph::evaluate {

template <class T>
HostTensor<T> matmul_nt(const HostTensor<T>& a, const HostTensor<T>& b);

}  // namespace ir::graph::evaluate
