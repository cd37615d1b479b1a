// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/lowering.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codegen/lower/draw/draw.h"
#include "ir/support/check.h"
#include "runtime/formats/draw_layout.h"

namespace codegen::lower {

using namespace ir::graph;  // NOLINT
using ir::kernel::BufferRole;
using ir::kernel::SizeExpr;

namespace {

// Plan variables in the order in which functions take them.
constexpr std::string_view kPlanVariables[] = {"rows", "outputs", "pages", "searches"};

bool mentions(const SizeExpr& expr, std::string_view symbol) {
  return expr.symbol == symbol ||
         std::any_of(expr.operands.begin(), expr.operands.end(),
                     [&](const SizeExpr& operand) { return mentions(operand, symbol); });
}

bool mentions(const ir::kernel::Step& step, std::string_view symbol) {
  const auto* dispatch = std::get_if<ir::kernel::Dispatch>(&step.action);
  return mentions(step.when, symbol) ||
         (dispatch && std::any_of(dispatch->grid.begin(), dispatch->grid.end(),
                                  [&](const SizeExpr& size) { return mentions(size, symbol); }));
}

// A step of that many rows, after which the draw searches more often than any condition asks for.
ir::kernel::Symbols sizes(std::uint64_t rows, std::uint64_t outputs) {
  return {{"rows", rows}, {"outputs", outputs}, {"pages", 1}, {"searches", 1000}};
}

}  // namespace

Lowering::Lowering(const Graph& graph, const LowerOptions& options)
    : graph_(graph), options_(options) {
  program_.architecture = graph.architecture;
  program_.capacities = options.capacities;
}

ir::kernel::Program Lowering::run() && {
  add_rope_rows();
  add_buffers();
  const std::vector<Function> functions = graph_.functions;
  for (const Function& function : functions) lower_function(function);
  if (const Function* head = graph_.function("head")) add_draw(*head);
  return std::move(program_);
}

Lowering::Scope Lowering::scope_of(const Function& function) {
  Scope scope{.function = &function};
  scope.places.resize(function.types.size());
  scope.definitions.resize(function.types.size(), nullptr);
  for (const Node& node : function.nodes) scope.definitions[node.result.id] = &node;
  return scope;
}

void Lowering::lower_function(const Function& function) {
  program_.functions.push_back({.name = function.name});
  scope_ = scope_of(function);
  place_parameters(function);
  fix_results(function);
  lower_nodes();
  name_parameters();
  ir::kernel::ScheduledFunction& scheduled = program_.functions.back();
  for (Value result : function.results)
    if (std::holds_alternative<TensorType>(function.type_of(result)))
      scheduled.results.push_back(place(result).buffer);
}

// The plan variables that the last function depends on.
void Lowering::name_parameters() {
  ir::kernel::ScheduledFunction& scheduled = program_.functions.back();
  for (std::string_view variable : kPlanVariables)
    if (std::any_of(scheduled.steps.begin(), scheduled.steps.end(),
                    [&](const ir::kernel::Step& step) { return mentions(step, variable); }))
      scheduled.parameters.emplace_back(variable);
}

// No graph says how tokens are drawn: it depends on nothing in a model but its vocabulary.
void Lowering::add_draw(const Function& head) {
  const TensorType& type = head.tensor_type_of(head.results.at(0));
  const auto vocabulary = static_cast<std::uint64_t>(type.shape.back().extent);
  if (!is_row_shape(type) || !can_draw(vocabulary)) return;
  const std::uint64_t sequences = program_.capacities.max_sequences;
  const std::uint64_t logprob_bytes = sequences * runtime::formats::kLogprobWords * 4;
  const DrawBuffers buffers{
      .logits = carried_.at("logits").buffer,
      .tokens = tokens_,
      .state = add_buffer("sampling", BufferRole::sampling,
                          (draw_state_bytes(vocabulary, sequences) + 15) / 16 * 16),
      .logprobs = add_buffer("logprobs", BufferRole::result, (logprob_bytes + 15) / 16 * 16),
      .vocabulary = vocabulary};
  const auto add = [&](std::string name, auto&& lower, std::uint32_t result) {
    provenance_ = name;
    program_.functions.push_back({.name = std::move(name), .results = {result}});
    lower(*this, buffers);
    name_parameters();
  };
  add("draw", lower_draw, buffers.tokens);
  add("logprobs", lower_logprobs, buffers.logprobs);
}

// The host writes ids, sequences, positions and selected rows; hidden states and logits come from
// the function before; anything else (inputs of a test) the host writes into a buffer of its own.
void Lowering::place_parameters(const Function& function) {
  for (const Parameter& parameter : function.parameters) {
    if (std::holds_alternative<CacheType>(function.type_of(parameter.value))) continue;
    Place place{.buffer = step_, .in_step = true};
    if (parameter.name == "tokens") {
      place = {.buffer = tokens_};
    } else if (parameter.name == "sequences") {
      place.offset = step_layout_.sequences;
    } else if (parameter.name == "positions") {
      place.offset = step_layout_.positions;
    } else if (parameter.name == "selected") {
      place.offset = step_layout_.selected;
    } else {
      auto carried = carried_.find(parameter.name);
      if (carried == carried_.end()) {
        const std::uint32_t buffer =
            add_buffer(parameter.name, BufferRole::result,
                       capacity_bytes(function.tensor_type_of(parameter.value)));
        carried = carried_.emplace(parameter.name, Place{.buffer = buffer}).first;
      }
      place = carried->second;
    }
    scope_.places[parameter.value.id] = place;
  }
}

// u32 results are ids for the next step; f32 results are carried to the next function.
void Lowering::fix_results(const Function& function) {
  for (Value result : function.results) {
    const auto* type = std::get_if<TensorType>(&function.type_of(result));
    if (!type) continue;
    if (type->dtype == ir::DType::u32) {
      scope_.fixed[result.id] = {.buffer = tokens_};
      continue;
    }
    const bool hidden = function.name == "forward";
    const std::string name = hidden ? "hidden" : function.name == "head" ? "logits" : function.name;
    const std::uint32_t buffer =
        add_buffer(name, hidden ? BufferRole::scratch : BufferRole::result, capacity_bytes(*type));
    carried_[name] = {.buffer = buffer};
    scope_.fixed[result.id] = carried_[name];
  }
}

void Lowering::lower_nodes() {
  for (const Node& node : scope_.function->nodes) {
    if (std::holds_alternative<Weight>(node.op)) continue;
    if (!node.provenance.empty()) provenance_ = node.provenance;
    const SizeExpr rest = rest_;  // of an expanded node: what is left to its parts
    lower_node(node);
    rest_ = rest;
  }
}

void Lowering::lower_node(const Node& node) {
  if (const auto before = scope_.lowered.find(node.result.id); before != scope_.lowered.end())
    rest_ = std::move(rest_) * equal(before->second, std::uint64_t{0});
  for (const Form& form : forms()) {
    if (!is_possible(rest_)) return;
    const auto& without = options_.without_forms;
    if (std::find(without.begin(), without.end(), form.name) != without.end()) continue;
    condition_ = 1;
    if (!form.lower(node, *this)) continue;
    if (condition_ == SizeExpr(1)) return;
    if (!is_possible(rest_ * condition_)) continue;
    rest_ = std::move(rest_) * equal(condition_, std::uint64_t{0});
  }
}

// Whether steps of some size meet a condition.
bool Lowering::is_possible(const SizeExpr& condition) const {
  const ir::kernel::Capacities& most = program_.capacities;
  for (std::uint64_t outputs = 1; outputs <= most.max_sequences; ++outputs)
    for (std::uint64_t rows = 1; rows <= most.max_rows; ++rows)
      if (evaluate(condition, sizes(rows, outputs)) != 0) return true;
  return false;
}

void Lowering::with_next(const Node& next) { scope_.lowered[next.result.id] = rest_ * condition_; }

std::uint64_t Lowering::most_rows() const {
  std::uint64_t rows = program_.capacities.max_rows;
  while (rows > 1 && evaluate(rest_, sizes(rows, 1)) == 0) --rows;
  return rows;
}

void Lowering::lower_expanded(const Node& node) {
  Function expansion{.name = scope_.function->name};
  Builder build(graph_, expansion);
  std::vector<std::optional<Place>> places;
  Op op = node.op;
  map_operands(op, [&](Value outer) {
    const Node* definition = scope_.definitions[outer.id];
    if (const auto* weight = definition ? std::get_if<Weight>(&definition->op) : nullptr)
      return build.weight(weight->weight);
    const Value inner = build.parameter("", scope_.function->type_of(outer));
    places.resize(inner.id + 1);
    places[inner.id] = scope_.places[outer.id];
    return inner;
  });
  const Value result = expand(op, build);

  Scope inner = scope_of(expansion);
  std::copy(places.begin(), places.end(), inner.places.begin());
  if (const auto fixed = scope_.fixed.find(node.result.id); fixed != scope_.fixed.end())
    inner.fixed[result.id] = fixed->second;
  if (const auto& known = scope_.places[node.result.id]) inner.fixed[result.id] = *known;
  const SizeExpr rest = rest_, condition = condition_;
  rest_ = rest * condition;
  std::swap(scope_, inner);
  lower_nodes();
  std::swap(scope_, inner);
  rest_ = rest;
  condition_ = condition;
  scope_.places[node.result.id] = inner.places[result.id];
}

std::uint64_t Lowering::width_of(Value v) const {
  const Dim& last = shape_of(v).back();
  CHECK(last.is_constant(), "the width of %{} is not constant", v.id);
  return static_cast<std::uint64_t>(last.extent);
}

SizeExpr Lowering::size_of(const Dim& dim) const {
  if (dim.is_constant()) return static_cast<std::uint64_t>(dim.extent);
  if (dim.symbol == "context") return SizeExpr("pages") * program_.capacities.page_tokens;
  return dim.symbol;
}

const Node* Lowering::definition(Value v) const { return scope_.definitions[v.id]; }

const Node* Lowering::next(const Node& node) const {
  const std::vector<Node>& nodes = scope_.function->nodes;
  const auto after =
      std::find_if(nodes.begin() + (&node - nodes.data()) + 1, nodes.end(),
                   [](const Node& other) { return !std::holds_alternative<Weight>(other.op); });
  return after == nodes.end() ? nullptr : &*after;
}

const ir::kernel::StoredTensor* Lowering::weight_of(Value v) const {
  const Node* node = v ? definition(v) : nullptr;
  const auto* weight = node ? std::get_if<Weight>(&node->op) : nullptr;
  return weight ? &program_.weights[weight->weight] : nullptr;
}

const std::vector<WeightPart>& Lowering::weight_parts(Value v) const {
  return weight_parts_[std::get<Weight>(definition(v)->op).weight];
}

std::uint32_t Lowering::weight_buffer(Value v) const {
  const std::vector<WeightPart>& parts = weight_parts(v);
  CHECK(parts.size() == 1, "{} has {} parts", weight_of(v)->name, parts.size());
  return parts[0].buffer;
}

Place Lowering::place(Value v) const {
  CHECK(scope_.places[v.id], "{}: %{} has no place", provenance_, v.id);
  return *scope_.places[v.id];
}

ir::kernel::Program lower(const Graph& graph, const LowerOptions& options) {
  return Lowering(graph, options).run();
}

std::vector<std::string_view> form_names() {
  std::vector<std::string_view> names;
  for (const Form& form : forms()) names.push_back(form.name);
  return names;
}

}  // namespace codegen::lower
