// SPDX-License-Identifier: Apache-2.0
#include "frontends/rope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <string_view>

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
using std::string_view_literals::operator""sv;

constexpr NumberRange kTheta = {1.0, 1e15};
constexpr NumberRange kFactor = {1.0, 1e6};
constexpr NumberRange kFrequencyFactor = {1e-6, 1e6};
constexpr IntegerRange kPositions = {1, 1LL << 31};

constexpr std::array kKnownKeys = {
    "rope_type"sv,
    "type"sv,
    "rope_theta"sv,
    "factor"sv,
    "low_freq_factor"sv,
    "high_freq_factor"sv,
    "original_max_position_embeddings"sv,
    "partial_rotary_factor"sv,
};

ir::Result<RopeScaling> read_type(const JsonObject& rope) {
  const std::string_view key = rope.has("rope_type") ? "rope_type" : "type";
  TRY(const auto type, rope.string(key));
  if (!type || *type == "default") return RopeScaling::none;
  if (*type == "linear") return RopeScaling::linear;
  if (*type == "llama3") return RopeScaling::llama3;
  return Diagnostic{.kind = DiagnosticKind::unsupported_config,
                    .message = fmt::format("the rope type \"{}\" is not implemented", *type),
                    .where = rope.where(key),
                    .help = "implemented are default, linear and llama3"};
}

ir::Result<void> read_llama3(const JsonObject& rope, RopeConfig& result) {
  TRY(result.low_freq_factor, rope.required_number("low_freq_factor", kFrequencyFactor));
  TRY(result.high_freq_factor, rope.required_number("high_freq_factor", kFrequencyFactor));
  TRY(result.original_max_position_embeddings,
      rope.required_integer("original_max_position_embeddings", kPositions));
  if (result.high_freq_factor <= result.low_freq_factor)
    return rope.wrong("high_freq_factor",
                      fmt::format("above low_freq_factor ({})", result.low_freq_factor));
  return {};
}

ir::Result<void> check_keys(const JsonObject& rope, std::vector<Diagnostic>& warnings) {
  TRY(const auto rotated, rope.number("partial_rotary_factor", {}));
  if (rotated.value_or(1.0) != 1.0)
    return Diagnostic{
        .kind = DiagnosticKind::unsupported_config,
        .message = fmt::format("partial_rotary_factor is {}, but only 1 is "
                               "implemented",
                               *rotated),
        .where = rope.where("partial_rotary_factor"),
        .help = "this is not a Llama-like model; it needs an architecture of its own"};
  for (const std::string& key : rope.keys())
    if (rope.has(key) && std::find(kKnownKeys.begin(), kKnownKeys.end(), key) == kKnownKeys.end())
      warnings.push_back(
          {.kind = DiagnosticKind::unknown_config_key,
           .message = fmt::format("the rope key {} is not known and was ignored", key),
           .where = rope.where(key),
           .severity = ir::Severity::warning});
  return {};
}

}  // namespace

ir::Result<RopeConfig> read_rope(const JsonObject& config, std::vector<Diagnostic>& warnings) {
  RopeConfig result;
  TRY(const auto old_theta, config.number("rope_theta", kTheta));
  result.theta = old_theta.value_or(result.theta);
  TRY(auto rope, config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling"));
  if (!rope) return result;
  TRY_DO(check_keys(*rope, warnings));
  TRY(const auto theta, rope->number("rope_theta", kTheta));
  result.theta = theta.value_or(result.theta);
  TRY(result.scaling, read_type(*rope));
  if (result.scaling == RopeScaling::none) return result;
  TRY(result.factor, rope->required_number("factor", kFactor));
  if (result.scaling == RopeScaling::llama3) TRY_DO(read_llama3(*rope, result));
  return result;
}

// The formulas of transformers, src/transformers/modeling_rope_utils.py:
// _compute_linear_scaling_rope_parameters and _compute_llama3_parameters. llama3 leaves short
// waves alone, stretches long ones by `factor`, and blends in between.
std::vector<double> frequencies(const ModelConfig& config) {
  const RopeConfig& rope = config.rope;
  std::vector<double> result;
  for (std::int64_t i = 0; i < config.head_dim; i += 2) {
    const double exponent = static_cast<double>(i) / static_cast<double>(config.head_dim);
    double frequency = 1.0 / std::pow(rope.theta, exponent);
    if (rope.scaling == RopeScaling::linear) frequency /= rope.factor;
    if (rope.scaling == RopeScaling::llama3) {
      const double wavelength = 2.0 * std::numbers::pi / frequency;
      const auto original = static_cast<double>(rope.original_max_position_embeddings);
      // 0 where the wave is long, 1 where it is short.
      const double keep = std::clamp((original / wavelength - rope.low_freq_factor) /
                                         (rope.high_freq_factor - rope.low_freq_factor),
                                     0.0, 1.0);
      frequency = (1.0 - keep) * frequency / rope.factor + keep * frequency;
    }
    result.push_back(frequency);
  }
  return result;
}

}  // namespace frontends
