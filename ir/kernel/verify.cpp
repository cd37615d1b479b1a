// SPDX-License-Identifier: Apache-2.0
// The laws of programs: 9 to 16 of laws.h. Those of kernels are checked first.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ir/kernel/laws.h"
#include "ir/kernel/required_target.h"
#include "ir/kernel/text.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

constexpr std::uint64_t kMaxGrid = 65535;
constexpr std::uint64_t kMaxBufferBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kBufferUnit = 16;
const std::vector<std::string> kBufferSymbols = {"page_capacity"};

using BufferIds = std::vector<std::uint32_t>;

// The buffers a step reads, and those it writes. A kernel that has a buffer as `write` memory reads
// it only if it loads from it.
struct Usage {
  BufferIds reads, writes;
};

bool loads_from(const Block& block, std::uint32_t memory) {
  return std::any_of(block.begin(), block.end(), [&](const Instruction& instruction) {
    return match(
        instruction.op, [&](const Load& l) { return l.memory.id == memory; },
        [&](const For& f) { return loads_from(f.body, memory); },
        [&](const If& i) { return loads_from(i.then, memory) || loads_from(i.otherwise, memory); },
        [](const auto&) { return false; });
  });
}

class ProgramVerifier {
 public:
  explicit ProgramVerifier(const Program& program) : program_(program) {}

  Result<void> verify(Stage stage) const {
    for (const Kernel& kernel : program_.kernels) TRY_DO(kernel::verify(kernel, stage));
    for (const Variant& variant : program_.variants) TRY_DO(kernel::verify(variant.kernel, stage));
    TRY_DO(check_names());
    for (const Variant& variant : program_.variants) TRY_DO(check_variant(variant));
    for (const Buffer& buffer : program_.buffers) TRY_DO(check_buffer(buffer, stage));
    for (const ScheduledFunction& function : program_.functions)
      TRY_DO(check_function(function, stage));
    return {};
  }

 private:
  struct Named {
    std::string_view name;
  };

  // The names of one list of the program are different.
  template <class Item>
  static Result<void> check_names_of(const std::vector<Item>& list, std::string_view what) {
    std::set<std::string_view> names;
    for (const Item& item : list)
      if (!names.insert(item.name).second)
        return broken(Law::unique_names, {},
                      fmt::format("two {}s are named '{}'", what, item.name));
    return {};
  }
  Result<void> check_names() const {
    std::vector<Named> kernels;
    for (const Kernel& kernel : program_.kernels) kernels.push_back({kernel.name});
    for (const Variant& variant : program_.variants) kernels.push_back({variant.kernel.name});
    TRY_DO(check_names_of(kernels, "kernel"));
    TRY_DO(check_names_of(program_.buffers, "buffer"));
    return check_names_of(program_.functions, "function");
  }

  Result<void> check_variant(const Variant& variant) const {
    const Location where{.path = fmt::format("kernel {}", quoted_name(variant.kernel.name))};
    if (variant.of >= program_.kernels.size())
      return broken(Law::references, where, fmt::format("there is no kernel {}", variant.of));
    const Kernel& kernel = program_.kernels[variant.of];
    const Target needed = required_target(variant.kernel), plain = required_target(kernel);
    if (needed == plain || !includes(needed, plain))
      return broken(Law::variants, where,
                    fmt::format("it needs no more of a GPU than '{}'", kernel.name));
    if (variant.kernel.storage_count() != kernel.storage_count())
      return broken(
          Law::variants, where,
          fmt::format("it has {} storage memories, and '{}' has {}", variant.kernel.storage_count(),
                      kernel.name, kernel.storage_count()));
    for (std::uint32_t i = 0; i < kernel.storage_count(); ++i)
      if (variant.kernel.memories[i].space != kernel.memories[i].space)
        return broken(Law::variants, where,
                      fmt::format("'{}' is not bound as in '{}'", variant.kernel.memories[i].name,
                                  kernel.name));
    return {};
  }

