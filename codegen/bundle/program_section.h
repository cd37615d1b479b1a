// SPDX-License-Identifier: Apache-2.0
// ProgramSection: what the runtime needs of a program beside the plan functions: sizes, buffers,
// WGSL text, bind groups. It travels in model.wasm, as deflated JSON in a custom section:
//
//   {"version":2,"architecture":"LlamaForCausalLM","capacities":{"max_rows":128,...},
//    "buffers":[{"name":"x0","role":"scratch","bytes":32768},...],
//    "kernels":[{"name":"rms_norm_64","wgsl":"...","bindings":["read-only-storage",...],
//                "variants":[{"name":"rms_norm_64_subgroups","features":["subgroups"],
//                             "wgsl":"..."}]},...],
//    "bind_groups":[{"kernel":0,"buffers":[4,1,7]},...],
//    "functions":[{"name":"forward","export":"plan_forward","parameters":["rows","pages"],...,
//                  "steps":[{"at":"model.embed_tokens","bytes":[0,36,0],"flops":[0,0]},...]}]}
//
// "steps" is for profiles only (step_costs.h): bytes once, per row and per position looked back on;
// arithmetic per row and per position. A record of the step list has its index.
//
// A tensor beyond 128 MiB lies in several buffers, each with "ranges":[[at,bytes],...] of its
// bytes. A buffer is bytes + bytes_per_page * pages long, where `pages` is what the cache's pools
// hold now. The step buffer has step_slots slots of step_slot_bytes
// (runtime/formats/step_layout.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/bundle/step_costs.h"
#include "ir/kernel/bind_groups.h"
#include "ir/kernel/program.h"
#include "ir/support/result.h"

namespace codegen::bundle {

inline constexpr std::uint32_t kStepSlots = 4;       // steps in flight
inline constexpr std::uint32_t kInitialPages = 4;    // of the cache's pools; they grow by doubling
inline constexpr std::uint32_t kProgramVersion = 2;  // of the section's JSON

struct SectionCapacities {
  std::uint32_t max_rows = 0, max_sequences = 0, page_tokens = 0, context = 0;
  std::uint32_t pages_per_sequence = 0, initial_pages = 0;
  std::uint32_t step_slots = 0, step_slot_bytes = 0;
};

struct SectionBuffer {
  std::string name;
  ir::kernel::BufferRole role = ir::kernel::BufferRole::scratch;
  std::uint64_t bytes = 0, bytes_per_page = 0;
  std::uint32_t tensor = 0;                   // role weight: index into the manifest's tensors
  std::vector<ir::kernel::ByteRange> ranges;  // of a part: what it holds of the tensor, in order
};

// Runs instead of its kernel where the device has the features; of several the first.
struct SectionVariant {
  std::string name, wgsl;
  std::vector<std::string> features;  // of WebGPU
};

struct SectionKernel {
  std::string name, wgsl;
  std::vector<std::string> bindings;  // "read-only-storage" or "storage", in binding order
  std::vector<SectionVariant> variants;
};

struct SectionFunction {
  std::string name;
  std::string plan;  // the export of model.wasm
  std::vector<std::string> parameters;
  std::vector<std::uint32_t> results;  // buffers
  std::uint32_t max_records = 0;
  std::vector<StepCost> steps;
};

struct ProgramSection {
  std::string architecture;
  SectionCapacities capacities;
  std::vector<ir::kernel::RopeRows> rope;
  std::vector<SectionBuffer> buffers;
  std::vector<SectionKernel> kernels;
  std::vector<ir::kernel::BindGroup> bind_groups;
  std::vector<SectionFunction> functions;
};

// What a kernel asks of a device: "shader-f16", "subgroups".
std::set<std::string> features_of(const ir::kernel::Kernel& kernel);

// `graph` is what the program was lowered from. `wgsl` is the text of each kernel, then of each
// variant, in their order. A buffer whose size is not linear in page_capacity, or names anything
// else, is a broken law.
ProgramSection make_program_section(const ir::graph::Graph& graph,
                                    const ir::kernel::Program& program,
                                    std::span<const std::string> wgsl);

// The JSON text; the same section gives the same text.
std::string to_json(const ProgramSection& section);
// Errors: malformed_bundle, unsupported_bundle; `file` is named in them.
ir::Result<ProgramSection> parse_program_section(std::string_view json, const std::string& file);

// Bytes of a buffer when the pools hold `pages`.
std::uint64_t bytes_of(const SectionBuffer& buffer, std::uint64_t pages);

}  // namespace codegen::bundle
