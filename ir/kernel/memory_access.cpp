// SPDX-License-Identifier: Apache-2.0
// Loads, stores and variables, with the part of the sanitizer that watches them.
#include <cstring>

#include "ir/kernel/bytecode.h"
#include "ir/kernel/half_rounding.h"
#include "ir/kernel/written_bits.h"

namespace ir::kernel {
namespace {

bool takes_part(const Frame& frame, std::uint32_t lane) { return frame.mask[lane] != 0; }

// Every lane that takes part stays inside the memory; one pass that the compiler vectorises.
bool in_bounds(Frame& frame, const Code& code, const Binding& memory, const std::uint32_t* index) {
  const auto last =
      static_cast<std::uint32_t>(memory.count < 0xffffffff ? memory.count : 0xffffffff);
  const std::uint32_t lanes = frame.lanes;
  const std::uint32_t* const mask = frame.mask;
  std::uint32_t beyond = 0;
  for (std::uint32_t lane = 0; lane < lanes; ++lane)
    beyond |= mask[lane] & (index[lane] >= last ? 1U : 0U);
  if (beyond == 0) return true;
  for (std::uint32_t lane = 0; lane < frame.lanes; ++lane)
    if (takes_part(frame, lane) && index[lane] >= last) {
      frame.fail(code, FaultKind::out_of_bounds, lane, index[lane], memory.count);
      break;
    }
  return false;
}

// Whether `access` finds no race in any unit of a lane's element; fails the frame otherwise.
template <auto access>  // RaceShadow's read or write
bool is_ordered(Frame& frame, const Code& code, const Binding& memory, std::uint32_t lane,
                std::uint64_t element) {
  if (memory.races == nullptr) return true;
  const RaceClock& clock = memory.shared ? frame.shared_clock : frame.storage_clock;
  const std::uint64_t units = memory.element_bytes / memory.unit_bytes;
  for (std::uint64_t unit = element * units; unit < (element + 1) * units; ++unit)
    if (!(memory.races->*access)(unit, clock.stamp(lane), clock.first)) {
      frame.fail(code, FaultKind::race, lane, element, memory.count);
      return false;
    }
  return true;
}

bool may_read(Frame& frame, const Code& code, const Binding& memory, const std::uint32_t* index) {
  for (std::uint32_t lane = 0; lane < frame.lanes; ++lane) {
    if (!takes_part(frame, lane)) continue;
    const std::uint64_t element = index[lane];
    if (!is_ordered<&RaceShadow::read>(frame, code, memory, lane, element)) return false;
    if (memory.written != nullptr &&
        !is_written(memory.written, element * memory.element_bytes, memory.element_bytes)) {
      frame.fail(code, FaultKind::unwritten_read, lane, element, memory.count);
      return false;
    }
  }
  return true;
}

bool may_write(Frame& frame, const Code& code, const Binding& memory, const std::uint32_t* index) {
  for (std::uint32_t lane = 0; lane < frame.lanes; ++lane) {
    if (!takes_part(frame, lane)) continue;
    const std::uint64_t element = index[lane];
    if (!is_ordered<&RaceShadow::write>(frame, code, memory, lane, element)) return false;
    if (memory.written != nullptr)
      mark_written(memory.written, element * memory.element_bytes, memory.element_bytes);
  }
  return true;
}

// Calls `visit(lane)` for the lanes that take part.
template <class Visit>
void each_lane(const Frame& frame, Visit visit) {
  const std::uint32_t lanes = frame.lanes;
  if (frame.everyone()) {
    for (std::uint32_t lane = 0; lane < lanes; ++lane) visit(lane);
  } else {
    for (std::uint32_t lane = 0; lane < lanes; ++lane)
      if (takes_part(frame, lane)) visit(lane);
  }
}

// Word: what a component is in memory, std::uint32_t or the bits of an f16.
template <class Word, std::uint32_t width>
void load(Frame& frame, const Code& code) {
  const Binding& memory = frame.memories[code.index];
  const auto* index = frame.column<std::uint32_t>(code.a[0]);
  if (!in_bounds(frame, code, memory, index)) return;
  if (frame.sanitize && (memory.written != nullptr || memory.races != nullptr) &&
      !may_read(frame, code, memory, index))
    return;
  std::uint32_t* const first = frame.column<std::uint32_t>(code.result);
  const std::size_t lanes = frame.lanes;
  each_lane(frame, [&](std::uint32_t lane) {
    std::array<Word, width> words;
    std::memcpy(words.data(), memory.data + std::size_t{index[lane]} * sizeof(words),
                sizeof(words));
    for (std::uint32_t k = 0; k < width; ++k) {
      if constexpr (sizeof(Word) == 2)
        first[k * lanes + lane] = std::bit_cast<std::uint32_t>(half_bits_to_float(words[k]));
      else
        first[k * lanes + lane] = words[k];
    }
  });
}

template <class Word, std::uint32_t width>
void store(Frame& frame, const Code& code) {
  const Binding& memory = frame.memories[code.index];
  const auto* index = frame.column<std::uint32_t>(code.a[0]);
  if (!in_bounds(frame, code, memory, index)) return;
  if ((memory.written != nullptr || memory.races != nullptr) &&
      !may_write(frame, code, memory, index))
    return;
  std::array<const std::uint32_t*, width> values;
  for (std::uint32_t k = 0; k < width; ++k) values[k] = frame.column<std::uint32_t>(code.b[k]);
  each_lane(frame, [&](std::uint32_t lane) {
    std::array<Word, width> words;
    for (std::uint32_t k = 0; k < width; ++k) {
      if constexpr (sizeof(Word) == 2)
        words[k] = static_cast<Word>(float_to_half_bits(std::bit_cast<float>(values[k][lane])));
      else
        words[k] = values[k][lane];
    }
    std::memcpy(memory.data + std::size_t{index[lane]} * sizeof(words), words.data(),
                sizeof(words));
  });
}

}  // namespace

Action load_action(Type element) {
  using Half = std::uint16_t;
  using Full = std::uint32_t;
  if (element.scalar == Scalar::f16)
    return element.width == 1 ? load<Half, 1> : element.width == 2 ? load<Half, 2> : load<Half, 4>;
  return element.width == 1 ? load<Full, 1> : element.width == 2 ? load<Full, 2> : load<Full, 4>;
}

Action store_action(Type element) {
  using Half = std::uint16_t;
  using Full = std::uint32_t;
  if (element.scalar == Scalar::f16)
    return element.width == 1   ? store<Half, 1>
           : element.width == 2 ? store<Half, 2>
                                : store<Half, 4>;
  return element.width == 1 ? store<Full, 1> : element.width == 2 ? store<Full, 2> : store<Full, 4>;
}

void run_get(Frame& frame, const Code& code) {
  const auto* set = frame.column<std::uint32_t>(frame.bytecode->variables_set[code.index]);
  const std::uint32_t lanes = frame.lanes;
  std::uint32_t unset = 0;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) unset |= frame.mask[lane] & ~set[lane];
  if (unset != 0) {
    std::uint32_t lane = 0;
    while ((frame.mask[lane] & ~set[lane]) == 0) ++lane;
    return frame.fail(code, FaultKind::unset_variable, lane);
  }
  std::memcpy(frame.column<std::uint32_t>(code.result),
              frame.column<std::uint32_t>(frame.bytecode->variables[code.index]),
              std::size_t{4} * code.width * frame.lanes);
}

void run_set(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;  // copies: stores to columns cannot change them
  const std::uint32_t* const mask = frame.mask;
  auto* __restrict set = frame.column<std::uint32_t>(frame.bytecode->variables_set[code.index]);
  for (std::uint32_t lane = 0; lane < lanes; ++lane) set[lane] |= mask[lane];
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const auto* value = frame.column<std::uint32_t>(code.a[k]);
    auto* __restrict variable =
        frame.column<std::uint32_t>(frame.bytecode->variables[code.index] + k);
    for (std::uint32_t lane = 0; lane < lanes; ++lane)
      variable[lane] = (value[lane] & mask[lane]) | (variable[lane] & ~mask[lane]);
  }
}

}  // namespace ir::kernel
