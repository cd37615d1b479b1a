// SPDX-License-Identifier: Apache-2.0
// Faults planted in real kernels are found: every barrier is needed, every store to workgroup
// memory is read, every index counts. A mutation that goes unnoticed is either a hole in the
// sanitizer or an instruction that the kernel could do without.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "ir/kernel/interpreter.h"
#include "ir/kernel/text.h"
#include "passes/kernel/prune_values.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

using namespace ir::kernel;  // NOLINT

// Kernels with barriers, loops, workgroup memory and a second dispatch.
constexpr std::string_view kCases[] = {"rms_norm_257",
                                       "argmax_130",
                                       "linear_argmax_q4_129x17",
                                       "linear_add_bias_q4_129x288_rows9",
                                       "norm_linear_q4_17x129",
                                       "attention_4x2x8_at128",
                                       "rope_attention_8x4x16_at65",
                                       "attention_4x2x8_ragged",
                                       "rope_attention_8x4x16_ragged"};

using Mutation = std::function<void(Kernel& kernel, Block& block, std::size_t at)>;

// Applies the mutation to the `nth` instruction of a kernel for which `is_meant` holds; false when
// there are not so many.
bool mutate(Kernel& kernel, Block& block, std::size_t& nth,
            const std::function<bool(const Instruction&)>& is_meant, const Mutation& mutation) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (is_meant(block[i]) && nth-- == 0) {
      mutation(kernel, block, i);
      return true;
    }
    if (auto* loop = std::get_if<For>(&block[i].op))
      if (mutate(kernel, loop->body, nth, is_meant, mutation)) return true;
    if (auto* branch = std::get_if<If>(&block[i].op))
      if (mutate(kernel, branch->then, nth, is_meant, mutation) ||
          mutate(kernel, branch->otherwise, nth, is_meant, mutation))
        return true;
  }
  return false;
}

Value append(Kernel& kernel, Block& block, std::size_t& at, Op op, Type type) {
  const Value result{static_cast<std::uint32_t>(kernel.values.size())};
  kernel.values.push_back(type);
  block.insert(block.begin() + static_cast<std::ptrdiff_t>(at++),
               Instruction{std::move(op), result});
  return result;
}

class Sanitizer : public testing::TestWithParam<std::string_view> {
 protected:
  static const NumericCase& named(std::string_view name) {
    static const std::vector<NumericCase> cases = all_cases();
    for (const NumericCase& one : cases)
      if (one.name == name) return one;
    ADD_FAILURE() << "no case is called " << name;
    return cases[0];
  }

  // Others are for steps of other sizes.
  static std::set<std::uint32_t> kernels_run(const PreparedCase& prepared, const Program& program) {
    std::set<std::uint32_t> kernels;
    for (const Step& step : program.function("run")->steps)
      if (const auto* dispatch = std::get_if<Dispatch>(&step.action))
        if (evaluate(step.when, prepared.symbols()) != 0) kernels.insert(dispatch->kernel);
    return kernels;
  }

  // Plants the mutation at every instruction that is meant, one at a time, and calls `check` with
  // how the case failed ("" when it did not) and where.
  void at_each(const std::function<bool(const Kernel&, const Instruction&)>& is_meant,
               const Mutation& mutation,
               const std::function<void(std::string_view, const std::string&)>& check) const {
    const PreparedCase prepared(named(GetParam()));
    Program program = prepared.lower({});
    passes::prune_values(program);
    for (const std::uint32_t k : kernels_run(prepared, program))
      for (std::size_t nth = 0;; ++nth) {
        Program mutant = program;
        Kernel& kernel = mutant.kernels[k];
        std::size_t countdown = nth;
        std::string where;
        const auto meant = [&](const Instruction& i) { return is_meant(kernel, i); };
        const auto change = [&](Kernel& of, Block& block, std::size_t at) {
          where = kernel.name + ": " + print(of, block[at]);
          mutation(of, block, at);
        };
        if (!mutate(kernel, kernel.body, countdown, meant, change)) break;
        check(run_and_compare(prepared, mutant), where);
        ++planted_;
      }
  }

  mutable int planted_ = 0;
};

