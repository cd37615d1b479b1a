// SPDX-License-Identifier: Apache-2.0
// The quantizations by name. The name fixes how weights are stored, and so what is downloaded; how
// a device computes with them is chosen when the bundle is loaded.
//
//   webllm-compile models/SmolLM2-135M-Instruct --quantization q4f16_1
#pragma once

#include <array>
#include <string_view>

#include "ir/encoding/encoding.h"

namespace compiler {

// The most that kernels may use; where a device has no f16, they compute in f32.
enum class Arithmetic { f32, f16 };

struct Quantization {
  std::string_view name;
  ir::Encoding matrices;  // vectors such as norms and biases stay f32
  Arithmetic arithmetic = Arithmetic::f32;
  std::string_view sentence;
};

inline constexpr std::array kQuantizations = {
    Quantization{"q4f16_1", ir::Encoding::q4, Arithmetic::f16,
                 "4-bit weights in groups of 32 with one f16 scale each (default)"},
    Quantization{"q8f16_1", ir::Encoding::q8, Arithmetic::f16,
                 "8-bit weights, else the same: all but exact, twice the size"},
    Quantization{"q3f16_1", ir::Encoding::q3, Arithmetic::f16,
                 "3-bit weights, else the same: for models that do not fit otherwise"},
    Quantization{"q4f32_1", ir::Encoding::q4, Arithmetic::f32,
                 "stored as q4f16_1; devices compute in f32 only"},
    Quantization{"q0f16", ir::Encoding::tile_f16, Arithmetic::f16, "weights rounded to f16"},
    Quantization{"q0f32", ir::Encoding::tile_f32, Arithmetic::f32, "weights in f32, as they are"},
};

// Null when there is none of that name.
constexpr const Quantization* quantization_named(std::string_view name) {
  for (const Quantization& quantization : kQuantizations)
    if (quantization.name == name) return &quantization;
  return nullptr;
}

}  // namespace compiler
