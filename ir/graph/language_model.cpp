// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/language_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ir/graph/evaluate/scalar.h"
#include "ir/support/check.h"

namespace ir::graph {
namespace {

// Rows of one forward pass: enough for matrix products to pay, few enough that the copies of the
// cache that attention makes for each row stay below 64 MB of f32.
constexpr std::size_t kMostRows = 32;
constexpr std::size_t kMostCopiedElements = std::size_t{1} << 24;

using Integers = HostTensor<std::uint32_t>;

Integers integers(std::vector<std::uint32_t> numbers) {
  return {{static_cast<std::int64_t>(numbers.size())}, std::move(numbers), {}};
}

CacheType cache_type(const Graph& graph) {
  const Function* forward = graph.function("forward");
  CHECK(forward, "the graph has no function forward");
  for (const Parameter& parameter : forward->parameters)
    if (const auto* type = std::get_if<CacheType>(&forward->type_of(parameter.value))) return *type;
  return {};
}

const RopeTable* rope_of(const Graph& graph) {
  for (const Node& node : graph.function("forward")->nodes)
    if (const auto* table = std::get_if<RopeTable>(&node.op)) return table;
  return nullptr;
}

// Turns a rotated key, of one head after another, by so many positions more.
template <class T>
void turn(std::span<T> key, const RopeTable& rope, std::int64_t head_dim, double positions) {
  const std::size_t half = rope.frequencies.size();
  for (std::size_t head = 0; head < key.size(); head += static_cast<std::size_t>(head_dim))
    for (std::size_t i = 0; i < half; ++i) {
      const T cosine = evaluate::stored<T>(std::cos(positions * rope.frequencies[i]));
      const T sine = evaluate::stored<T>(std::sin(positions * rope.frequencies[i]));
      T &first = key[head + i], &second = key[head + half + i];
      const T turned = first * cosine - second * sine;
      second = second * cosine + first * sine;
      first = turned;
    }
}

std::size_t chunk_rows(std::size_t ids, std::int64_t length, std::int64_t width) {
  const std::size_t context = static_cast<std::size_t>(length) + kMostRows;
  const std::size_t row = context * static_cast<std::size_t>(std::max<std::int64_t>(width, 1));
  return std::min({ids, kMostRows, std::max<std::size_t>(kMostCopiedElements / row, 1)});
}

}  // namespace

template <class T>
ReferenceModel<T>::ReferenceModel(const Graph& graph, WeightValues& weights)
    : interpreter_(graph, weights),
      cache_(std::make_shared<Cache<T>>(cache_type(graph))),
      rope_(rope_of(graph)) {}

template <class T>
Result<RuntimeValue<T>> ReferenceModel<T>::forward(std::span<const std::uint32_t> ids,
                                                   std::uint32_t sequence) {
  std::int64_t& length = lengths_[sequence];
  std::vector<std::uint32_t> positions(ids.size());
  std::iota(positions.begin(), positions.end(), static_cast<std::uint32_t>(length));
  const std::int64_t context = length + static_cast<std::int64_t>(ids.size());
  TRY(auto results, interpreter_.run("forward",
                                     {integers({ids.begin(), ids.end()}),
                                      integers(std::vector<std::uint32_t>(ids.size(), sequence)),
                                      integers(std::move(positions)), cache_},
                                     {{"context", context}}));
  length = context;
  return std::move(results[0]);
}

template <class T>
Result<HostTensor<T>> ReferenceModel<T>::head(const RuntimeValue<T>& hidden,
                                              std::vector<std::uint32_t> selected) {
  TRY(auto results, interpreter_.run("head", {hidden, integers(std::move(selected))}));
  return results[0].tensor();
}

template <class T>
Result<std::vector<T>> ReferenceModel<T>::feed(std::span<const std::uint32_t> ids,
                                               std::uint32_t sequence) {
  CHECK(!ids.empty(), "no ids to feed");
  RuntimeValue<T> hidden;
  std::size_t rows = 0;
  for (; !ids.empty(); ids = ids.subspan(rows)) {
    rows = chunk_rows(ids.size(), length(sequence), cache_->width());
    TRY(hidden, forward(ids.first(rows), sequence));
  }
  TRY(HostTensor<T> logits, head(hidden, {static_cast<std::uint32_t>(rows - 1)}));
  return std::move(logits.data);
}

template <class T>
Result<HostTensor<T>> ReferenceModel<T>::feed_all(std::span<const std::uint32_t> ids,
                                                  std::uint32_t sequence) {
  CHECK(!ids.empty(), "no ids to feed");
  HostTensor<T> all;
  for (std::size_t rows = 0; !ids.empty(); ids = ids.subspan(rows)) {
    rows = chunk_rows(ids.size(), length(sequence), cache_->width());
    TRY(const RuntimeValue<T> hidden, forward(ids.first(rows), sequence));
    std::vector<std::uint32_t> every(rows);
    std::iota(every.begin(), every.end(), 0U);
    TRY(HostTensor<T> logits, head(hidden, std::move(every)));
    all.shape = {all.shape.empty() ? 0 : all.shape[0], logits.shape[1]};
    all.shape[0] += logits.shape[0];
    all.data.insert(all.data.end(), logits.data.begin(), logits.data.end());
  }
  return all;
}

template <class T>
std::int64_t ReferenceModel<T>::length(std::uint32_t sequence) const {
  const auto found = lengths_.find(sequence);
  return found == lengths_.end() ? 0 : found->second;
}

template <class T>
void ReferenceModel<T>::truncate(std::uint32_t sequence, std::int64_t length) {
  CHECK(length >= 0 && length <= this->length(sequence), "{} of {} ids", length,
        this->length(sequence));
  lengths_[sequence] = length;
  cache_->truncate(sequence, length);
}

template <class T>
void ReferenceModel<T>::forget(std::uint32_t sequence, std::int64_t first, std::int64_t count) {
  CHECK(first >= 0 && count >= 0 && first + count <= length(sequence), "{} ids from {} on", count,
        first);
  lengths_[sequence] -= count;
  cache_->erase(sequence, first, count, [&](std::span<T> key) {
    if (rope_) turn(key, *rope_, cache_->type().head_dim, -static_cast<double>(count));
  });
}

template class ReferenceModel<float>;
template class ReferenceModel<double>;
template class ReferenceModel<Bounded>;

std::uint32_t argmax(std::span<const float> logits) {
  const auto largest = std::max_element(logits.begin(), logits.end());
  return static_cast<std::uint32_t>(largest - logits.begin());
}

Result<std::vector<std::uint32_t>> generate_greedily(ReferenceModel<float>& model,
                                                     std::span<const std::uint32_t> prompt,
                                                     std::size_t count,
                                                     std::span<const std::uint32_t> stop_ids) {
  std::vector<std::uint32_t> ids;
  if (count == 0) return ids;
  TRY(std::vector<float> logits, model.feed(prompt));
  while (true) {
    ids.push_back(argmax(logits));
    const bool stops = std::find(stop_ids.begin(), stop_ids.end(), ids.back()) != stop_ids.end();
    if (ids.size() == count || stops) return ids;
    TRY(logits, model.feed(std::span(ids).last(1)));
  }
}

}  // namespace ir::graph
