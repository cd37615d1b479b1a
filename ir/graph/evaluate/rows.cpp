// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/evaluate/rows.h"

#include <algorithm>
#include <limits>

#include "ir/graph/evaluate/elementwise.h"
#include "ir/graph/evaluate/scalar.h"

namespace ir::graph::evaluate {
namespace {

template <class T>
HostTensor<T> make_tensor(Extents shape) {
  HostTensor<T> tensor{std::move(shape), {}};
  tensor.data.resize(static_cast<std::size_t>(element_count(tensor.shape)));
  return tensor;
}

std::size_t row_count(const Extents& shape) {
  return static_cast<std::size_t>(element_count({shape.data(), shape.size() - 1}));
}

template <class T>
std::span<const T> row(const HostTensor<T>& x, std::size_t index) {
  const auto width = static_cast<std::size_t>(x.shape.back());
  return std::span(x.data).subspan(index * width, width);
}

template <class T, class F>
HostTensor<T> reduce(const HostTensor<T>& x, F&& f) {
  HostTensor<T> out{x.shape, {}};
  out.shape.back() = 1;
  for (std::size_t i = 0; i < row_count(x.shape); ++i) out.data.push_back(f(row(x, i)));
  return out;
}

template <std::floating_point T>
bool may_exceed(T, T) {
  return false;
}
bool may_exceed(Bounded a, Bounded b) { return a.value + a.error >= b.value - b.error; }

template <std::floating_point T>
T value_of(T x) {
  return x;
}
double value_of(Bounded x) { return x.value; }

template <class T, class Strip>
HostTensor<T> visible_strips(std::span<const std::uint32_t> positions, std::int64_t context,
                             std::int64_t width, const Strip& strip_of) {
  auto out = make_tensor<T>({static_cast<std::int64_t>(positions.size()), context, width});
  const auto size = static_cast<std::size_t>(context * width);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::span<const T> strip = strip_of(i);
    const std::size_t seen = (std::size_t{positions[i]} + 1) * static_cast<std::size_t>(width);
    std::copy_n(strip.begin(), std::min({size, strip.size(), seen}),
                out.data.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  return out;
}

}  // namespace

template <class T>
HostTensor<T> Rows<T>::reduce_sum(const HostTensor<T>& x) {
  return reduce(x, [](std::span<const T> terms) { return sum(terms); });
}

template <class T>
HostTensor<T> Rows<T>::reduce_max(const HostTensor<T>& x) {
  return reduce(x, [](std::span<const T> terms) {
    if (terms.empty()) return exactly<T>(std::numeric_limits<float>::lowest());
    T largest = terms[0];
    for (const T term : terms.subspan(1)) largest = maximum(largest, term);
    return largest;
  });
}

template <class T>
HostTensor<std::uint32_t> Rows<T>::argmax(const HostTensor<T>& x) {
  HostTensor<std::uint32_t> out{{x.shape[0]}, {}, {}};
  for (std::size_t i = 0; i < row_count(x.shape); ++i) {
    const std::span<const T> terms = row(x, i);
    std::size_t winner = 0;
    for (std::size_t j = 1; j < terms.size(); ++j)
      if (value_of(terms[j]) > value_of(terms[winner])) winner = j;
    bool uncertain = false;
    for (std::size_t j = 0; j < terms.size(); ++j)
      uncertain |= j != winner && may_exceed(terms[j], terms[winner]);
    out.data.push_back(static_cast<std::uint32_t>(winner));
    out.uncertain.push_back(uncertain);
  }
  return out;
}

template <class T>
HostTensor<T> transpose(const HostTensor<T>& x, std::span<const std::int64_t> permutation) {
  Extents shape, strides;
  const Extents from = [&] {
    Extents all(x.shape.size(), 1);
    for (std::size_t i = x.shape.size(); i-- > 1;) all[i - 1] = all[i] * x.shape[i];
    return all;
  }();
  for (const std::int64_t axis : permutation) {
    shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
    strides.push_back(from[static_cast<std::size_t>(axis)]);
  }
  HostTensor<T> out = make_tensor<T>(shape);
  if (out.data.empty() || shape.empty()) {
    out.data = x.data;
    return out;
  }
  OuterWalk<1> walk(shape, {strides});
  const std::int64_t inner = shape.back(), step = strides.back();
  for (T* to = out.data.data(); to != out.data.data() + out.data.size(); to += inner) {
    const T* at = x.data.data() + walk.offsets()[0];
    for (std::int64_t i = 0; i < inner; ++i) to[i] = at[i * step];
    walk.next();
  }
  return out;
}

template <class T>
HostTensor<T> Rows<T>::slice(const HostTensor<T>& x, std::int64_t begin, std::int64_t end) {
  HostTensor<T> out{x.shape, {}};
  out.shape.back() = end - begin;
  out.data.reserve(static_cast<std::size_t>(element_count(out.shape)));
  for (std::size_t i = 0; i < row_count(x.shape); ++i) {
    const std::span<const T> from = row(x, i);
    out.data.insert(out.data.end(), from.begin() + begin, from.begin() + end);
  }
  return out;
}

template <class T>
HostTensor<T> Rows<T>::concat(const std::vector<const HostTensor<T>*>& parts) {
  HostTensor<T> out{parts[0]->shape, {}};
  out.shape.back() = 0;
  for (const HostTensor<T>* part : parts) out.shape.back() += part->shape.back();
  out.data.reserve(static_cast<std::size_t>(element_count(out.shape)));
  for (std::size_t i = 0; i < row_count(out.shape); ++i) {
    for (const HostTensor<T>* part : parts) {
      const std::span<const T> from = row(*part, i);
      out.data.insert(out.data.end(), from.begin(), from.end());
    }
  }
  return out;
}

template <class T>
HostTensor<T> Rows<T>::gather(const HostTensor<T>& table, Numbers ids) {
  HostTensor<T> out{{static_cast<std::int64_t>(ids.size()), table.shape[1]}, {}};
  CHECK(ids.empty() || table.shape[0] > 0, "a table without rows");
  for (const std::uint32_t id : ids) {
    const auto index = std::min<std::int64_t>(id, table.shape[0] - 1);
    const std::span<const T> from = row(table, static_cast<std::size_t>(index));
    out.data.insert(out.data.end(), from.begin(), from.end());
  }
  return out;
}

template <class T>
HostTensor<T> Rows<T>::rope_table(const RopeTable& op, Numbers positions) {
  const auto columns = static_cast<std::int64_t>(2 * op.frequencies.size());
  HostTensor<T> out{{static_cast<std::int64_t>(positions.size()), columns}, {}};
  for (const std::uint32_t position : positions) {
    for (const double frequency : op.frequencies)
      out.data.push_back(stored<T>(std::cos(position * frequency) * op.scale));
    for (const double frequency : op.frequencies)
      out.data.push_back(stored<T>(std::sin(position * frequency) * op.scale));
  }
  return out;
}

template <class T>
void Rows<T>::cache_write(Cache<T>& cache, std::int64_t layer, const HostTensor<T>& keys,
                          const HostTensor<T>& values, Numbers sequences, Numbers positions) {
  for (std::size_t i = 0; i < sequences.size(); ++i)
    cache.write(layer, sequences[i], positions[i], row(keys, i), row(values, i));
}

template <class T>
HostTensor<T> Rows<T>::cached_keys(const Cache<T>& cache, std::int64_t layer, Numbers sequences,
                                   Numbers positions, std::int64_t context) {
  return visible_strips<T>(positions, context, cache.width(),
                           [&](std::size_t i) { return cache.keys(layer, sequences[i]); });
}

template <class T>
HostTensor<T> Rows<T>::cached_values(const Cache<T>& cache, std::int64_t layer, Numbers sequences,
                                     Numbers positions, std::int64_t context) {
  return visible_strips<T>(positions, context, cache.width(),
                           [&](std::size_t i) { return cache.values(layer, sequences[i]); });
}

template struct Rows<float>;
template struct Rows<double>;
template struct Rows<Bounded>;

template HostTensor<float> transpose(const HostTensor<float>&, std::span<const std::int64_t>);
template HostTensor<double> transpose(const HostTensor<double>&, std::span<const std::int64_t>);
template HostTensor<Bounded> transpose(const HostTensor<Bounded>&, std::span<const std::int64_t>);
template HostTensor<std::uint32_t> transpose(const HostTensor<std::uint32_t>&,
                                             std::span<const std::int64_t>);

}  // namespace ir::graph::evaluate
