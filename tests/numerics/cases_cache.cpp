// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tests/numerics/numeric_case.h"

namespace tests::numerics {
namespace {

using runtime::host::StepRow;

std::vector<StepRow> run_of(std::uint32_t sequence, std::uint32_t begin, std::uint32_t count) {
  std::vector<StepRow> rows;
  for (std::uint32_t i = 0; i < count; ++i) rows.push_back({sequence, begin + i});
  return rows;
}

// Rows of one step, around the borders of pages of 64 positions.
struct Rows {
  std::string_view name;
  std::vector<StepRow> rows;
};

std::vector<Rows> row_sets() {
  std::vector<StepRow> ragged = run_of(0, 62, 4);
  for (const StepRow row : run_of(2, 127, 2)) ragged.push_back(row);
  for (const StepRow row : run_of(1, 0, 2)) ragged.push_back(row);
  const std::vector<StepRow> mixed = {{0, 62}, {2, 127}, {0, 63}, {1, 0}, {0, 64}, {2, 128}};
  return {{"first", run_of(0, 0, 1)}, {"at63", run_of(0, 63, 1)},     {"at64", run_of(0, 64, 1)},
          {"at65", run_of(1, 65, 1)}, {"at128", run_of(0, 128, 1)},   {"ragged", ragged},
          {"mixed", mixed},           {"prefill65", run_of(0, 0, 65)}};
}

// Shapes of cache and heads: no grouping, grouping, a head that is no multiple of 4, one beyond the
// 64 lanes, and more than one layer.
struct Heads {
  int heads, kv_heads, head_dim, layers, layer;
};
constexpr Heads kHeads[] = {{1, 1, 4, 1, 0},  {4, 2, 8, 2, 1},  {4, 4, 2, 1, 0}, {2, 1, 6, 1, 0},
                            {3, 1, 68, 1, 0}, {3, 1, 72, 1, 0}, {8, 4, 16, 1, 0}};

// An op near the cache; {w} is the width of keys, {q} that of queries, {qkv} of a q|k|v row.
struct Reader {
  std::string_view name, parameters, body;
};
constexpr Reader kReaders[] = {
    {"cache_keys", "", R"(%y = cache_keys %cache, %sequences, %positions, layer={layer} at "y")"},
    {"cache_values", "",
     R"(%y = cache_values %cache, %sequences, %positions, layer={layer} at "y")"},
    {"cache_write", ", %k: f32[rows, {w}], %v: f32[rows, {w}]",
     R"(%y = cache_write %cache, %k, %v, %sequences, %positions, layer={layer} at "y")"},
    {"attention", ", %q: f32[rows, {q}]",
     R"(%y = attention %q, %cache, %sequences, %positions, layer={layer}, heads={heads}, scale=0.3 at "y")"},
    {"rope_cache_write", ", %x: f32[rows, {qkv}]",
     R"(%t = rope_table %positions, frequencies=[{frequencies}], scale=1 at "t"
  %y = rope_cache_write %cache, %x, %t, %sequences, %positions, layer={layer}, heads={heads} at "y")"},
    {"rope_attention", ", %x: f32[rows, {qkv}]",
     R"(%t = rope_table %positions, frequencies=[{frequencies}], scale=1.2 at "t"
  %y = rope_attention %x, %t, %cache, %sequences, %positions, layer={layer}, heads={heads}, scale=0.25 at "y")"},
};

std::string frequencies(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) list += fmt::format("{}{}", i ? ", " : "", 1.0 / (1 + i * i));
  return list;
}

std::string filled(std::string_view text, const Heads& h) {
  return fmt::format(fmt::runtime(text), fmt::arg("layer", h.layer), fmt::arg("heads", h.heads),
                     fmt::arg("w", h.kv_heads * h.head_dim), fmt::arg("q", h.heads * h.head_dim),
                     fmt::arg("qkv", (h.heads + 2 * h.kv_heads) * h.head_dim),
                     fmt::arg("frequencies", frequencies(h.head_dim / 2)));
}

// Reading ops return what they read; so that the rows can see themselves, every position up to the
// largest of each sequence is cached before the step: histories end one row later for them.
NumericCase case_of(const Reader& reader, const Heads& h, const Rows& rows) {
  const bool writes = reader.name.ends_with("write");
  return {
      .name =
          fmt::format("{}_{}x{}x{}_{}", reader.name, h.heads, h.kv_heads, h.head_dim, rows.name),
      .graph = fmt::format(
          "graph case func run(%cache: cache[{} x {} x {}], %sequences: u32[rows], "
          "%positions: u32[rows]{}) {{\n  {}\n  return %y\n}}",
          h.layers, h.kv_heads, h.head_dim, filled(reader.parameters, h), filled(reader.body, h)),
      .rows = rows.rows,
      .own_rows_cached = !writes};
}

}  // namespace

std::vector<NumericCase> cache_cases() {
  std::vector<NumericCase> cases;
  for (const Rows& rows : row_sets())
    for (const Heads& heads : kHeads)
      for (const Reader& reader : kReaders)
        if (rows.rows.size() < 65 || heads.layers > 1)  // one shape is enough for many rows
          cases.push_back(case_of(reader, heads, rows));
  for (const int head_dim : {2, 4, 6, 64})
    cases.push_back(
        {.name = fmt::format("rope_{}", head_dim),
         .graph = fmt::format(R"(graph case func run(%x: f32[rows, {}], %positions: u32[rows]) {{
  %t = rope_table %positions, frequencies=[{}], scale=1.5 at "t"
  %y = rope %x, %t, head_dim={} at "y"
  return %y
}})",
                              3 * head_dim, frequencies(head_dim / 2), head_dim),
         .rows = {{0, 0}, {0, 1}, {1, 65}}});
  return cases;
}

std::vector<NumericCase> all_cases() {
  std::vector<NumericCase> cases = elementwise_cases();
  for (const auto& list : {shape_cases(), weight_cases(), cache_cases()})
    cases.insert(cases.end(), list.begin(), list.end());
  return cases;
}

}  // namespace tests::numerics
