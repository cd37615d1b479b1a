// SPDX-License-Identifier: Apache-2.0
// Constraint: a grammar bound to a vocabulary, with all that was learnt about the two so far. One
// serves any number of answers (matcher.h), and the later ones find its tables filled.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "runtime/grammar/chart.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/mask.h"
#include "runtime/grammar/token_index.h"

namespace runtime::grammar {

class Constraint {
 public:
  // `index` must outlive the constraint.
  Constraint(std::unique_ptr<Grammar> grammar, const TokenIndex& index)
      : grammar_(std::move(grammar)), chart_(*grammar_), masks_(chart_, index), index_(index) {}
  Constraint(const Constraint&) = delete;
  Constraint& operator=(const Constraint&) = delete;

  // Before each piece of work: new fuel, and tables that have grown too large are forgotten.
  void begin_work() {
    grammar_->fuel().refill();
    if (chart_.bytes() > kMaxChartBytes) chart_.clear();
  }

  Grammar& grammar() { return *grammar_; }
  Chart& chart() { return chart_; }
  MaskMaker& masks() { return masks_; }
  const TokenIndex& index() const { return index_; }

 private:
  static constexpr std::size_t kMaxChartBytes = 48U << 20;

  std::unique_ptr<Grammar> grammar_;
  Chart chart_;
  MaskMaker masks_;
  const TokenIndex& index_;
};

}  // namespace runtime::grammar