  Result<void> check_buffer(const Buffer& buffer, Stage stage) const {
    const Location where{.path = fmt::format("buffer {}", quoted_name(buffer.name))};
    if (buffer.role == BufferRole::weight && buffer.weight >= program_.weights.size())
      return broken(Law::references, where, fmt::format("there is no weight {}", buffer.weight));
    if (buffer.rows) TRY_DO(check_rows(buffer, where));
    TRY_DO(check_size(buffer.bytes, kBufferSymbols, where));
    if (stage == Stage::lowered || !buffer.bytes.is_constant()) return {};
    const std::uint64_t bytes = buffer.bytes.value;
    if (bytes % kBufferUnit != 0 || bytes > kMaxBufferBytes)
      return broken(Law::program_limits, where, fmt::format("the buffer has {} bytes", bytes));
    return {};
  }

  // A part of a weight begins and, but for the last, ends between tiles.
  Result<void> check_rows(const Buffer& buffer, const Location& where) const {
    const auto [first, count] = *buffer.rows;
    const std::string rows = fmt::format("rows {} to {}", first, first + count);
    if (buffer.role != BufferRole::weight)
      return broken(Law::references, where, "only weights have rows");
    const StoredTensor& tensor = program_.weights[buffer.weight];
    const auto n = static_cast<std::uint64_t>(tensor.shape.empty() ? 0 : tensor.shape[0]);
    const std::uint64_t columns = info_of(tensor.encoding).columns;
    if (count == 0 || count > n || first > n - count)
      return broken(Law::references, where, fmt::format("{} of {}", rows, n));
    if (columns == 1 || first % columns != 0 ||
        ((first + count) % columns != 0 && first + count != n))
      return broken(Law::references, where, fmt::format("{} cut a tile", rows));
    return {};
  }

  Result<void> check_function(const ScheduledFunction& function, Stage stage) const {
    const std::string path = fmt::format("func {}", quoted_name(function.name));
    for (const std::uint32_t result : function.results)
      if (result >= program_.buffers.size())
        return broken(Law::references, {.path = path},
                      fmt::format("there is no buffer {}", result));
    std::set<std::uint32_t> written = results_of_others(function);
    for (const Step& step : function.steps) {
      const Location where{.path = path, .item = print(program_, step)};
      TRY_DO(check_references(step, where));
      TRY_DO(check_sizes(step, function.parameters, where));
      const Usage usage = usage_of(step);
      TRY_DO(check_writable(usage, where));
      if (stage == Stage::lowered) continue;
      TRY_DO(check_buffer_usage(step, where));
      TRY_DO(check_grid(step, where));
      if (stage == Stage::planned) TRY_DO(check_scratch(usage, written, where));
      written.insert(usage.writes.begin(), usage.writes.end());
    }
    return {};
  }

  Result<void> check_references(const Step& step, const Location& where) const {
    const auto* dispatch = std::get_if<Dispatch>(&step.action);
    if (dispatch != nullptr && dispatch->kernel >= program_.kernels.size())
      return broken(Law::references, where, fmt::format("there is no kernel {}", dispatch->kernel));
    for (const std::uint32_t buffer : buffers_of(step))
      if (buffer >= program_.buffers.size())
        return broken(Law::references, where, fmt::format("there is no buffer {}", buffer));
    if (dispatch == nullptr) return {};
    const Kernel& kernel = program_.kernels[dispatch->kernel];
    if (dispatch->buffers.size() == kernel.storage_count()) return {};
    return broken(Law::references, where,
                  fmt::format("{} buffers for {} storage memories", dispatch->buffers.size(),
                              kernel.storage_count()));
  }

  static BufferIds buffers_of(const Step& step) {
    return match(
        step.action, [](const Dispatch& d) { return d.buffers; },
        [](const Copy& c) { return BufferIds{c.from, c.to}; });
  }

  Usage usage_of(const Step& step) const {
    return match(
        step.action,
        [&](const Dispatch& d) {
          Usage usage;
          const Kernel& kernel = program_.kernels[d.kernel];
          for (std::uint32_t i = 0; i < d.buffers.size(); ++i) {
            const bool writes = kernel.memories[i].space == Space::read_write;
            if (writes) usage.writes.push_back(d.buffers[i]);
            if (!writes || loads_from(kernel.body, i)) usage.reads.push_back(d.buffers[i]);
          }
          return usage;
        },
        [](const Copy& c) { return Usage{{c.from}, {c.to}}; });
  }

