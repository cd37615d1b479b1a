// SPDX-License-Identifier: Apache-2.0
#include "compiler/compare.h"

#include <fmt/format.h>

#include <memory>
#include <numeric>

#include "codegen/bundle/bundle_writer.h"
#include "codegen/bundle/read_bundle.h"
#include "compiler/bundle_description.h"
#include "compiler/eval.h"
#include "compiler/isolated_nodes.h"
#include "compiler/kernel_session.h"
#include "compiler/kernel_texts.h"
#include "compiler/node_comparison.h"
#include "compiler/output.h"
#include "compiler/pass_runner.h"
#include "compiler/signals.h"
#include "compiler/text_codec.h"

namespace compiler {
namespace {

using ir::graph::Bounded;
using Value = ir::graph::RuntimeValue<Bounded>;
using Integers = ir::graph::HostTensor<std::uint32_t>;

ir::Diagnostic other_library(const Options& options) {
  return {.kind = ir::DiagnosticKind::unsupported_bundle,
          .message = "this version compiles the model to other kernels than the bundle holds",
          .where = {.path = options.input.string()},
          .help = "compare with the version that wrote the bundle, or compile the model again"};
}

Integers integers(std::vector<std::uint32_t> numbers) {
  return {{static_cast<std::int64_t>(numbers.size())}, std::move(numbers), {}};
}

// One function of the model, node by node. Each node is computed from what the kernels made of its
// operands, so that its bound is that of one op: over a whole model, bounds for the worst case grow
// beyond all use.
class FunctionPair {
 public:
  FunctionPair(const ir::graph::Graph& graph, std::string_view function,
               const ir::TensorSource& source)
      : function_(*graph.function(function)),
        isolated_(isolate(graph, function)),
        values_(isolated_.graph, source),
        interpreter_(isolated_.graph, values_) {}

  // After the function's kernels have run and were recorded.
  ir::Result<std::vector<Value>> check(const std::vector<Value>& inputs,
                                       const ir::graph::Symbols& symbols,
                                       NodeComparison& comparison) {
    std::vector<Value> values(function_.types.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      values[function_.parameters[i].value.id] = inputs[i];
    for (const IsolatedNode& single : isolated_.nodes) {
      std::vector<Value> operands;
      for (const ir::graph::Value operand : single.operands) operands.push_back(values[operand.id]);
      TRY(const auto results, interpreter_.run(single.function, operands, symbols));
      values[single.node->result.id] = comparison.check(*single.node, results[0]);
    }
    comparison.next_function();
    std::vector<Value> results;
    for (const ir::graph::Value result : function_.results) results.push_back(values[result.id]);
    return results;
  }

 private:
  const ir::graph::Function& function_;
  IsolatedNodes isolated_;
  ir::graph::WeightValues values_;
  ir::graph::Interpreter<Bounded> interpreter_;
};

ir::graph::CacheType cache_type(const ir::graph::Graph& graph) {
  for (const ir::graph::Type& type : graph.function("forward")->types)
    if (const auto* cache = std::get_if<ir::graph::CacheType>(&type)) return *cache;
  return {};
}

// Both executions of one model, fed with the same ids.
class Pair {
 public:
  Pair(const Compilation& compiled, const ir::TensorSource& source)
      : cache_(std::make_shared<ir::graph::Cache<Bounded>>(cache_type(compiled.graph))),
        forward_(compiled.graph, "forward", source),
        greedy_(compiled.graph, "greedy", source),
        comparison_(*compiled.program) {}

  void attach(KernelSession& session) { session_ = &session; }
  void record(const ir::kernel::Step& step) { comparison_.record(step, session_->buffers()); }
  CompareReport report() const { return comparison_.report(); }
  bool differs() const { return comparison_.report().first.has_value(); }

