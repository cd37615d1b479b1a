// SPDX-License-Identifier: Apache-2.0
// a [..., m, k] times b [..., n, k] transposed -> [..., m, n]; leading extents broadcast.
#pragma once

#include "ir/graph/host_tensor.h"

namespace ir::graph::evaluate {

template <class T>
HostTensor<T> matmul_nt(const HostTensor<T>& a, const HostTensor<T>& b);

}  // namespace ir::graph::evaluate
