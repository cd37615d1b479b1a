// SPDX-License-Identifier: Apache-2.0
// A fault of the user's input: what is wrong, where, and how to mend it.
//
//   error: tensor has shape [4096, 1000], but this model needs [4096, 1024]  [shape-mismatch]
//     --> qwen3/model-00001.safetensors: "model.layers.0.self_attn.k_proj.weight"
//   note: 1024 = num_key_value_heads (8) * head_dim (128)
//     --> qwen3/config.json:14
//   help: if head_dim is really 125, correct config.json
//
// Messages are one sentence in lower case, without a full stop, and show the values they speak of.
// Our own faults are not diagnostics: they are checked laws (check.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/support/diagnostic_kind.h"

namespace ir {

enum class Severity { error, warning };

// A place in the user's files. `line` and `column` count from 1 (0: unknown); `item` names a thing
// inside a file that has no lines, such as a tensor.
struct Location {
  std::string path;
  int line = 0;
  std::string item;
  int column = 0;

  bool empty() const { return path.empty() && item.empty(); }
  bool operator==(const Location&) const = default;
};

struct Note {
  std::string message;
  Location where;
};

struct Diagnostic {
  DiagnosticKind kind;
  std::string message;
  Location where;
  std::vector<Note> notes;
  std::string help;
  Severity severity = Severity::error;
};

// The text shown above, without colour, ending in a newline.
std::string to_string(const Diagnostic& diagnostic);

// `path:line`, `path:line:column` or `path: "item"`.
std::string to_string(const Location& location);

}  // namespace ir
