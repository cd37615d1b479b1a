// SPDX-License-Identifier: Apache-2.0
// Regular expressions over bytes with intersection, complement and counted repeats, matched by
// derivatives: the derivative of r by a byte b is the expression of all texts t with "bt" in r.
//
//   Expressions e(fuel);
//   const Regex word = e.repeat(e.bytes(ByteSet::range('a', 'z')), 2, 1000);  // not unrolled
//   const Regex rest = e.derivative(word, 'x');                               // [a-z]{1,999}
//   e.is_nullable(rest);                                                      // false
//
// Expressions are hash-consed: equal handles are equal expressions, and the constructors bring
// sums, intersections and repeats into one normal form (Owens, Reppy, Turon: Regular-expression
// derivatives re-examined, 2009), so that an expression has finitely many derivatives and a state
// of an automaton is a handle.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/grammar/arena.h"
#include "runtime/grammar/fuel.h"
#include "runtime/grammar/regex/byte_set.h"

namespace runtime::grammar::regex {

enum class Regex : std::uint32_t {};

inline constexpr Regex kNothing{0};    // matches no text
inline constexpr Regex kEmptyText{1};  // matches the empty text only
inline constexpr std::uint32_t kUnbounded = 0xffffffff;

struct Store;

class Expressions {
 public:
  explicit Expressions(Fuel& fuel);
  ~Expressions();
  Expressions(const Expressions&) = delete;
  Expressions& operator=(const Expressions&) = delete;

  Regex bytes(const ByteSet& set);  // one byte of the set
  Regex literal(std::string_view text);
  Regex literals(std::span<const std::string_view> texts);  // any of them; shares prefixes
  Regex anything();                                         // every text, also malformed UTF-8
  Regex concat(Regex first, Regex second);
  Regex concat(std::span<const Regex> parts);
  Regex either(Regex a, Regex b);
  Regex either(std::span<const Regex> parts);
  Regex both(Regex a, Regex b);
  Regex both(std::span<const Regex> parts);
  Regex complement(Regex a);
  Regex without(Regex a, Regex b);  // both(a, complement(b))
  // `max` may be kUnbounded. Nothing is unrolled.
  Regex repeat(Regex a, std::uint32_t min, std::uint32_t max);
  Regex optional(Regex a) { return repeat(a, 0, 1); }
  // Digits with at most one point: the multiples of modulus / 10^scale. `modulus` > 0.
  Regex multiples(std::uint32_t modulus, std::uint32_t scale);

  bool is_nullable(Regex a) const;  // whether it matches the empty text
  Regex derivative(Regex a, std::uint8_t byte);

  // Whether it matches no text at all. Exact: where & or ~ hide it, derivatives are searched, and
  // every answer is kept. derivative() returns kNothing for such expressions only where that is
  // cheap; automata ask is_nothing for each new state.
  bool is_nothing(Regex a);
  bool includes(Regex whole, Regex part) { return is_nothing(without(part, whole)); }
  bool disjoint(Regex a, Regex b) { return is_nothing(both(a, b)); }

  // Bytes between which `a` does not distinguish, as representatives: derivatives by the bytes of a
  // class are equal.
  std::span<const std::uint8_t> representatives(Regex a);
  // A partition of the bytes (byte_classes.h) that also tells apart what `a` does.
  std::uint32_t refine(std::uint32_t partition, Regex a);
  // Of each of the 256 bytes its class in a partition, and how many classes it has. Stay in place.
  std::span<const std::uint8_t> classes_of_bytes(std::uint32_t partition) const;
  std::size_t class_count(std::uint32_t partition) const;

  // An expression that has the same texts of up to `bytes` bytes, and the same beginnings of texts
  // of that length; with fewer counts, where that is had cheaply (horizons.cpp).
  //   [a-z]{0,99}            ->  [a-z]*             within 32 bytes
  //   .{0,99} & ([a-z]+ )*   ->  ([a-z]+ )*
  Regex within(Regex a, std::uint32_t bytes) { return within(a, bytes, 0); }
  // Bytes up to which within() leaves it as it is.
  std::uint32_t greatest_count(Regex a) const;

  // As many texts of `base` as this number may stand in a row at the beginning of a text of `a`,
  // whichever they are. A lower bound that is found without a search; kUnbounded where there is no
  // limit.
  std::uint32_t prefix_repeats(Regex a, Regex base);

  // A shortest text of it; none if there is none.
  std::optional<std::string> shortest(Regex a);
  // How many texts it matches, counted up to `limit`; `limit` stands for "that many or more".
  std::uint64_t count(Regex a, std::uint64_t limit);

  Fuel& fuel() { return fuel_; }
  Arena& arena() { return arena_; }   // of what is to live as long
  Store& store() { return *store_; }  // for the files of this folder

 private:
  Regex concat_one(Regex first, Regex second);  // first is no concat
  Regex computed_derivative(Regex a, std::uint8_t byte);
  Regex remainder(std::uint32_t modulus, std::uint32_t value, std::uint32_t left, bool in_fraction);
  Regex remainder_derivative(Regex a, std::uint8_t byte);
  bool has_multiple(Regex both);
  std::uint32_t classes(Regex a);
  bool holds_rows(Regex unit, std::uint32_t max, Regex base);
  std::uint32_t intersection_prefix_repeats(Regex a, Regex base);
  bool is_searched_nothing(Regex a);
  Regex within(Regex a, std::uint32_t bytes, unsigned depth);
  std::optional<Regex> without_limit(Regex limit, Regex a, std::uint32_t bytes, unsigned depth);

  Fuel& fuel_;
  Arena arena_;
  std::unique_ptr<Store> store_;
};

}  // namespace runtime::grammar::regex
