// SPDX-License-Identifier: Apache-2.0
// Arena: memory that is given back all at once, for what lives as long as a grammar: the values of
// its JSON texts, names, and what refusals say.
//
//   auto* numbers = static_cast<const int*>(arena.copy(list.data(), list.size() * sizeof(int)));
//   return Refusal{arena.join({"the rule ", name, " is defined twice"}), where};
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "runtime/grammar/list.h"

namespace runtime::grammar {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  void* allocate(std::size_t bytes);
  void* copy(const void* memory, std::size_t bytes);
  // One text of all these; a zero stands behind it.
  const char* join(std::initializer_list<std::string_view> parts);
  const char* decimal(std::size_t number);

 private:
  struct Block {
    void* memory;
  };

  List<Block> blocks_;
};

}  // namespace runtime::grammar