  // Compares a forward pass over the ids and the choice of the next one, which is returned.
  ir::Result<std::uint32_t> feed(std::span<const std::uint32_t> ids) {
    const auto rows = static_cast<std::uint32_t>(ids.size());
    std::vector<std::uint32_t> positions(rows);
    std::iota(positions.begin(), positions.end(), session_->length());
    const std::int64_t context = session_->length() + rows;
    TRY_DO(session_->feed(ids));
    TRY(const std::vector<Value> hidden,
        forward_.check(
            {integers({ids.begin(), ids.end()}), integers(std::vector<std::uint32_t>(rows, 0)),
             integers(std::move(positions)), cache_},
            {{"context", context}}, comparison_));
    TRY([[maybe_unused]] const std::uint32_t computed, session_->next());
    TRY(const std::vector<Value> chosen,
        greedy_.check({hidden[0], integers({rows - 1})}, {}, comparison_));
    comparison_.report().tokens += rows;
    return chosen[0].integers().data[0];
  }

 private:
  std::shared_ptr<ir::graph::Cache<Bounded>> cache_;
  FunctionPair forward_, greedy_;
  NodeComparison comparison_;
  KernelSession* session_ = nullptr;
};

WeightBytes weights_of(const codegen::bundle::Bundle& bundle) {
  return [&bundle](std::uint32_t weight, std::span<std::byte> out) -> ir::Result<void> {
    TRY(const std::vector<std::byte> bytes, codegen::bundle::read_tensor(bundle, weight));
    std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
    return {};
  };
}

ir::Result<CompareReport> run(const Options& options, const codegen::bundle::Bundle& bundle,
                              const Model& model, const Compilation& compiled) {
  TRY(const std::optional<TextCodec> codec, TextCodec::of_model(model.folder.path));
  TRY(const std::vector<std::uint32_t> prompt, prompt_ids(options, model, codec));
  Pair pair(compiled, *model.folder.weights);
  TRY(const auto session,
      KernelSession::open(
          *compiled.program, weights_of(bundle),
          {.run = {.after_step = [&pair](const ir::kernel::Step& step) { pair.record(step); }}}));
  pair.attach(*session);
  const std::uint32_t chunk = compiled.program->capacities.max_rows;
  std::uint32_t next = 0;
  for (std::size_t begin = 0; begin < prompt.size() && !pair.differs(); begin += chunk) {
    const auto rows = std::min<std::size_t>(chunk, prompt.size() - begin);
    TRY(next, pair.feed(std::span(prompt).subspan(begin, rows)));
  }
  for (std::uint32_t i = 0; i < options.max_tokens && !pair.differs(); ++i) {
    TRY_DO(check_interrupted());
    if (session->length() == model.context) break;
    TRY(next, pair.feed(std::span(&next, 1)));
  }
  return pair.report();
}

}  // namespace

ir::Result<void> compare(const Options& options) {
  TRY(const codegen::bundle::Bundle bundle, codegen::bundle::read_bundle(options.input));
  const codegen::bundle::BundleDescription& about = bundle.manifest.about;
  const Quantization* quantization = quantization_named(about.quantization);
  if (quantization == nullptr) return other_library(options);
  TRY(const std::vector<WeightRule> rules, rules_of(about));
  TRY(Model model, open_model(options.reference, about.context));
  TRY_DO(use_weight_rules(model, rules));
  TRY(const Compilation compiled,
      compile_in_memory(model, *quantization, passes_of(bundle.manifest.about)));
  const auto section = codegen::bundle::make_program_section(compiled.graph, *compiled.program,
                                                             kernel_texts(*compiled.program));
  if (codegen::bundle::library_hash(section, compiled.graph.weights) != bundle.manifest.library)
    return other_library(options);
  TRY(const CompareReport report, run(options, bundle, model, compiled));
  write_text(stdout, options.json ? to_json(report) : to_text(report));
  if (!report.first) return {};
  return ir::Diagnostic{.kind = ir::DiagnosticKind::values_differ,
                        .message = fmt::format("the bundle computes other values than the model, "
                                               "first at {}",
                                               report.first->provenance),
                        .where = {.path = options.input.string()},
                        .help = "compile the model again; if that does not help, it is a bug"};
}

}  // namespace compiler
