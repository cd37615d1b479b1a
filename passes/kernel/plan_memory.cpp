// SPDX-License-Identifier: Apache-2.0
#include "passes/kernel/plan_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "ir/support/match.h"

namespace passes {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kNone = 0xffffffff;

std::vector<std::uint32_t> buffers_of(const Step& step) {
  return ir::match(
      step.action, [](const Dispatch& dispatch) { return dispatch.buffers; },
      [](const Copy& copy) { return std::vector<std::uint32_t>{copy.from, copy.to}; });
}

// Where a scratch buffer is first and last used; `shared` if it may be planned at all.
struct Lifetime {
  std::uint32_t function = kNone;
  std::size_t first = 0, last = 0;
  bool shared = false;
};

std::vector<Lifetime> lifetimes_of(const Program& program) {
  std::vector<Lifetime> lifetimes(program.buffers.size());
  for (std::size_t i = 0; i < program.buffers.size(); ++i)
    lifetimes[i].shared = program.buffers[i].role == BufferRole::scratch;
  for (std::uint32_t f = 0; f < program.functions.size(); ++f) {
    const ScheduledFunction& function = program.functions[f];
    for (std::size_t s = 0; s < function.steps.size(); ++s)
      for (std::uint32_t buffer : buffers_of(function.steps[s])) {
        Lifetime& life = lifetimes[buffer];
        if (life.function == kNone) life = {f, s, s, life.shared};
        if (life.function != f) life.shared = false;
        life.last = s;
      }
    for (std::uint32_t result : function.results) lifetimes[result].shared = false;
  }
  return lifetimes;
}

// A buffer of the plan: sized for the largest of those that take turns in it.
struct Slot {
  bool grows = false;
  std::uint64_t bytes = 0;  // constant, or per page of capacity
  bool busy = false;
};

// Constant bytes, or the factor of page_capacity.
std::pair<bool, std::uint64_t> size_of(const SizeExpr& bytes) {
  if (bytes.is_constant()) return {false, bytes.value};
  return {true, evaluate(bytes, {{"page_capacity", 1}})};
}

// The free slot that fits best: the smallest that is large enough, else the largest.
std::uint32_t take_slot(std::vector<Slot>& slots, bool grows, std::uint64_t bytes) {
  std::optional<std::uint32_t> best;
  for (std::uint32_t i = 0; i < slots.size(); ++i) {
    if (slots[i].busy || slots[i].grows != grows) continue;
    if (!best) {
      best = i;
      continue;
    }
    const bool fits = slots[i].bytes >= bytes, best_fits = slots[*best].bytes >= bytes;
    if (fits != best_fits ? fits : (slots[i].bytes < slots[*best].bytes) == fits) best = i;
  }
  if (!best) {
    slots.push_back({.grows = grows});
    best = static_cast<std::uint32_t>(slots.size() - 1);
  }
  slots[*best].busy = true;
  slots[*best].bytes = std::max(slots[*best].bytes, bytes);
  return *best;
}

// The slot of every buffer that is planned.
std::vector<std::uint32_t> assign(const Program& program, const std::vector<Lifetime>& lifetimes,
                                  std::vector<Slot>& slots) {
  std::vector<std::uint32_t> slot_of(program.buffers.size(), kNone);
  for (std::uint32_t f = 0; f < program.functions.size(); ++f) {
    const auto& steps = program.functions[f].steps;
    for (std::size_t s = 0; s < steps.size(); ++s) {
      const std::vector<std::uint32_t> used = buffers_of(steps[s]);
      for (std::uint32_t buffer : used) {
        if (!lifetimes[buffer].shared || slot_of[buffer] != kNone) continue;
        const auto [grows, bytes] = size_of(program.buffers[buffer].bytes);
        slot_of[buffer] = take_slot(slots, grows, bytes);
      }
      for (std::uint32_t buffer : used)
        if (lifetimes[buffer].shared && lifetimes[buffer].last == s)
          slots[slot_of[buffer]].busy = false;
    }
  }
  return slot_of;
}

}  // namespace

void plan_memory(Program& program) {
  const std::vector<Lifetime> lifetimes = lifetimes_of(program);
  std::vector<Slot> slots;
  const std::vector<std::uint32_t> slot_of = assign(program, lifetimes, slots);

  std::vector<Buffer> buffers;
  std::vector<std::uint32_t> renumbered(program.buffers.size(), kNone);
  for (std::size_t i = 0; i < program.buffers.size(); ++i) {
    if (lifetimes[i].shared) continue;
    renumbered[i] = static_cast<std::uint32_t>(buffers.size());
    buffers.push_back(std::move(program.buffers[i]));
  }
  const auto first_slot = static_cast<std::uint32_t>(buffers.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    SizeExpr bytes = slots[i].bytes;
    if (slots[i].grows) bytes = SizeExpr("page_capacity") * std::move(bytes);
    buffers.push_back({fmt::format("scratch.{}", i), BufferRole::scratch, std::move(bytes)});
  }
  for (std::size_t i = 0; i < renumbered.size(); ++i)
    if (slot_of[i] != kNone) renumbered[i] = first_slot + slot_of[i];
  program.buffers = std::move(buffers);

  for (ScheduledFunction& function : program.functions) {
    for (std::uint32_t& result : function.results) result = renumbered[result];
    for (Step& step : function.steps)
      ir::match(
          step.action,
          [&](Dispatch& dispatch) {
            for (std::uint32_t& buffer : dispatch.buffers) buffer = renumbered[buffer];
          },
          [&](Copy& copy) {
            copy.from = renumbered[copy.from];
            copy.to = renumbered[copy.to];
          });
  }
}

}  // namespace passes