bool is_barrier(const Kernel&, const Instruction& i) {
  return std::holds_alternative<Barrier>(i.op);
}

void erase(Kernel&, Block& block, std::size_t at) {
  block.erase(block.begin() + static_cast<std::ptrdiff_t>(at));
}

TEST_P(Sanitizer, FindsTheRaceWhereABarrierIsMissing) {
  at_each(is_barrier, erase, [](std::string_view failure, const std::string& where) {
    EXPECT_NE(failure.find("[race]"), failure.npos) << where << "\n" << failure;
  });
  EXPECT_GT(planted_, 0);
}

TEST_P(Sanitizer, FindsTheBarrierThatNotAllReach) {
  const auto make_divergent = [](Kernel& kernel, Block& block, std::size_t at) {
    const Value lane = append(kernel, block, at, Builtin{BuiltinKind::local_index}, kU32);
    const Value one = append(kernel, block, at, Constant{kU32, 1}, kU32);
    const Value is_first = append(kernel, block, at, Binary{BinaryKind::less, lane, one}, kBool);
    block[at].op = If{is_first, {Instruction{Barrier{}, {}}}, {}};
  };
  at_each(is_barrier, make_divergent, [](std::string_view failure, const std::string& where) {
    EXPECT_NE(failure.find("[divergent-barrier]"), failure.npos) << where << "\n" << failure;
  });
  EXPECT_GT(planted_, 0);
}

TEST_P(Sanitizer, FindsTheReadOfWhatIsNotWritten) {
  const auto is_shared_store = [](const Kernel& kernel, const Instruction& i) {
    const auto* store = std::get_if<Store>(&i.op);
    return store && kernel.memories[store->memory.id].space == Space::workgroup;
  };
  at_each(is_shared_store, erase, [](std::string_view failure, const std::string& where) {
    EXPECT_NE(failure, "") << where;
  });
  EXPECT_GT(planted_, 0);
}

// Far beyond the end; a wrong element inside is seen by its value.
template <std::uint32_t distance>
void shift_index(Kernel& kernel, Block& block, std::size_t at) {
  const auto shifted = [&](Value index) {
    const Value by = append(kernel, block, at, Constant{kU32, distance}, kU32);
    return append(kernel, block, at, Binary{BinaryKind::add, index, by}, kU32);
  };
  if (const auto* load = std::get_if<Load>(&block[at].op)) {
    const Value index = shifted(load->index);
    std::get<Load>(block[at].op).index = index;
  } else {
    const Value index = shifted(std::get<Store>(block[at].op).index);
    std::get<Store>(block[at].op).index = index;
  }
}

bool is_access(const Kernel&, const Instruction& i) {
  return std::holds_alternative<Load>(i.op) || std::holds_alternative<Store>(i.op);
}

TEST_P(Sanitizer, FindsTheIndexOutOfBounds) {
  at_each(is_access, shift_index<1U << 24>, [](std::string_view failure, const std::string& where) {
    EXPECT_NE(failure.find("[out-of-bounds]"), failure.npos) << where << "\n" << failure;
  });
  EXPECT_GT(planted_, 0);
}

// Kernels whose result depends on every element. Not those with an argmax, which forgives much, nor
// attention, whose result is the same whatever a softmax is shifted by.
constexpr std::string_view kExactCases[] = {"rms_norm_257",
                                            "gather_tile_f32_65x33",
                                            "linear_swiglu_bias_q4_65x33",
                                            "linear_swiglu_bias_q4_129x288_rows9",
                                            "norm_linear_q4_17x129",
                                            "rope_cache_write_4x2x8_ragged"};

class WrongElement : public Sanitizer {};

TEST_P(WrongElement, IsNoticed) {
  at_each(is_access, shift_index<1>, [](std::string_view failure, const std::string& where) {
    EXPECT_NE(failure, "") << where;
  });
  EXPECT_GT(planted_, 0);
}

INSTANTIATE_TEST_SUITE_P(Cases, WrongElement, testing::ValuesIn(kExactCases),
                         [](const auto& info) { return std::string(info.param); });
INSTANTIATE_TEST_SUITE_P(Cases, Sanitizer, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace tests::numerics
