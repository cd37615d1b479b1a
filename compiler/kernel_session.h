// SPDX-License-Identifier: Apache-2.0
// KernelSession: runs a lowered program in the kernel interpreter as the runtime runs it on a GPU:
// encoded weights in buffers, pages and step slots by runtime/host, pools that double as a text
// grows, prefill in chunks, greedy decoding.
//
//   TRY(KernelSession session, KernelSession::open(program, encoded_weights(graph, source)));
//   TRY_DO(session.feed(prompt));
//   TRY(std::uint32_t id, session.next());
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "compiler/generator.h"
#include "ir/graph/graph.h"
#include "ir/kernel/interpreter.h"
#include "ir/support/tensor_source.h"
#include "runtime/host/sequences.h"

namespace compiler {

// Fills `out` with the stored bytes of a weight of the program.
using WeightBytes = std::function<ir::Result<void>(std::uint32_t weight, std::span<std::byte> out)>;

// What the weight writer would put into a bundle. Both arguments must outlive the function.
WeightBytes encoded_weights(const ir::graph::Graph& graph, const ir::TensorSource& source);

// Fills the weight buffers of a program. Errors: those of `weights`.
ir::Result<void> load_weights(const ir::kernel::Program& program, const WeightBytes& weights,
                              ir::kernel::Buffers& buffers);

struct SessionOptions {
  std::uint32_t vocabulary = 0;     // logits of a row
  std::uint32_t initial_pages = 4;  // of each cache pool
  runtime::host::SlidingWindow window;
  ir::kernel::RunOptions run;  // sanitizer, order of workgroups, observer
};

class KernelSession final : public Generator {
 public:
  // The program must be planned and outlive the session. Errors: those of `weights`.
  static ir::Result<std::unique_ptr<KernelSession>> open(const ir::kernel::Program& program,
                                                         const WeightBytes& weights,
                                                         SessionOptions options = {});

  // Appends ids to sequence 0, max_rows at a time. Errors: kernel_fault.
  ir::Result<void> feed(std::span<const std::uint32_t> ids) override;
  ir::Result<std::uint32_t> next() override;
  ir::Result<std::vector<float>> logits() override;

  // Ids that the sequence holds; forgets those from `length` on.
  std::uint32_t length() const { return sequences_.length(sequence_); }
  void rewind(std::uint32_t length);

  const ir::kernel::Buffers& buffers() const { return buffers_; }
  std::uint32_t page_capacity() const { return page_capacity_; }

 private:
  KernelSession(const ir::kernel::Program& program, SessionOptions options);
  ir::Result<void> slide();
  ir::Result<void> step(std::span<const std::uint32_t> ids);
  ir::Result<void> run(std::string_view function, std::uint64_t outputs);
  void grow(std::uint32_t pages);
  void write_step_buffers(std::span<const std::uint32_t> ids);
  std::uint32_t buffer_of(ir::kernel::BufferRole role) const;

  const ir::kernel::Program& program_;
  SessionOptions options_;
  ir::kernel::Executor executor_;
  runtime::host::Sequences sequences_;
  std::uint32_t sequence_ = 0;
  std::uint32_t page_capacity_ = 0;
  ir::kernel::Buffers buffers_;
  ir::kernel::Symbols symbols_;  // of the present step
  std::vector<std::uint32_t> slot_;
  std::vector<std::uint32_t> sink_;  // the ids of the window's sink, as far as they were fed
};

}  // namespace compiler
