// SPDX-License-Identifier: Apache-2.0
// The numeric cases notice small faults: one code of a weight changed by one, one entry of the page
// table swapped with another.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "codegen/lower/lowering.h"
#include "ir/encoding/code_planes.h"
#include "ir/kernel/interpreter.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

using ir::Encoding;
using ir::kernel::BufferRole;
using ir::kernel::Buffers;
using ir::kernel::Program;

// Whether the case fails with these buffers: by a fault or by its result.
bool fails(const PreparedCase& prepared, const Program& program, Buffers buffers) {
  ir::kernel::Executor executor(program);
  if (executor.run("run", prepared.symbols(), buffers)) return true;
  return !mismatches(buffers, prepared.expectations(program), 1).empty();
}

std::uint32_t buffer_of(const Program& program, BufferRole role) {
  const auto found = std::find_if(program.buffers.begin(), program.buffers.end(),
                                  [role](const auto& buffer) { return buffer.role == role; });
  return static_cast<std::uint32_t>(found - program.buffers.begin());
}

template <class T>
void flip(Buffers& buffers, std::uint32_t buffer, std::uint64_t offset, T bits) {
  const T value = buffers.read<T>(buffer, offset, 1)[0];
  buffers.write(buffer, std::vector<T>{static_cast<T>(value ^ bits)}, offset);
}

struct Element {
  std::uint64_t n, k;
};

// Where a code's lowest bit lies: its u32 in the matrix, and the bit there.
std::pair<std::uint64_t, std::uint32_t> lowest_bit(const ir::EncodingInfo& info,
                                                   const ir::EncodedShape& shape, Element at) {
  const ir::CodePlane plane = ir::lowest_plane(info.code_bits);
  const auto value = static_cast<std::uint32_t>(at.k % info.group);
  const std::uint64_t group = at.k / info.group;
  const std::uint32_t u32 = plane.in_block(
      info.block, static_cast<std::uint32_t>(group % info.block), plane.u32_of(value));
  const std::uint64_t block = at.n / info.columns * shape.blocks + group / info.block;
  const std::uint64_t word = (block * info.words + u32 / 4) * info.columns + at.n % info.columns;
  return {word * 4 + u32 % 4, plane.shift_of(value)};
}

// Changes one code by one: a code, the last place of an f16. The last place of an f32 is below what
// f32 arithmetic can show; there the code is a number of 11 bits, too.
void change_code(const Program& program, Buffers& buffers, std::uint32_t buffer, Element at) {
  const ir::kernel::StoredTensor& tensor = program.weights[program.buffers[buffer].weight];
  const ir::EncodingInfo& info = ir::info_of(tensor.encoding);
  const ir::EncodedShape shape =
      ir::encoded_shape(tensor.encoding, static_cast<std::uint64_t>(tensor.shape[0]),
                        static_cast<std::uint64_t>(tensor.shape[1]));
  if (info.has_codes()) {
    const auto [u32, bit] = lowest_bit(info, shape, at);
    return flip(buffers, buffer, u32 * 4, 1U << bit);
  }
  const std::uint64_t word =
      ((at.n / info.columns * shape.groups + at.k / info.group) * info.columns +
       at.n % info.columns) *
      ir::kWordBytes;
  const std::uint64_t within = at.k % info.group;
  if (tensor.encoding == Encoding::tile_f32)
    return flip(buffers, buffer, word + within * 4, 1U << 13);
  ASSERT_EQ(tensor.encoding, Encoding::tile_f16) << tensor.name << " has no codes";
  flip(buffers, buffer, word + within * 2, std::uint16_t{1});
}

std::vector<float> row_of(const Program& program, const Buffers& buffers, std::string_view name,
                          std::size_t width) {
  for (std::uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].name == name) return buffers.read<float>(i, 0, width);
  return {};
}

