// SPDX-License-Identifier: Apache-2.0
#include "compiler/kernel_session.h"

#include <algorithm>
#include <numeric>

#include "codegen/weights/tensor_encoder.h"
#include "ir/support/check.h"

namespace compiler {
namespace {

using ir::kernel::BufferRole;
using runtime::host::SequenceFault;

runtime::host::SequenceOptions sequence_options(const ir::kernel::Program& program,
                                                const SessionOptions& session) {
  const ir::kernel::Capacities& capacities = program.capacities;
  runtime::host::SequenceOptions options{.max_rows = capacities.max_rows,
                                         .max_sequences = capacities.max_sequences,
                                         .max_pages_per_sequence = capacities.pages_per_sequence(),
                                         .window = session.window};
  for (const ir::kernel::RopeRows& rope : program.rope)
    options.ropes.push_back({rope.frequencies, rope.scale});
  return options;
}

ir::Diagnostic kernel_fault(const ir::kernel::Fault& fault) {
  return {.kind = ir::DiagnosticKind::kernel_fault,
          .message =
              "a kernel did what a GPU would hide: " + std::string(ir::kernel::name_of(fault.kind)),
          .where = {.path = "kernel " + fault.kernel, .item = fault.instruction},
          .notes = {{.message = to_string(fault)}},
          .help = "this is a bug of webllm-compile; please report it"};
}

}  // namespace

WeightBytes encoded_weights(const ir::graph::Graph& graph, const ir::TensorSource& source) {
  return [&graph, &source](std::uint32_t weight, std::span<std::byte> out) -> ir::Result<void> {
    const codegen::weights::TensorEncoder encoder(source, graph.weights[weight]);
    const codegen::weights::TensorLayout layout = encoder.layout();
    const std::uint64_t codes = layout.bands * layout.band_code_bytes;
    TRY([[maybe_unused]] const float largest,
        encoder.encode_bands(0, layout.bands, out.first(codes),
                             out.subspan(codes, layout.bands * layout.band_scale_bytes)));
    return {};
  };
}

ir::Result<void> load_weights(const ir::kernel::Program& program, const WeightBytes& weights,
                              ir::kernel::Buffers& buffers) {
  for (std::uint32_t i = 0; i < program.buffers.size(); ++i) {
    const ir::kernel::Buffer& buffer = program.buffers[i];
    if (buffer.role != BufferRole::weight) continue;
    const ir::kernel::Buffer whole{.role = BufferRole::weight, .weight = buffer.weight};
    std::vector<std::byte> bytes(weight_ranges(program, whole)[0].bytes);
    TRY_DO(weights(buffer.weight, bytes));
    std::uint64_t end = 0;
    for (const ir::kernel::ByteRange& range : weight_ranges(program, buffer)) {
      buffers.write_bytes(i, end, std::span(bytes).subspan(range.at, range.bytes));
      end += range.bytes;
    }
  }
  return {};
}

KernelSession::KernelSession(const ir::kernel::Program& program, SessionOptions options)
    : program_(program),
      options_(std::move(options)),
      executor_(program),
      sequences_(sequence_options(program, options_)),
      sequence_(*sequences_.create()),
      page_capacity_(options_.initial_pages),
      buffers_(program, {{"page_capacity", options_.initial_pages}}) {}

ir::Result<std::unique_ptr<KernelSession>> KernelSession::open(const ir::kernel::Program& program,
                                                               const WeightBytes& weights,
                                                               SessionOptions options) {
  std::unique_ptr<KernelSession> session(new KernelSession(program, std::move(options)));
  TRY_DO(load_weights(program, weights, session->buffers_));
  return session;
}

void KernelSession::rewind(std::uint32_t length) {
  const SequenceFault fault = sequences_.rewind(sequence_, length);
  CHECK(fault == SequenceFault::none, "rewinding to {}", length);
}

std::uint32_t KernelSession::buffer_of(BufferRole role) const {
  const auto found = std::find_if(program_.buffers.begin(), program_.buffers.end(),
                                  [role](const auto& buffer) { return buffer.role == role; });
  CHECK(found != program_.buffers.end(), "a program without such a buffer");
  return static_cast<std::uint32_t>(found - program_.buffers.begin());
}

ir::Result<void> KernelSession::feed(std::span<const std::uint32_t> ids) {
  while (!ids.empty()) {
    if (length() == sequences_.limit(sequence_)) TRY_DO(slide());
    const std::size_t room = sequences_.limit(sequence_) - length();
    const std::size_t rows =
        std::min({ids.size(), room, std::size_t{program_.capacities.max_rows}});
    const std::size_t of_sink = std::min(rows, options_.window.sink - sink_.size());
    sink_.insert(sink_.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(of_sink));
    TRY_DO(step(ids.first(rows)));
    ids = ids.subspan(rows);
  }
  return {};
}

ir::Result<void> KernelSession::slide() {
  const SequenceFault fault = sequences_.slide(sequence_);
  CHECK(fault == SequenceFault::none, "sliding at {}", length());
  for (std::uint32_t next; (next = sequences_.next(sequence_)) < length();) {
    const std::uint32_t rows = std::min(program_.capacities.max_rows, options_.window.sink - next);
    TRY_DO(step(std::span(sink_).subspan(next, rows)));
  }
  return {};
}

// One step of the runtime: pages, slot, growth, what the host writes, then the forward pass.
ir::Result<void> KernelSession::step(std::span<const std::uint32_t> ids) {
  const std::uint32_t begin = sequences_.next(sequence_);
  const auto rows = static_cast<std::uint32_t>(ids.size());
  SequenceFault fault = sequences_.reserve(sequence_, begin + rows);
  CHECK(fault == SequenceFault::none, "reserving {} positions", begin + rows);
  const std::uint64_t number = sequences_.begin_step();
  std::vector<runtime::host::StepRow> step_rows(rows);
  for (std::uint32_t i = 0; i < rows; ++i) step_rows[i] = {sequence_, begin + i};
  const std::uint32_t last[] = {rows - 1};
  slot_.resize(sequences_.layout().slot_words);
  const auto written = sequences_.write_step(step_rows, last, slot_);
  CHECK(written.fault == SequenceFault::none, "writing a step of {} rows", rows);
  slot_.resize(written.words);
  if (sequences_.pages_needed() > page_capacity_) grow(sequences_.pages_needed());
  write_step_buffers(ids);
  symbols_ = {{"rows", rows}, {"pages", slot_[runtime::formats::kStepPagesWord]}};
  TRY_DO(run("forward", 1));
  sequences_.completed(number);
  return {};
}

// Pools double, as in the runtime; what they hold stays.
void KernelSession::grow(std::uint32_t pages) {
  while (page_capacity_ < pages) page_capacity_ *= 2;
  for (std::uint32_t i = 0; i < program_.buffers.size(); ++i) {
    const ir::kernel::SizeExpr& bytes = program_.buffers[i].bytes;
    if (!bytes.is_constant())
      buffers_.resize(i, evaluate(bytes, {{"page_capacity", page_capacity_}}));
  }
}

// Nothing of an earlier step may be read: scratch, slot and tokens count as unwritten.
void KernelSession::write_step_buffers(std::span<const std::uint32_t> ids) {
  for (std::uint32_t i = 0; i < program_.buffers.size(); ++i) {
    const BufferRole role = program_.buffers[i].role;
    if (role == BufferRole::scratch || role == BufferRole::step || role == BufferRole::tokens ||
        role == BufferRole::result)
      buffers_.forget(i);
  }
  buffers_.write_bytes(buffer_of(BufferRole::step), 0, std::as_bytes(std::span(slot_)));
  buffers_.write_bytes(buffer_of(BufferRole::tokens), 0, std::as_bytes(ids));
  const std::span<const std::uint32_t> table = sequences_.page_table();
  buffers_.write_bytes(buffer_of(BufferRole::page_table), 0, std::as_bytes(table));
}

ir::Result<void> KernelSession::run(std::string_view function, std::uint64_t outputs) {
  symbols_["outputs"] = outputs;
  if (const auto fault = executor_.run(function, symbols_, buffers_, options_.run))
    return kernel_fault(*fault);
  return {};
}

ir::Result<std::uint32_t> KernelSession::next() {
  TRY_DO(run("greedy", 1));
  return buffers_.read<std::uint32_t>(buffer_of(BufferRole::tokens), 0, 1)[0];
}

ir::Result<std::vector<float>> KernelSession::logits() {
  TRY_DO(run("head", 1));
  const ir::kernel::ScheduledFunction* head = program_.function("head");
  return buffers_.read<float>(head->results.at(0), 0, options_.vocabulary);
}

}  // namespace compiler
