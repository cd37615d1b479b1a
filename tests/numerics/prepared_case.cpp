// SPDX-License-Identifier: Apache-2.0
// The inputs of a case, and what the graph interpreter makes of them.
#include "tests/numerics/prepared_case.h"

#include <algorithm>
#include <bit>
#include <random>

#include "codegen/lower/lower.h"
#include "ir/support/check.h"

namespace tests::numerics {

using namespace ir::graph;  // NOLINT
using runtime::host::StepRow;

namespace {

constexpr std::uint32_t kPageTokens = runtime::formats::kPageTokens;

std::uint64_t mixed(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = mixed(hash ^ static_cast<unsigned char>(c));
  return hash;
}

template <class T>
const T& expect_ok(const ir::Result<T>& result, std::string_view what) {
  CHECK(result, "{}: {}", what, to_string(result.error()));
  return *result;
}

}  // namespace

PreparedCase::PreparedCase(const NumericCase& numeric_case) : case_(numeric_case) {
  graph_ = expect_ok(parse(case_.graph, case_.name), case_.name);
  const auto verified = verify(graph_, Stage::fused);
  CHECK(verified, "{}: {}", case_.name, to_string(verified.error()));
  for (const WeightDecl& weight : graph_.weights) source_.add(weight.name, weight.shape);
  for (const Type& type : function().types)
    if (const auto* cache = std::get_if<CacheType>(&type)) cache_type_ = cache;

  std::uint32_t longest = 1;
  for (const StepRow& row : case_.rows) {
    if (case_.own_rows_cached)
      history_[row.sequence] = row.position + 1;
    else
      history_.try_emplace(row.sequence, row.position);
    lengths_[row.sequence] = row.position + 1;
    longest = std::max(longest, row.position + 1);
    pages_ = std::max(pages_, row.position / kPageTokens + 1);
  }
  const auto rows = static_cast<std::uint32_t>(case_.rows.size());
  capacities_ = {.max_rows = rows + 1,
                 .max_sequences = std::max(lengths_.empty() ? 1 : lengths_.rbegin()->first + 1,
                                           static_cast<std::uint32_t>(case_.selected.size())),
                 .page_tokens = kPageTokens,
                 .context = longest + kPageTokens};

  std::vector<RuntimeValue<Bounded>> inputs;
  for (const Parameter& parameter : function().parameters) inputs.push_back(make_input(parameter));
  WeightValues weights(graph_, source_);
  Interpreter<Bounded> interpreter(graph_, weights);
  const auto results =
      interpreter.run("run", inputs,
                      {{"rows", static_cast<std::int64_t>(case_.rows.size())},
                       {"outputs", static_cast<std::int64_t>(case_.selected.size())},
                       {"context", std::int64_t{pages_} * kPageTokens}});
  result_ = expect_ok(results, case_.name)[0];
}

std::vector<std::int64_t> PreparedCase::extents_of(const Shape& shape) const {
  std::vector<std::int64_t> extents;
  for (const Dim& dim : shape) {
    if (dim.symbol == "rows")
      extents.push_back(static_cast<std::int64_t>(case_.rows.size()));
    else if (dim.symbol == "outputs")
      extents.push_back(static_cast<std::int64_t>(case_.selected.size()));
    else if (dim.symbol == "context")
      extents.push_back(std::int64_t{pages_} * kPageTokens);
    else
      extents.push_back(dim.extent);
  }
  return extents;
}

std::vector<std::uint32_t> PreparedCase::random_words(const std::string& name, ir::DType dtype,
                                                      std::size_t count) const {
  std::vector<std::uint32_t> words;
  std::mt19937_64 random(hash_of(case_.name + "/" + name));
  std::uniform_real_distribution<float> reals(static_cast<float>(case_.low),
                                              static_cast<float>(case_.high));
  for (std::size_t i = 0; i < count; ++i)
    words.push_back(dtype == ir::DType::f32 ? std::bit_cast<std::uint32_t>(reals(random))
                                            : static_cast<std::uint32_t>(random() % case_.ids));
  return words;
}

float PreparedCase::history_value(std::int64_t layer, bool is_value, StepRow at,
                                  std::int64_t element) const {
  const std::uint64_t bits = mixed(static_cast<std::uint64_t>(element) +
                                   mixed(std::uint64_t{at.position} << 32 | at.sequence << 8 |
                                         static_cast<std::uint64_t>(layer) << 1 | is_value));
  return static_cast<float>(bits >> 40) / static_cast<float>(1U << 23) - 1;
}

RuntimeValue<Bounded> PreparedCase::make_input(const Parameter& parameter) {
  if (cache_type_ && std::holds_alternative<CacheType>(function().type_of(parameter.value))) {
    auto cache = std::make_shared<Cache<Bounded>>(*cache_type_);
    std::vector<Bounded> keys(static_cast<std::size_t>(cache->width())), values = keys;
    for (std::int64_t layer = 0; layer < cache_type_->layers; ++layer)
      for (const auto& [sequence, length] : history_)
        for (std::uint32_t position = 0; position < length; ++position) {
          for (std::int64_t i = 0; i < cache->width(); ++i) {
            const StepRow at{sequence, position};
            keys[static_cast<std::size_t>(i)] = {history_value(layer, false, at, i)};
            values[static_cast<std::size_t>(i)] = {history_value(layer, true, at, i)};
          }
          cache->write(layer, sequence, position, keys, values);
        }
    return cache;
  }
  const TensorType& type = function().tensor_type_of(parameter.value);
  const std::vector<std::int64_t> shape = extents_of(type.shape);
  std::vector<std::uint32_t> words =
      random_words(parameter.name, type.dtype, static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < case_.rows.size(); ++i) {
    if (parameter.name == "sequences") words[i] = case_.rows[i].sequence;
    if (parameter.name == "positions") words[i] = case_.rows[i].position;
  }
  if (parameter.name == "selected") words = case_.selected;
  parameters_[parameter.name] = words;
  if (type.dtype == ir::DType::u32) return HostTensor<std::uint32_t>{shape, words, {}};
  HostTensor<Bounded> tensor{shape, {}};
  for (const std::uint32_t word : words) tensor.data.push_back({std::bit_cast<float>(word)});
  return tensor;
}

ir::kernel::Program PreparedCase::lower(std::vector<std::string_view> without_forms) const {
  return codegen::lower::lower(graph_, {.capacities = capacities_,
                                        .max_weight_bytes = case_.max_weight_bytes,
                                        .without_forms = std::move(without_forms)});
}

ir::kernel::Symbols PreparedCase::symbols() const {
  return {{"rows", case_.rows.size()}, {"outputs", case_.selected.size()}, {"pages", pages_}};
}

}  // namespace tests::numerics