  Result<void> check_writable(const Usage& usage, const Location& where) const {
    for (const std::uint32_t id : usage.writes) {
      const Buffer& buffer = program_.buffers[id];
      if (buffer.role == BufferRole::weight || buffer.role == BufferRole::step ||
          buffer.role == BufferRole::page_table)
        return broken(
            Law::writable_buffers, where,
            fmt::format("'{}' is written, and its role is {}", buffer.name, name_of(buffer.role)));
    }
    return {};
  }

  Result<void> check_sizes(const Step& step, const std::vector<std::string>& parameters,
                           const Location& where) const {
    TRY_DO(check_size(step.when, parameters, where));
    if (const auto* copy = std::get_if<Copy>(&step.action))
      return check_size(copy->bytes, parameters, where);
    for (const SizeExpr& extent : std::get<Dispatch>(step.action).grid)
      TRY_DO(check_size(extent, parameters, where));
    return {};
  }

  static Result<void> check_size(const SizeExpr& size, const std::vector<std::string>& symbols,
                                 const Location& where) {
    if (size.kind == SizeExpr::Kind::symbol &&
        std::find(symbols.begin(), symbols.end(), size.symbol) == symbols.end())
      return broken(Law::sizes, where, fmt::format("nothing here is named '{}'", size.symbol));
    for (const SizeExpr& operand : size.operands) TRY_DO(check_size(operand, symbols, where));
    if (size.kind == SizeExpr::Kind::ceil_div &&
        (!size.operands[1].is_constant() || size.operands[1].value == 0))
      return broken(Law::sizes, where, fmt::format("{} may divide by zero", to_string(size)));
    return {};
  }

  Result<void> check_buffer_usage(const Step& step, const Location& where) const {
    const auto both = [&](std::uint32_t buffer) {
      return broken(Law::buffer_usage, where,
                    fmt::format("'{}' is bound twice", program_.buffers[buffer].name));
    };
    if (const auto* copy = std::get_if<Copy>(&step.action)) {
      if (copy->from == copy->to) return both(copy->from);
      return {};
    }
    const auto& dispatch = std::get<Dispatch>(step.action);
    const Kernel& kernel = program_.kernels[dispatch.kernel];
    std::set<std::uint32_t> read, written;
    for (std::size_t i = 0; i < dispatch.buffers.size(); ++i) {
      const std::uint32_t buffer = dispatch.buffers[i];
      const bool writes = kernel.memories[i].space == Space::read_write;
      if (written.contains(buffer) || (writes && read.contains(buffer))) return both(buffer);
      (writes ? written : read).insert(buffer);
    }
    return {};
  }

  static Result<void> check_grid(const Step& step, const Location& where) {
    if (const auto* dispatch = std::get_if<Dispatch>(&step.action))
      for (const SizeExpr& extent : dispatch->grid)
        if (extent.is_constant() && extent.value > kMaxGrid)
          return broken(Law::program_limits, where, fmt::format("the grid has {}", extent.value));
    return {};
  }

  Result<void> check_scratch(const Usage& usage, const std::set<std::uint32_t>& written,
                             const Location& where) const {
    for (const std::uint32_t buffer : usage.reads)
      if (program_.buffers[buffer].role == BufferRole::scratch && !written.contains(buffer))
        return broken(
            Law::scratch_is_written, where,
            fmt::format("'{}' is read, and no step has written it", program_.buffers[buffer].name));
    return {};
  }

  std::set<std::uint32_t> results_of_others(const ScheduledFunction& function) const {
    std::set<std::uint32_t> results;
    for (const ScheduledFunction& other : program_.functions)
      if (&other != &function) results.insert(other.results.begin(), other.results.end());
    return results;
  }

  const Program& program_;
};

}  // namespace

Diagnostic broken(Law law, Location where, std::string what) {
  const auto number = static_cast<std::size_t>(law);
  return {.kind = DiagnosticKind::kernel_invalid,
          .message = std::move(what),
          .where = std::move(where),
          .notes = {{fmt::format("law {}: {}", number, kLaws[number]), {}}}};
}

Result<void> verify(const Program& program, Stage stage) {
  return ProgramVerifier(program).verify(stage);
}

}  // namespace ir::kernel
