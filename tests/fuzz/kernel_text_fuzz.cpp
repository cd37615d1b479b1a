// SPDX-License-Identifier: Apache-2.0
// The text of a kernel program from a stranger. What is accepted prints, parses back and prints
// equal; verifying it never crashes, and what is verified as legal is written as WGSL and runs in
// the interpreter, which reports faults as values.
#include <cstdint>
#include <string>

#include "codegen/wgsl/wgsl.h"
#include "ir/kernel/interpreter.h"
#include "ir/support/check.h"

namespace {

using namespace ir::kernel;  // NOLINT: nothing else is spoken of here

void run(const Kernel& kernel) {
  Buffers buffers;
  std::vector<std::uint32_t> bindings;
  for (std::uint32_t i = 0; i < kernel.storage_count(); ++i) {
    bindings.push_back(buffers.add(256));
    if (i % 2 == 0) buffers.write(bindings.back(), std::vector<std::uint32_t>(64, i));
  }
  if (const auto fault = run_kernel(kernel, bindings, {2, 1, 1}, buffers, {.seed = 1, .fuel = 50}))
    CHECK(!to_string(*fault).empty(), "a mute fault");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto program = parse_program(text, "fuzz");
  if (!program) {
    CHECK(!program.error().message.empty() && program.error().where.line > 0, "a mute refusal");
  } else {
    const std::string printed = print(*program);
    const auto again = parse_program(printed, "printed");
    CHECK(again && print(*again) == printed, "{}", printed);
    for (const Stage stage : {Stage::lowered, Stage::legal, Stage::planned})
      if (const auto verified = verify(*program, stage); !verified)
        CHECK(!to_string(verified.error()).empty(), "a mute refusal");
  }
  const auto kernel = parse_kernel(text, "fuzz");
  if (!kernel) return 0;
  const std::string printed = print(*kernel);
  const auto again = parse_kernel(printed, "printed");
  CHECK(again && print(*again) == printed && again->values == kernel->values, "{}", printed);
  if (!verify(*kernel, Stage::legal)) return 0;
  CHECK(!codegen::wgsl::write_wgsl(*kernel).empty(), "no shader");
  run(*kernel);
  return 0;
}
