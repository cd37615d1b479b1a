// SPDX-License-Identifier: Apache-2.0
// Program: kernels, the buffers they work on, and the schedule of dispatches the host replays. The
// lower of the two IR levels.
//
//   program LlamaForCausalLM
//   capacities rows=128 sequences=4 page_tokens=64 context=512
//   rope scale=1 frequencies=[1, 0.1, 0.01, 0.001]
//   weight model.norm.weight: f32[64]
//   buffer tokens: tokens bytes=512
//   buffer norm: weight(model.norm.weight) bytes=256
//   buffer head.1: weight(lm_head.weight, 65536, 62720) bytes=...      its rows from 65536 on
//   buffer cache.0.keys: cache bytes=mul(page_capacity, 8192)
//   buffer x0: scratch bytes=32768
//   kernel rms_norm_64 workgroup(64, 1, 1) { ... }
//   variant rms_norm_64 kernel rms_norm_64_subgroups workgroup(64, 1, 1) { ... }
//   func forward(rows, pages) {
//     dispatch rms_norm_64(x0, norm, x1) grid=(rows, 1, 1) at "model.norm"
//     dispatch linear_q4(x1, ..., step) grid=(6, rows, 1) when=greater(rows, 1) at "..."
//     return x1
//   }
//
// Plan variables a function may name: rows, outputs, pages (pages of 64 tokens that the longest row
// looks back on), searches (of top_k and top_p, that an output wants at most). Buffer sizes may
// name page_capacity, the pages a cache pool holds at present.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/encoding/encoding.h"
#include "ir/kernel/kernel.h"
#include "ir/kernel/size_expr.h"
#include "ir/support/result.h"
#include "ir/target.h"

namespace ir::kernel {

enum class BufferRole : std::uint8_t {
  weight,      // written once, at load
  step,        // one slot of the step buffer (runtime/formats/step_layout.h), at a dynamic offset
  tokens,      // u32[max_rows]: ids of the rows; a sampler writes the next ids here
  page_table,  // u32[max_sequences][max pages of a sequence]: physical page numbers
  cache,       // a pool of pages; grows, keeping its contents
  scratch,     // contents live within one step only
  sampling,    // what the host keeps for each sequence to draw from (runtime/formats/draw_layout.h)
  result,  // read back by the host: logits, rows padded to 32; or filled by it: inputs of a test
};

std::string_view name_of(BufferRole role);  // "page_table"
std::optional<BufferRole> buffer_role_named(std::string_view name);

struct RowRange {
  std::uint64_t first = 0, count = 0;
  std::uint64_t end() const { return first + count; }
};

struct Buffer {
  std::string name;
  BufferRole role = BufferRole::scratch;
  SizeExpr bytes;                // multiple of 16
  std::uint32_t weight = 0;      // role weight: index into Program::weights
  std::optional<RowRange> rows;  // role weight: a part of it, encoded as a tensor of its own
};

// A weight tensor as it is stored; the same list, in the same order, as the graph's.
struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  Encoding encoding = Encoding::f32;
};

// A kernel that takes another's place on a GPU that has what it needs: the same bindings, the same
// grid, the same meaning. Of several that a GPU can run, the first is taken.
struct Variant {
  std::uint32_t of = 0;  // kernel
  Kernel kernel;
};

struct Dispatch {
  std::uint32_t kernel = 0;
  std::vector<std::uint32_t> buffers;  // one per storage memory of the kernel, in binding order
  std::array<SizeExpr, 3> grid;        // workgroups; a zero anywhere: nothing is dispatched
};

struct Copy {
  std::uint32_t from = 0, to = 0;  // buffers
  SizeExpr bytes;
};

struct Step {
  std::variant<Dispatch, Copy> action;
  SizeExpr when = 1;       // 0: skipped
  std::string provenance;  // of the graph node it computes
};

struct ScheduledFunction {
  std::string name;
  std::vector<std::string> parameters;  // plan variables
  std::vector<Step> steps;
  std::vector<std::uint32_t> results;  // buffers
};

// What step buffer, page table and cache pools are laid out for.
struct Capacities {
  std::uint32_t max_rows = 128;     // rows of one step
  std::uint32_t max_sequences = 4;  // also: rows whose logits one step can give
  std::uint32_t page_tokens = 64;
  std::uint32_t context = 0;  // longest sequence, tokens
  std::uint32_t pages_per_sequence() const { return (context + page_tokens - 1) / page_tokens; }
};

// Host-computed rope rows: cos | sin of position * frequency, times scale, per row.
struct RopeRows {
  std::vector<double> frequencies;
  double scale = 1;
};

struct Program {
  std::string architecture;
  Capacities capacities;
  std::vector<RopeRows> rope;
  std::vector<StoredTensor> weights;
  std::vector<Buffer> buffers;
  std::vector<Kernel> kernels;    // what every GPU can run
  std::vector<Variant> variants;  // the best first
  std::vector<ScheduledFunction> functions;

  const ScheduledFunction* function(std::string_view name) const;
  // What a dispatch of a kernel runs on a GPU: a variant, or the kernel itself.
  const Kernel& kernel_for(std::uint32_t kernel, Target target) const;
};

// Bytes [at, at + bytes) of a stored tensor.
struct ByteRange {
  std::uint64_t at = 0, bytes = 0;
};
// What a buffer of role weight holds of its tensor, one range after the other: codes, scales.
std::vector<ByteRange> weight_ranges(const Program& program, const Buffer& buffer);

std::string print(const Program& program);
std::string print(const Kernel& kernel);
// Errors: kernel_syntax, kernel_invalid, with the line of the text.
// parse(print(p)) prints equal. What was parsed is well typed and its names resolve; the other laws
// are for verify.
Result<Program> parse_program(std::string_view text, std::string_view file_name);
Result<Kernel> parse_kernel(std::string_view text, std::string_view file_name);

// legal: all that WebGPU's default limits and usage rules ask for. planned: scratch buffers shared.
enum class Stage { lowered, legal, planned };
// Errors: kernel_invalid, naming the law. The numbered laws stand in verify.cpp.
Result<void> verify(const Program& program, Stage stage);
Result<void> verify(const Kernel& kernel, Stage stage);

}  // namespace ir::kernel