// Where a change of a matrix shows best: in rows that are used, at the largest activation of the
// first row of x; the largest weights first.
std::vector<Element> visible_elements(const Program& program, const Buffers& buffers,
                                      std::uint32_t buffer) {
  const ir::kernel::StoredTensor& tensor = program.weights[program.buffers[buffer].weight];
  const auto n = static_cast<std::uint64_t>(tensor.shape[0]);
  const auto k = static_cast<std::uint64_t>(tensor.shape[1]);
  const ir::kernel::RowRange rows =
      program.buffers[buffer].rows.value_or(ir::kernel::RowRange{0, n});
  const std::vector<float> x = row_of(program, buffers, "x", k);
  if (x.empty()) {  // a gather: of these ids, those whose rows lie in this buffer
    std::vector<Element> elements;
    for (const std::uint32_t id :
         buffers.read<std::uint32_t>(buffer_of(program, BufferRole::tokens))) {
      const std::uint64_t row = std::min<std::uint64_t>(id, n - 1);
      if (row >= rows.first && row < rows.end()) elements.push_back({row - rows.first, k - 1});
    }
    return elements;
  }
  const auto largest = std::max_element(x.begin(), x.end(),
                                        [](float a, float b) { return std::abs(a) < std::abs(b); });
  std::vector<Element> elements;
  for (std::uint64_t i = 0; i < rows.count; ++i)
    elements.push_back({i, static_cast<std::uint64_t>(largest - x.begin())});
  return elements;
}

class WeightCode : public testing::TestWithParam<NumericCase> {};

TEST_P(WeightCode, ChangedByOneIsNoticed) {
  const PreparedCase prepared(GetParam());
  for (const bool all_forms : {true, false}) {
    std::vector<std::string_view> without = codegen::lower::form_names();
    without.pop_back();
    const Program program = prepared.lower(all_forms ? std::vector<std::string_view>() : without);
    const Buffers good = prepared.buffers(program);
    ASSERT_FALSE(fails(prepared, program, good));
    for (std::uint32_t i = 0; i < program.buffers.size(); ++i) {
      const ir::kernel::Buffer& buffer = program.buffers[i];
      if (buffer.role != BufferRole::weight ||
          program.weights[buffer.weight].encoding == Encoding::f32)
        continue;
      const std::vector<Element> elements = visible_elements(program, good, i);
      const bool noticed = std::any_of(elements.begin(), elements.end(), [&](Element element) {
        Buffers changed = good;
        change_code(program, changed, i, element);
        return fails(prepared, program, changed);
      });
      EXPECT_TRUE(noticed || elements.empty())
          << "a code of " << buffer.name << (all_forms ? ", all forms" : ", only generic");
    }
  }
}

constexpr std::string_view kHiding[] = {"linear_argmax", "attention", "x288",
                                        "x545",          "k545",      "x2081"};

// An argmax seldom changes when a logit does, an attention little when a query or key does, and a
// long sum hides one code in its rounding.
std::vector<NumericCase> cases_that_show_weights() {
  std::vector<NumericCase> cases = weight_cases();
  for (NumericCase& one : qkv_cases()) cases.push_back(std::move(one));
  const auto hides = [](const NumericCase& one) {
    return std::any_of(std::begin(kHiding), std::end(kHiding), [&](std::string_view part) {
      return one.name.find(part) != std::string::npos;
    });
  };
  std::erase_if(cases, hides);
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, WeightCode, testing::ValuesIn(cases_that_show_weights()),
                         [](const auto& info) { return info.param.name; });

class PageTable : public testing::TestWithParam<NumericCase> {};

TEST_P(PageTable, SwappedEntryIsNoticed) {
  const PreparedCase prepared(GetParam());
  const Program program = prepared.lower({});
  const std::uint32_t buffer = buffer_of(program, BufferRole::page_table);
  Buffers buffers = prepared.buffers(program);
  ASSERT_FALSE(fails(prepared, program, buffers));
  std::vector<std::uint32_t> table = buffers.read<std::uint32_t>(buffer);
  std::vector<std::uint32_t*> mapped;
  for (std::uint32_t& entry : table)
    if (buffers.written(buffer, static_cast<std::uint64_t>(&entry - table.data()) * 4, 4) &&
        entry != runtime::formats::kUnmappedPage)
      mapped.push_back(&entry);
  ASSERT_FALSE(mapped.empty());
  if (mapped.size() > 1)
    std::swap(*mapped.front(), *mapped.back());  // whole pages would be seen in another order only
  else
    *mapped[0] ^= 1;  // a page of nobody
  buffers.write(buffer, table);
  EXPECT_TRUE(fails(prepared, program, buffers));
}

std::vector<NumericCase> cases_with_pages() {
  std::vector<NumericCase> cases = cache_cases();
  std::erase_if(
      cases, [](const NumericCase& one) { return one.graph.find("%cache") == std::string::npos; });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, PageTable, testing::ValuesIn(cases_with_pages()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tests::numerics
