// SPDX-License-Identifier: Apache-2.0
// What Unicode says about characters beside their categories, as flat lists of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace codegen::tokenizer {

// One after another: a code point, how many it becomes, and these. Hangul syllables are left out.
std::span<const std::uint32_t> canonical_decompositions();
std::span<const std::uint32_t> compatibility_decompositions();  // where they are not canonical
std::span<const std::uint32_t> lowercase_mappings();

// Triples: first, second, what they compose to; sorted.
std::span<const std::uint32_t> canonical_compositions();

// Pairs: a code point, and the rank of the canonical combining class of all from there to the next.
std::span<const std::uint32_t> combining_orders();

// Pairs: first and last code point. The sets are "word" (\w) and scripts by their long names; empty
// for another name.
std::span<const std::uint32_t> named_set(std::string_view name);

}  // namespace codegen::tokenizer
