// SPDX-License-Identifier: Apache-2.0
// The step list: what a plan function of model.wasm writes into its memory and the runtime replays.
//
//   plan_forward(rows, pages) -> record count; the records start at the address `steps`
//
//   word         0     1        2           3          4       5   6   7
//   dispatch     0     kernel   bind group  uses step  x       y   z   step
//   copy         1     from     to          0          bytes   0   0   step
//
// Words are little-endian u32. `kernel` and `bind group` are indices into the lists of the program
// section, `from` and `to` buffers; `uses step` is 1 where the bind group holds the step buffer and
// so takes the slot's dynamic offset. Steps with nothing to do leave no record; `step` is the index
// of the record's own in the function, by which profiles name it.
#pragma once

#include <cstdint>
#include <string_view>

namespace runtime::formats {

inline constexpr std::uint32_t kStepRecordWords = 8;
inline constexpr std::uint32_t kStepRecordBytes = kStepRecordWords * 4;

enum class StepRecordKind : std::uint32_t { dispatch = 0, copy = 1 };

// Exports of model.wasm, beside `memory`.
inline constexpr std::string_view kStepsExport = "steps";       // i32 global: an address
inline constexpr std::string_view kPlanExportPrefix = "plan_";  // plan_<function>
inline constexpr std::string_view kProgramSectionName = "webllm.program";

}  // namespace runtime::formats
