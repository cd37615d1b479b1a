// SPDX-License-Identifier: Apache-2.0
// Ifs, loops and barriers: which lanes take part, and where to go on.
#include "ir/kernel/bytecode.h"

namespace ir::kernel {
namespace {

std::uint32_t count_lanes(const Frame& frame, const std::uint32_t* mask) {
  const std::uint32_t lanes = frame.lanes;
  std::uint32_t count = 0;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) count += mask[lane] & 1U;
  return count;
}

// Narrows the mask around an if to one of its sides, or skips that side.
void enter_side(Frame& frame, const Code& code, std::uint32_t inverted) {
  const auto* outer = frame.column<std::uint32_t>(code.outer);
  const auto* condition = frame.column<std::uint32_t>(code.a[0]);
  auto* __restrict inner = frame.column<std::uint32_t>(code.result);
  const std::uint32_t lanes = frame.lanes;  // a copy: stores to columns cannot change it
  for (std::uint32_t lane = 0; lane < lanes; ++lane)
    inner[lane] = outer[lane] & (condition[lane] ^ inverted);
  const std::uint32_t count = count_lanes(frame, inner);
  if (count == 0)
    frame.next = code.target;
  else
    frame.enter(code.result, count);
}

void leave(Frame& frame, const Code& code) {
  frame.enter(code.outer, count_lanes(frame, frame.column<std::uint32_t>(code.outer)));
}

}  // namespace

void run_if(Frame& frame, const Code& code) { enter_side(frame, code, 0); }
void run_else(Frame& frame, const Code& code) { enter_side(frame, code, 0xffffffff); }
void run_end_if(Frame& frame, const Code& code) { leave(frame, code); }

void run_loop(Frame& frame, const Code& code) {
  const auto* begin = frame.column<std::uint32_t>(code.a[0]);
  const auto* end = frame.column<std::uint32_t>(code.b[0]);
  const auto* step = frame.column<std::uint32_t>(code.c[0]);
  auto* inner = frame.column<std::uint32_t>(code.result);
  auto* induction = frame.column<std::uint32_t>(code.index);
  for (std::uint32_t lane = 0; lane < frame.lanes; ++lane) {
    induction[lane] = begin[lane];
    inner[lane] = begin[lane] < end[lane] ? frame.mask[lane] : 0U;
    if (inner[lane] != 0 && step[lane] == 0) return frame.fail(code, FaultKind::endless_loop, lane);
  }
  const std::uint32_t count = count_lanes(frame, inner);
  if (count == 0)
    frame.next = code.target;
  else
    frame.enter(code.result, count);
}

void run_next_iteration(Frame& frame, const Code& code) {
  if (--frame.fuel == 0) return frame.fail(code, FaultKind::endless_loop, frame.first_lane());
  const auto* end = frame.column<std::uint32_t>(code.b[0]);
  const auto* step = frame.column<std::uint32_t>(code.c[0]);
  auto* __restrict inner = frame.column<std::uint32_t>(code.result);
  auto* __restrict induction = frame.column<std::uint32_t>(code.index);
  const std::uint32_t lanes = frame.lanes;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    induction[lane] += step[lane];
    inner[lane] &= induction[lane] < end[lane] ? 0xffffffffU : 0U;
  }
  const std::uint32_t count = count_lanes(frame, inner);
  if (count == 0) return leave(frame, code);
  frame.enter(code.result, count);
  frame.next = code.target;
}

void run_barrier(Frame& frame, const Code& code) {
  if (!frame.everyone()) return frame.fail(code, FaultKind::divergent_barrier, frame.first_lane());
  frame.order_shared_memory();
}

}  // namespace ir::kernel
