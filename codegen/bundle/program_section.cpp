// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/program_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "codegen/bundle/json_value.h"
#include "ir/kernel/required_target.h"
#include "ir/support/check.h"
#include "runtime/formats/step_layout.h"
#include "runtime/formats/step_list.h"

namespace codegen::bundle {
namespace {

using ir::kernel::Buffer;
using ir::kernel::BufferRole;
using ir::kernel::Kernel;
using ir::kernel::Program;
using ir::kernel::Space;
using Json = nlohmann::ordered_json;

SectionCapacities make_capacities(const Program& program) {
  std::vector<std::uint32_t> rope_widths;
  for (const ir::kernel::RopeRows& rope : program.rope)
    rope_widths.push_back(2 * static_cast<std::uint32_t>(rope.frequencies.size()));
  const ir::kernel::Capacities& from = program.capacities;
  const std::uint32_t most_pages = from.pages_per_sequence() * from.max_sequences;
  return {.max_rows = from.max_rows,
          .max_sequences = from.max_sequences,
          .page_tokens = from.page_tokens,
          .context = from.context,
          .pages_per_sequence = from.pages_per_sequence(),
          .initial_pages = std::min(kInitialPages, most_pages),
          .step_slots = kStepSlots,
          .step_slot_bytes =
              runtime::formats::make_step_layout(from.max_rows, rope_widths).slot_bytes()};
}

SectionBuffer make_buffer(const Buffer& buffer, const SectionCapacities& capacities) {
  SectionBuffer made{.name = buffer.name, .role = buffer.role, .tensor = buffer.weight};
  if (buffer.role == BufferRole::step) {
    made.bytes = std::uint64_t{capacities.step_slots} * capacities.step_slot_bytes;
    return made;
  }
  const auto at = [&](std::uint64_t pages) {
    return ir::kernel::evaluate(buffer.bytes, {{"page_capacity", pages}});
  };
  made.bytes = at(0);
  made.bytes_per_page = at(1) - at(0);
  for (const std::uint64_t pages : {2, 7, 64, 1000})
    CHECK(at(pages) == bytes_of(made, pages), "{}: {} is not linear in page_capacity", buffer.name,
          ir::kernel::to_string(buffer.bytes));
  return made;
}

SectionKernel make_kernel(const Kernel& kernel, const std::string& wgsl) {
  SectionKernel made{.name = kernel.name, .wgsl = wgsl};
  for (const ir::kernel::Memory& memory : kernel.memories)
    if (memory.space != Space::workgroup)
      made.bindings.emplace_back(memory.space == Space::read ? "read-only-storage" : "storage");
  return made;
}

Json capacities_to_json(const SectionCapacities& capacities) {
  return {{"max_rows", capacities.max_rows},
          {"max_sequences", capacities.max_sequences},
          {"page_tokens", capacities.page_tokens},
          {"context", capacities.context},
          {"pages_per_sequence", capacities.pages_per_sequence},
          {"initial_pages", capacities.initial_pages},
          {"step_slots", capacities.step_slots},
          {"step_slot_bytes", capacities.step_slot_bytes}};
}

Json buffer_to_json(const SectionBuffer& buffer) {
  Json json = {{"name", buffer.name}, {"role", name_of(buffer.role)}, {"bytes", buffer.bytes}};
  if (buffer.bytes_per_page > 0) json["bytes_per_page"] = buffer.bytes_per_page;
  if (buffer.role == BufferRole::weight) json["tensor"] = buffer.tensor;
  for (const ir::kernel::ByteRange& range : buffer.ranges)
    json["ranges"].push_back({range.at, range.bytes});
  return json;
}

template <class Items, class ToJson>
Json array_of(const Items& items, ToJson to_json) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

Json kernel_to_json(const SectionKernel& kernel) {
  Json json = {{"name", kernel.name}, {"wgsl", kernel.wgsl}, {"bindings", kernel.bindings}};
  if (!kernel.variants.empty())
    json["variants"] = array_of(kernel.variants, [](const SectionVariant& variant) {
      return Json{{"name", variant.name}, {"features", variant.features}, {"wgsl", variant.wgsl}};
    });
  return json;
}

Json step_to_json(const StepCost& step) {
  return {{"at", step.at},
          {"bytes", {step.bytes, step.bytes_per_row, step.bytes_per_position}},
          {"flops", {step.flops_per_row, step.flops_per_position}}};
}

constexpr std::uint64_t kMostWords = 0xffffffff;

std::uint32_t word(const JsonValue& value, std::uint64_t least = 0,
                   std::uint64_t most = kMostWords) {
  return static_cast<std::uint32_t>(value.integer(least, most));
}

std::uint32_t index(const JsonValue& value, std::size_t count) {
  if (count > 0) return word(value, 0, count - 1);
  value.fault("is an index into an empty list");
  return 0;
}

SectionCapacities read_capacities(const JsonValue& json) {
  return {.max_rows = word(json["max_rows"], 1),
          .max_sequences = word(json["max_sequences"], 1),
          .page_tokens = word(json["page_tokens"], 1),
          .context = word(json["context"], 1),
          .pages_per_sequence = word(json["pages_per_sequence"], 1),
          .initial_pages = word(json["initial_pages"], 1),
          .step_slots = word(json["step_slots"], 1),
          .step_slot_bytes = word(json["step_slot_bytes"])};
}

// Reads [a, b, c] into as many numbers.
void read_numbers(const JsonValue& json, std::initializer_list<std::uint64_t*> numbers) {
  std::size_t count = 0;
  json.each([&](const JsonValue& number) {
    if (count < numbers.size()) **(numbers.begin() + count) = number.integer();
    ++count;
  });
  if (count != numbers.size()) json.fault(fmt::format("is not a list of {}", numbers.size()));
}

SectionBuffer read_buffer(const JsonValue& json) {
  SectionBuffer buffer{.name = json["name"].string(), .bytes = json["bytes"].integer()};
  const std::string role = json["role"].string();
  if (const auto known = ir::kernel::buffer_role_named(role)) {
    buffer.role = *known;
  } else {
    json["role"].fault(fmt::format("is \"{}\", which is no role of a buffer", role));
  }
  if (const JsonValue pages = json.optional("bytes_per_page"); !pages.is_null())
    buffer.bytes_per_page = pages.integer();
  if (buffer.role == BufferRole::weight) buffer.tensor = word(json["tensor"]);
  if (const JsonValue ranges = json.optional("ranges"); !ranges.is_null())
    ranges.each([&](const JsonValue& range) {
      ir::kernel::ByteRange& read = buffer.ranges.emplace_back();
      read_numbers(range, {&read.at, &read.bytes});
    });
  return buffer;
}

ir::kernel::RopeRows read_rope(const JsonValue& json) {
  ir::kernel::RopeRows rope{.scale = json["scale"].number()};
  json["frequencies"].each(
      [&](const JsonValue& frequency) { rope.frequencies.push_back(frequency.number()); });
  return rope;
}

SectionVariant read_variant(const JsonValue& json) {
  SectionVariant variant{.name = json["name"].string(), .wgsl = json["wgsl"].string()};
  json["features"].each(
      [&](const JsonValue& feature) { variant.features.push_back(feature.string()); });
  return variant;
}

SectionKernel read_kernel(const JsonValue& json) {
  SectionKernel kernel{.name = json["name"].string(), .wgsl = json["wgsl"].string()};
  if (const JsonValue variants = json.optional("variants"); !variants.is_null())
    variants.each(
        [&](const JsonValue& variant) { kernel.variants.push_back(read_variant(variant)); });
  json["bindings"].each(
      [&](const JsonValue& binding) { kernel.bindings.push_back(binding.string()); });
  return kernel;
}

StepCost read_step(const JsonValue& json) {
  StepCost step{.at = json["at"].string()};
  read_numbers(json["bytes"], {&step.bytes, &step.bytes_per_row, &step.bytes_per_position});
  read_numbers(json["flops"], {&step.flops_per_row, &step.flops_per_position});
  return step;
}

SectionFunction read_function(const JsonValue& json, std::size_t buffers) {
  SectionFunction function{.name = json["name"].string(),
                           .plan = json["export"].string(),
                           .max_records = word(json["max_records"])};
  json["parameters"].each(
      [&](const JsonValue& parameter) { function.parameters.push_back(parameter.string()); });
  json["results"].each(
      [&](const JsonValue& result) { function.results.push_back(index(result, buffers)); });
  if (const JsonValue steps = json.optional("steps"); !steps.is_null())
    steps.each([&](const JsonValue& step) { function.steps.push_back(read_step(step)); });
  return function;
}

}  // namespace

std::set<std::string> features_of(const Kernel& kernel) {
  const ir::Target needed = required_target(kernel);
  std::set<std::string> features;
  if (needed.f16) features.insert("shader-f16");
  if (needed.subgroups) features.insert("subgroups");
  return features;
}

ProgramSection make_program_section(const ir::graph::Graph& graph, const Program& program,
                                    std::span<const std::string> wgsl) {
  const std::size_t kernels = program.kernels.size(), variants = program.variants.size();
  CHECK(wgsl.size() == kernels + variants, "{} texts for {} kernels and {} variants", wgsl.size(),
        kernels, variants);
  ProgramSection section{.architecture = program.architecture,
                         .capacities = make_capacities(program),
                         .rope = program.rope,
                         .bind_groups = ir::kernel::BindGroups(program).list()};
  for (const Buffer& buffer : program.buffers) {
    section.buffers.push_back(make_buffer(buffer, section.capacities));
    if (buffer.rows) section.buffers.back().ranges = weight_ranges(program, buffer);
  }
  for (std::size_t i = 0; i < kernels; ++i)
    section.kernels.push_back(make_kernel(program.kernels[i], wgsl[i]));
  for (std::size_t i = 0; i < variants; ++i) {
    const auto& [of, kernel] = program.variants[i];
    const std::set<std::string> features = features_of(kernel);
    section.kernels[of].variants.push_back({.name = kernel.name,
                                            .wgsl = wgsl[kernels + i],
                                            .features = {features.begin(), features.end()}});
  }
  std::vector<std::vector<StepCost>> costs = step_costs(graph, program);
  for (std::size_t i = 0; i < program.functions.size(); ++i) {
    const ir::kernel::ScheduledFunction& function = program.functions[i];
    section.functions.push_back(
        {.name = function.name,
         .plan = std::string(runtime::formats::kPlanExportPrefix) + function.name,
         .parameters = function.parameters,
         .results = function.results,
         .max_records = static_cast<std::uint32_t>(function.steps.size()),
         .steps = std::move(costs[i])});
  }
  return section;
}

std::string to_json(const ProgramSection& section) {
  Json json;
  json["version"] = kProgramVersion;
  json["architecture"] = section.architecture;
  json["capacities"] = capacities_to_json(section.capacities);
  json["rope"] = array_of(section.rope, [](const ir::kernel::RopeRows& rope) {
    return Json{{"frequencies", rope.frequencies}, {"scale", rope.scale}};
  });
  json["buffers"] = array_of(section.buffers, buffer_to_json);
  json["kernels"] = array_of(section.kernels, kernel_to_json);
  json["bind_groups"] = array_of(section.bind_groups, [](const ir::kernel::BindGroup& group) {
    return Json{{"kernel", group.kernel}, {"buffers", group.buffers}};
  });
  json["functions"] = array_of(section.functions, [](const SectionFunction& function) {
    return Json{{"name", function.name},
                {"export", function.plan},
                {"parameters", function.parameters},
                {"results", function.results},
                {"max_records", function.max_records},
                {"steps", array_of(function.steps, step_to_json)}};
  });
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ir::Result<ProgramSection> parse_program_section(std::string_view json, const std::string& file) {
  JsonDocument document(json, file);
  const JsonValue root = document.root();
  const std::uint64_t version = root["version"].integer(1);
  if (!document.fault() && version > kProgramVersion)
    return ir::Diagnostic{
        .kind = ir::DiagnosticKind::unsupported_bundle,
        .message = fmt::format("holds a program of version {}, but this compiler reads up to {}",
                               version, kProgramVersion),
        .where = {.path = file},
        .help = "use the compiler that wrote the bundle, or a newer one"};
  ProgramSection section{.architecture = root["architecture"].string(),
                         .capacities = read_capacities(root["capacities"])};
  root["rope"].each([&](const JsonValue& rope) { section.rope.push_back(read_rope(rope)); });
  root["buffers"].each(
      [&](const JsonValue& buffer) { section.buffers.push_back(read_buffer(buffer)); });
  root["kernels"].each(
      [&](const JsonValue& kernel) { section.kernels.push_back(read_kernel(kernel)); });
  root["bind_groups"].each([&](const JsonValue& group) {
    section.bind_groups.push_back({.kernel = index(group["kernel"], section.kernels.size())});
    group["buffers"].each([&](const JsonValue& buffer) {
      section.bind_groups.back().buffers.push_back(index(buffer, section.buffers.size()));
    });
  });
  root["functions"].each([&](const JsonValue& function) {
    section.functions.push_back(read_function(function, section.buffers.size()));
  });
  if (document.fault()) return *document.fault();
  return section;
}

std::uint64_t bytes_of(const SectionBuffer& buffer, std::uint64_t pages) {
  return buffer.bytes + buffer.bytes_per_page * pages;
}

}  // namespace codegen::bundle
