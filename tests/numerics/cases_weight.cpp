// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <span>

#include "tests/numerics/numeric_case.h"

namespace tests::numerics {
namespace {

// [n, k] around: 16 columns of a tile, 64 lanes of a workgroup, groups of 4, 8 and 32 along k, the
// padding of rows to 32.
struct Matrix {
  int n, k;
};
constexpr Matrix kMatrices[] = {{1, 1},   {15, 3},  {16, 4},  {17, 5},  {31, 7}, {32, 8},  {33, 9},
                                {63, 31}, {64, 32}, {65, 33}, {80, 64}, {5, 65}, {129, 17}};
// For ops that read weights as linear does: across all borders at once.
constexpr Matrix kFewMatrices[] = {{1, 1}, {17, 5}, {65, 33}, {129, 17}};
// K in two parts; in eight, of which two have one block more; beyond what is normalised at a time.
constexpr Matrix kParts[] = {{17, 129}, {33, 545}, {3, 2081}};
// Many rows take a gemm: 8 rows, 128 columns (64 of two matrices) and 256 of k at a time.
constexpr Matrix kGemmMatrices[] = {{17, 5}, {129, 40}, {129, 288}};
constexpr int kManyRows[] = {5, 9};
// Cut into 64, 64 and 2 rows; with K in two parts; in eight, when a workgroup has 32 columns.
constexpr Matrix kInParts[] = {{130, 17}, {130, 129}, {66, 545}};
// A gather takes 64 lanes of 4 values for a row: one workgroup up to k = 256.
constexpr Matrix kWideTables[] = {{3, 255}, {3, 256}, {3, 257}};
constexpr std::string_view kEncodings[] = {"tile_f32", "tile_f16", "q8", "q3", "q4"};

// An op with one tiled matrix @w[n, k], and maybe a second one @v.
struct Reader {
  std::string_view name, declarations, parameters, op;
};
constexpr Reader kReaders[] = {
    {"matmul_nt", "", "", "matmul_nt %x, @w"},
    {"linear", "", "", "linear %x, @w, _"},
    {"linear_bias", "weight @b: f32[{n}]", "", "linear %x, @w, @b"},
    {"linear_add", "", ", %residual: f32[rows, {n}]", "linear_add %residual, %x, @w, _"},
    {"linear_add_bias", "weight @b: f32[{n}]", ", %residual: f32[rows, {n}]",
     "linear_add %residual, %x, @w, @b"},
    {"linear_swiglu", "weight @v: {e}[{n}, {k}]", "", "linear_swiglu %x, @w, @v, _, _"},
    {"linear_swiglu_bias", "weight @v: {e}[{n}, {k}] weight @b: f32[{n}] weight @c: f32[{n}]", "",
     "linear_swiglu %x, @w, @v, @b, @c"},
    {"linear_argmax", "", "", "linear_argmax %x, @w"},
    {"norm_linear", "weight @g: f32[{k}]", "", "norm_linear %x, @g, @w, _, epsilon=1e-05"},
    {"norm_linear_bias", "weight @g: f32[{k}] weight @b: f32[{n}]", "",
     "norm_linear %x, @g, @w, @b, epsilon=1e-05"},
    {"norm_linear_swiglu", "weight @g: f32[{k}] weight @v: {e}[{n}, {k}]", "",
     "norm_linear_swiglu %x, @g, @w, @v, _, _, epsilon=1e-05"},
    {"norm_linear_swiglu_bias",
     "weight @g: f32[{k}] weight @v: {e}[{n}, {k}] weight @b: f32[{n}] weight @c: f32[{n}]", "",
     "norm_linear_swiglu %x, @g, @w, @v, @b, @c, epsilon=1e-05"},
    {"norm_linear_argmax", "weight @g: f32[{k}]", "",
     "norm_linear_argmax %x, @g, @w, epsilon=1e-05"},
};

std::span<const Matrix> matrices_for(const Reader& reader) {
  if (reader.name == "linear") return kMatrices;
  return kFewMatrices;
}

// How the matrix is stored does not matter for a bias, nor for what follows a norm.
std::span<const std::string_view> encodings_for(const Reader& reader) {
  const std::span<const std::string_view> all(kEncodings);
  const bool any = reader.name.ends_with("_bias") || reader.name.starts_with("norm_linear_");
  return any ? all.last(1) : all;
}

// Whether its sums may be cut into parts.
bool has_parts(const Reader& reader) {
  return reader.name != "matmul_nt" && !reader.name.ends_with("_bias");
}

bool has_gemm(const Reader& reader) {
  return reader.name.starts_with("linear") && reader.name != "linear_argmax";
}

std::string filled(std::string_view text, std::string_view encoding, Matrix matrix) {
  return fmt::format(fmt::runtime(text), fmt::arg("e", encoding), fmt::arg("n", matrix.n),
                     fmt::arg("k", matrix.k));
}

std::vector<runtime::host::StepRow> rows_of_one_sequence(int count) {
  std::vector<runtime::host::StepRow> rows;
  for (int i = 0; i < count; ++i) rows.push_back({0, static_cast<std::uint32_t>(i)});
  return rows;
}

NumericCase reader_case(const Reader& reader, std::string_view encoding, const Matrix& matrix,
                        int rows) {
  const auto fill = [&](std::string_view text) { return filled(text, encoding, matrix); };
  const std::string of_rows = rows == 3 ? "" : fmt::format("_rows{}", rows);
  return {.name = fmt::format("{}_{}_{}x{}{}", reader.name, encoding, matrix.n, matrix.k, of_rows),
          .graph =
              fmt::format("graph case {} {} func run({}{}) {{\n  %y = {} at \"y\"\n  return %y\n}}",
                          fill("weight @w: {e}[{n}, {k}]"), fill(reader.declarations),
                          fill("%x: f32[rows, {k}]"), fill(reader.parameters), reader.op),
          .family = fmt::format("{}_{}{}", reader.name, encoding, of_rows),
          .rows = rows_of_one_sequence(rows)};
}

NumericCase gather_case(std::string_view encoding, Matrix table) {
  return {.name = fmt::format("gather_{}_{}x{}", encoding, table.n, table.k),
          .graph = filled("graph case weight @w: {e}[{n}, {k}] func run(%tokens: u32[rows]) {{\n"
                          "  %y = gather @w, %tokens at \"y\"\n  return %y\n}}",
                          encoding, table),
          .family = fmt::format("gather_{}", encoding),
          .ids = static_cast<std::uint32_t>(table.n) + 1};  // one too many is clamped
}

// As if no buffer held more than 64 rows.
NumericCase in_parts(NumericCase one) {
  one.name += "_in_parts";
  one.family += "_in_parts";
  one.max_weight_bytes = 1;
  return one;
}

}  // namespace

std::vector<NumericCase> weight_cases() {
  std::vector<NumericCase> cases;
  for (const Reader& reader : kReaders)
    for (const std::string_view encoding : encodings_for(reader))
      for (const Matrix& matrix : matrices_for(reader))
        cases.push_back(reader_case(reader, encoding, matrix, 3));
  for (const Reader& reader : kReaders)
    for (const Matrix& matrix : kParts)
      for (const int rows : {3, 5})
        if (has_parts(reader)) cases.push_back(reader_case(reader, "q4", matrix, rows));
  for (const std::string_view encoding : {"tile_f32", "tile_f16"})
    for (const int rows : {3, 5})
      cases.push_back(reader_case(kReaders[1], encoding, kParts[0], rows));
  for (const Reader& reader : kReaders)
    for (const std::string_view encoding : encodings_for(reader))
      for (const Matrix& matrix : kGemmMatrices)
        for (const int rows : kManyRows)
          if (has_gemm(reader) && (matrix.k <= 256 || reader.name.ends_with("_bias")))
            cases.push_back(reader_case(reader, encoding, matrix, rows));
  for (const std::string_view encoding : kEncodings)
    for (const std::span<const Matrix> tables :
         {std::span<const Matrix>(kMatrices), std::span<const Matrix>(kWideTables)})
      for (const Matrix& matrix : tables) cases.push_back(gather_case(encoding, matrix));
  for (const Reader& reader : kReaders)
    for (const Matrix& matrix : kInParts)
      if (matrix.k < 32 || has_parts(reader))
        cases.push_back(in_parts(reader_case(reader, "q4", matrix, 3)));
  for (const Reader& reader : kReaders)
    if (has_gemm(reader)) cases.push_back(in_parts(reader_case(reader, "q4", kInParts[0], 9)));
  for (const std::string_view encoding : {"tile_f32", "tile_f16", "q8", "q3"})
    cases.push_back(in_parts(reader_case(kReaders[1], encoding, kInParts[0], 3)));
  for (const std::string_view encoding : kEncodings) {
    NumericCase gather = in_parts(gather_case(encoding, {130, 33}));
    gather.rows = rows_of_one_sequence(9);
    cases.push_back(std::move(gather));
  }
  cases.push_back({.name = "linear_add_to_its_own_input",  // one buffer, bound twice
                   .graph = R"(graph case weight @w: q4[33, 33] func run(%x: f32[rows, 33]) {
  %y = linear_add %x, %x, @w, _ at "y"
  return %y
})"});
  return cases;
}

}  // namespace tests::numerics
