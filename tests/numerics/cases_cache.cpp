// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

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
      .family = std::string(reader.name),
      .rows = rows.rows,
      .own_rows_cached = !writes};
}

// A projection of k activations into heads: half a head of one tile and of several; K in one part,
// in two, in eight, when a workgroup has 32 columns; more pairs of tiles than fill workgroups.
struct Qkv {
  int heads, kv_heads, head_dim, k;
};
constexpr Qkv kQkv[] = {{1, 1, 32, 33}, {2, 1, 32, 129}, {2, 1, 64, 545}, {2, 1, 96, 40}};

// What the projection gives goes into the cache, then attention takes its queries from it.
constexpr std::string_view kProjections[] = {"norm_linear %x, @g, @w, _, epsilon=1e-05",
                                             "linear %x, @w, @b"};

NumericCase qkv_case(const Qkv& s, bool with_norm, bool attends, const Rows& rows,
                     std::string_view encoding = "q4") {
  constexpr std::string_view kGraph =
      "graph case weight @w: {e}[{qkv}, {k}] weight @{v}: f32[{length}] func run("
      "%cache: cache[1 x {kv} x {d}], %sequences: u32[rows], %positions: u32[rows], "
      "%x: f32[rows, {k}]) {{\n"
      "  %t = rope_table %positions, frequencies=[{f}], scale=1 at \"t\"\n"
      "  %q = {projection} at \"q\"\n"
      "  %c = rope_cache_write %cache, %q, %t, %sequences, %positions, layer=0, heads={h} at "
      "\"c\"\n";
  constexpr std::string_view kAttention =
      "  %y = rope_attention %q, %t, %c, %sequences, %positions, layer=0, heads={h}, scale=0.25 at "
      "\"y\"\n";
  const int width = (s.heads + 2 * s.kv_heads) * s.head_dim;
  const std::string family = fmt::format("qkv_{}{}_{}", attends ? "attention" : "cache_write",
                                         with_norm ? "" : "_bias", encoding);
  return {
      .name = fmt::format("{}_{}x{}x{}_k{}_{}", family, s.heads, s.kv_heads, s.head_dim, s.k,
                          rows.name),
      .graph = fmt::format(kGraph, fmt::arg("e", encoding), fmt::arg("qkv", width),
                           fmt::arg("k", s.k), fmt::arg("v", with_norm ? "g" : "b"),
                           fmt::arg("length", with_norm ? s.k : width), fmt::arg("kv", s.kv_heads),
                           fmt::arg("d", s.head_dim), fmt::arg("f", frequencies(s.head_dim / 2)),
                           fmt::arg("projection", kProjections[with_norm ? 0 : 1]),
                           fmt::arg("h", s.heads)) +
               (attends ? fmt::format(kAttention, fmt::arg("h", s.heads)) + "  return %y, %c\n}"
                        : "  return %c\n}"),
      .family = family,
      .rows = rows.rows};
}

}  // namespace

std::vector<NumericCase> qkv_cases() {
  const Rows few = {"few", {{0, 63}, {1, 0}, {0, 64}}};
  const Rows many = {"many", {{0, 63}, {1, 0}, {0, 64}, {0, 65}, {1, 1}}};
  std::vector<NumericCase> cases;
  for (const Qkv& shape : kQkv)
    for (const bool with_norm : {true, false})
      for (const bool attends : {false, true}) {
        if (attends && shape.k > 129) continue;  // the bound of a softmax grows out of hand
        cases.push_back(qkv_case(shape, with_norm, attends, few));
        if (&shape == kQkv) cases.push_back(qkv_case(shape, with_norm, attends, many));
      }
  for (const std::string_view encoding : {"tile_f32", "tile_f16", "q8", "q3"})
    cases.push_back(qkv_case(kQkv[0], true, false, few, encoding));
  return cases;
}

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
         .family = "rope",
         .rows = {{0, 0}, {0, 1}, {1, 65}}});
  return cases;
}

std::vector<NumericCase> all_cases() {
  std::vector<NumericCase> cases = elementwise_cases();
  for (const auto& list : {shape_cases(), weight_cases(), cache_cases(), qkv_cases()})
    cases.insert(cases.end(), list.begin(), list.end());
  return cases;
}

std::vector<NumericCase> gpu_cases() {
  std::vector<NumericCase> cases;
  std::map<std::string, int> seen;  // of each family
  for (NumericCase& one : all_cases())
    if (one.family.empty() || seen[one.family]++ % 3 == 0) cases.push_back(std::move(one));
  return cases;
}

}  // namespace tests::numerics
