// SPDX-License-Identifier: Apache-2.0
// The only file that includes Eigen.
#include "ir/graph/evaluate/matmul.h"

#include <Eigen/Core>
#include <cmath>

#include "ir/graph/bounded.h"
#include "ir/graph/evaluate/elementwise.h"

namespace ir::graph::evaluate {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The extents of one product of matrices.
struct Sizes {
  std::int64_t m, n, k;
};

// A matrix of quantized weights is summed as scale * sum((code - 8) x), the difference being exact:
// the product of the group comes on top of that of each term.
constexpr double kRoundingsOfATerm = 2;

template <class T>
void multiply(const T* a, const T* b, T* out, Sizes sizes) {
  const auto [m, n, k] = sizes;
  const Eigen::Map<const Matrix<T>> right(b, n, k);
  if (m == 1) {  // a matrix-vector product reads b once, in order
    using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
    Eigen::Map<Vector>(out, n).noalias() = right * Eigen::Map<const Vector>(a, k);
  } else {
    const Eigen::Map<const Matrix<T>> left(a, m, k);
    Eigen::Map<Matrix<T>>(out, m, n).noalias() = left * right.transpose();
  }
}

// The values of a matrix, and how large its terms and their errors may be.
struct Planes {
  Matrix<double> value, size, reach;  // value, |value|, |value| + error

  Planes(const Bounded* data, std::int64_t rows, std::int64_t columns)
      : value(rows, columns), size(rows, columns), reach(rows, columns) {
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      value.data()[i] = data[i].value;
      size.data()[i] = std::abs(data[i].value);
      reach.data()[i] = size.data()[i] + data[i].error;
    }
  }
};

void multiply(const Bounded* a, const Bounded* b, Bounded* out, Sizes sizes) {
  const Planes left(a, sizes.m, sizes.k), right(b, sizes.n, sizes.k);
  const Matrix<double> value = left.value * right.value.transpose();
  const Matrix<double> terms = left.reach * right.reach.transpose();
  // What the errors of a and b add, to all orders: (|a| + ea)(|b| + eb) - |a||b|.
  const Matrix<double> propagated = terms - left.size * right.size.transpose();
  const double flushed = kFlushedToZero * (left.reach.sum() + right.reach.sum());
  for (std::int64_t i = 0; i < sizes.m * sizes.n; ++i) {
    const double error = std::max(0.0, propagated.data()[i]) + flushed;  // NaN: all is infinite
    out[i] = {value.data()[i], error_of_sum(error, terms.data()[i], static_cast<double>(sizes.k),
                                            kRoundingsOfATerm)};
  }
}

Extents leading(const Extents& shape) { return {shape.begin(), shape.end() - 2}; }

}  // namespace

template <class T>
HostTensor<T> matmul_nt(const HostTensor<T>& a, const HostTensor<T>& b) {
  CHECK(a.shape.size() >= 2 && b.shape.size() >= 2 && a.shape.back() == b.shape.back(),
        "matmul_nt of ranks {} and {}", a.shape.size(), b.shape.size());
  Sizes sizes{*(a.shape.end() - 2), *(b.shape.end() - 2), a.shape.back()};
  Extents batch = broadcast_shape(leading(a.shape), leading(b.shape));
  HostTensor<T> out{batch, {}};
  out.shape.insert(out.shape.end(), {sizes.m, sizes.n});
  out.data.resize(static_cast<std::size_t>(element_count(out.shape)));
  if (out.data.empty() || sizes.k == 0) return out;
  if (b.shape.size() == 2) {  // one product serves the whole batch
    sizes.m *= element_count(batch);
    batch.clear();
  }
  batch.push_back(1);  // the axis that the walk leaves to its caller
  const auto strides = [&](const HostTensor<T>& operand, std::int64_t matrix) {
    Extents shape = batch.size() == 1 ? Extents() : leading(operand.shape);
    shape.push_back(1);
    Extents all = broadcast_strides(shape, batch);
    for (std::int64_t& stride : all) stride *= matrix;
    return all;
  };
  OuterWalk<2> walk(batch, {strides(a, sizes.m * sizes.k), strides(b, sizes.n * sizes.k)});
  const std::int64_t step = sizes.m * sizes.n;
  for (T* at = out.data.data(); at != out.data.data() + out.data.size(); at += step, walk.next())
    multiply(a.data.data() + walk.offsets()[0], b.data.data() + walk.offsets()[1], at, sizes);
  return out;
}

template HostTensor<float> matmul_nt(const HostTensor<float>&, const HostTensor<float>&);
template HostTensor<double> matmul_nt(const HostTensor<double>&, const HostTensor<double>&);
template HostTensor<Bounded> matmul_nt(const HostTensor<Bounded>&, const HostTensor<Bounded>&);

}  // namespace ir::graph::evaluate
