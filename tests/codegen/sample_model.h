// SPDX-License-Identifier: Apache-2.0
// SampleModel: the smallest model with one of everything that a bundle describes: an embedding, two
// layers with cache, a head; graph, program and a checkpoint that is never on disk.
#pragma once

#include <atomic>

#include "codegen/bundle/bundle_writer.h"
#include "codegen/bundle/deflate.h"
#include "codegen/wasm/plan.h"
#include "ir/kernel/builder.h"
#include "runtime/formats/step_list.h"
#include "tests/codegen/synthetic_source.h"

namespace tests {

inline ir::kernel::Kernel sample_kernel(const std::string& name) {
  ir::kernel::Builder k(name, {64, 1, 1});
  const auto x = k.read("x", ir::kernel::kF32);
  const auto w = k.read("w", ir::kernel::kF32);
  const auto y = k.write("y", ir::kernel::kF32);
  const auto shared = k.shared("s", ir::kernel::kVec4F32, 32);
  const ir::kernel::Expr i = k.workgroup_x() * 64 + k.local_x();
  k.store(shared, k.local_x() % 32, k.vector({k.f32(0), k.f32(0), k.f32(0), k.f32(0)}));
  k.store(y, i, k.load(x, i) * k.load(w, i));
  return std::move(k).finish();
}

struct SampleModel {
  SyntheticSource source;
  ir::graph::Graph graph{.architecture = "SampleForCausalLM"};
  ir::kernel::Program program{.architecture = "SampleForCausalLM"};
  std::vector<std::string> wgsl;
  codegen::bundle::ProgramSection section;
  std::vector<std::byte> module;
  codegen::bundle::BundleDescription description;

  SampleModel() {
    make_weights();
    make_graph();
    make_program();
    for (const auto& kernel : program.kernels)
      wgsl.push_back("// " + kernel.name + "\n@compute @workgroup_size(64) fn main() {}\n");
    section = codegen::bundle::make_program_section(graph, program, wgsl);
    const codegen::wasm::CustomSection custom{
        std::string(runtime::formats::kProgramSectionName),
        codegen::bundle::deflate(codegen::bundle::to_json(section))};
    module = *codegen::wasm::compile_plan(program, std::span(&custom, 1));
    description = {.compiler_version = "0.1.0",
                   .compiler_options = {{"quantization", "q4f16_1"}, {"context", 1000}},
                   .model = {.name = "sample \"model\"",
                             .architecture = "SampleForCausalLM",
                             .parameters = 12345},
                   .quantization = "q4f16_1",
                   .context = 1000,
                   .vocabulary = 300,
                   .bos_token_ids = {1},
                   .eos_token_ids = {2, 3},
                   .generation = {{"temperature", 0.6}, {"top_k", 50}, {"do_sample", true}},
                   .chat_template = "{{ bos_token }}{% for m in messages %}…{% endfor %}",
                   .tool_template = "{{ tools }}",
                   .tool_format = R"({"between":"<|start|>"})",
                   .response_template = R"({"reasoning":{"close":"]","open":"["}})"};
  }

  codegen::bundle::BundleParts parts() const {
    return {.description = description,
            .graph = graph,
            .program = program,
            .section = section,
            .module = module};
  }

  ir::Result<codegen::bundle::WrittenBundle> write(
      const std::filesystem::path& folder,
      const codegen::weights::WeightOptions& options = {.threads = 2}) const {
    return codegen::bundle::write_bundle(folder, parts(), source, options);
  }

 private:
  void make_weights() {
    using ir::Encoding;
    graph.weights = {declare(source, "model.embed_tokens.weight", {300, 64}, Encoding::q4),
                     declare(source, "model.layers.0.norm.weight", {64}, Encoding::f32),
                     declare(source, "model.layers.0.up.weight", {128, 64}, Encoding::q4),
                     declare(source, "model.layers.1.norm.weight", {64}, Encoding::f32),
                     declare(source, "model.layers.1.up.weight", {128, 64}, Encoding::tile_f16)};
    for (const auto& weight : graph.weights)
      program.weights.push_back({weight.name, weight.shape, weight.encoding});
  }

  void make_graph() {
    using namespace ir::graph;
    Function& forward = graph.functions.emplace_back(Function{.name = "forward"});
    Builder build(graph, forward);
    const Value tokens = build.parameter("tokens", TensorType{ir::DType::u32, {Dim("rows")}});
    const Value x = build.emit(Gather{.table = build.weight(0), .ids = tokens});
    for (const std::uint32_t weight : {2U, 4U})
      build.emit(MatmulNt{.a = x, .b = build.weight(weight)});
    Function& head = graph.functions.emplace_back(Function{.name = "head"});
    Builder build_head(graph, head);
    const Value hidden =
        build_head.parameter("hidden", TensorType{ir::DType::f32, {Dim("rows"), Dim(64)}});
    build_head.emit(MatmulNt{.a = hidden, .b = build_head.weight(0)});
  }

  void make_program() {
    using namespace ir::kernel;
    program.capacities = {.max_rows = 8, .max_sequences = 2, .page_tokens = 64, .context = 1000};
    program.rope = {{.frequencies = {1, 0.1, 0.01, 0.001}, .scale = 1}};
    const auto add = [&](std::string name, BufferRole role, SizeExpr bytes,
                         std::uint32_t weight = 0) {
      program.buffers.push_back({std::move(name), role, std::move(bytes), weight});
      return static_cast<std::uint32_t>(program.buffers.size() - 1);
    };
    const auto tokens = add("tokens", BufferRole::tokens, 32);
    const auto step = add("step", BufferRole::step, 256);
    add("page_table", BufferRole::page_table, 128);
    const auto x = add("x", BufferRole::scratch, 8 * 64 * 4);
    const auto partial =
        add("partial", BufferRole::scratch, SizeExpr("page_capacity") * 256 + 1024);
    std::vector<std::uint32_t> weights;
    for (std::uint32_t i = 0; i < program.weights.size(); ++i)
      weights.push_back(add(program.weights[i].name, BufferRole::weight,
                            codegen::weights::layout_of(graph.weights[i]).bytes(), i));
    program.kernels = {sample_kernel("embed"), sample_kernel("layer")};

    ScheduledFunction forward{.name = "forward", .parameters = {"rows", "pages"}, .results = {x}};
    const auto dispatch = [&](std::uint32_t kernel, std::vector<std::uint32_t> buffers,
                              std::string provenance) {
      forward.steps.push_back({.action = Dispatch{kernel, std::move(buffers), {"rows", 1, 1}},
                               .provenance = std::move(provenance)});
    };
    dispatch(0, {tokens, weights[0], x}, "model.embed_tokens");
    for (int layer = 0; layer < 2; ++layer) {
      const std::string index = std::to_string(layer);
      const auto keys =
          add("cache." + index + ".keys", BufferRole::cache, SizeExpr("page_capacity") * (64 * 16));
      const std::string provenance = "model.layers." + index + ".self_attn";
      dispatch(1, {step, weights[2 + 2 * layer], keys}, provenance);
      dispatch(1, {keys, weights[2 + 2 * layer], partial}, provenance);
    }
    program.functions = {forward};
  }
};

}  // namespace tests
