// SPDX-License-Identifier: Apache-2.0
// A budget of work. What could grow without bound (derivatives, alternatives, items of a parse)
// spends it; when it is gone, every construction returns the smallest value of its type and the one
// who asked reports a refusal instead of hanging.
//
//   if (!fuel.spend(alternatives)) return Refusal{"the schema needs too many alternatives", where};
#pragma once

#include <cstdint>

namespace runtime::grammar {

class Fuel {
 public:
  explicit Fuel(std::uint64_t units = kDefaultUnits) : left_(units) {}

  // False once more was spent than there was; from then on always.
  bool spend(std::uint64_t units = 1) {
    left_ = units > left_ ? 0 : left_ - units;
    exhausted_ |= left_ == 0;
    return !exhausted_;
  }
  bool exhausted() const { return exhausted_; }
  std::uint64_t left() const { return left_; }
  void refill(std::uint64_t units = kDefaultUnits) {
    left_ = units;
    exhausted_ = false;
  }

 private:
  static constexpr std::uint64_t kDefaultUnits = 20'000'000;  // about a second in a browser

  std::uint64_t left_;
  bool exhausted_ = false;
};

}  // namespace runtime::grammar
