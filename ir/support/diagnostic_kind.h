// SPDX-License-Identifier: Apache-2.0
// Every kind of diagnostic, with the name users see in brackets. A test proves that each kind is
// produced by some case in tests/diagnostics.
#pragma once

#include <array>
#include <string_view>

namespace ir {

enum class DiagnosticKind {
  file_not_found,
  file_unreadable,
  file_truncated,
  file_unwritable,
  disk_full,
  interrupted,
  bad_usage,
  file_too_large,
  malformed_json,
  duplicate_key,
  missing_config_key,
  bad_config_value,
  unsupported_config,
  ignored_config_value,
  unknown_config_key,
  context_capped,
  unknown_architecture,
  quantized_checkpoint,
  malformed_checkpoint,
  unknown_dtype,
  duplicate_tensor,
  index_mismatch,
  missing_weights,
  ambiguous_checkpoint,
  pickle_checkpoint,
  unsupported_checkpoint,
  tokenizer_missing,
  malformed_tokenizer,
  unsupported_tokenizer,
  missing_tensor,
  unused_tensor,
  shape_mismatch,
  unsupported_dtype,
  kernel_syntax,
  kernel_invalid,
  graph_syntax,
  graph_invalid,
};

struct DiagnosticKindInfo {
  DiagnosticKind kind;
  std::string_view name;     // kebab-case
  std::string_view meaning;  // one sentence for the generated index
};

// In the order of the enumeration (checked at compile time in diagnostic.cpp).
inline constexpr std::array kDiagnosticKinds = {
    DiagnosticKindInfo{DiagnosticKind::file_not_found, "file-not-found",
                       "a file or folder that was named does not exist"},
    DiagnosticKindInfo{DiagnosticKind::file_unreadable, "file-unreadable",
                       "a file exists but cannot be read"},
    DiagnosticKindInfo{DiagnosticKind::file_truncated, "file-truncated",
                       "a file is shorter than its own header promises"},
    DiagnosticKindInfo{DiagnosticKind::file_unwritable, "file-unwritable",
                       "an output file or folder cannot be created or written"},
    DiagnosticKindInfo{DiagnosticKind::disk_full, "disk-full", "the disk is full"},
    DiagnosticKindInfo{DiagnosticKind::interrupted, "interrupted", "the user stopped the command"},
    DiagnosticKindInfo{DiagnosticKind::bad_usage, "bad-usage",
                       "the command line does not make sense"},
    DiagnosticKindInfo{DiagnosticKind::file_too_large, "file-too-large",
                       "a file is larger than any file of its kind has reason to be"},
    DiagnosticKindInfo{DiagnosticKind::malformed_json, "malformed-json",
                       "a JSON file does not follow the grammar of JSON"},
    DiagnosticKindInfo{DiagnosticKind::duplicate_key, "duplicate-key",
                       "a JSON object names a key twice"},
    DiagnosticKindInfo{DiagnosticKind::missing_config_key, "missing-config-key",
                       "a configuration lacks a value that has no default"},
    DiagnosticKindInfo{DiagnosticKind::bad_config_value, "bad-config-value",
                       "a configuration value has the wrong type or lies out of range"},
    DiagnosticKindInfo{DiagnosticKind::unsupported_config, "unsupported-config",
                       "a configuration asks for arithmetic that is not implemented"},
    DiagnosticKindInfo{DiagnosticKind::ignored_config_value, "ignored-config-value",
                       "a configuration value is known and has no effect here"},
    DiagnosticKindInfo{DiagnosticKind::unknown_config_key, "unknown-config-key",
                       "a configuration holds a key that nobody here has heard of"},
    DiagnosticKindInfo{DiagnosticKind::context_capped, "context-capped",
                       "the context is shorter than the configuration promises"},
    DiagnosticKindInfo{DiagnosticKind::unknown_architecture, "unknown-architecture",
                       "the model's architecture is not supported"},
    DiagnosticKindInfo{DiagnosticKind::quantized_checkpoint, "quantized-checkpoint",
                       "the checkpoint is already quantized in a format that is not read"},
    DiagnosticKindInfo{DiagnosticKind::malformed_checkpoint, "malformed-checkpoint",
                       "a weight file contradicts its format"},
    DiagnosticKindInfo{DiagnosticKind::unknown_dtype, "unknown-dtype",
                       "a tensor has an element type that is not read"},
    DiagnosticKindInfo{DiagnosticKind::duplicate_tensor, "duplicate-tensor",
                       "a checkpoint holds two tensors of one name"},
    DiagnosticKindInfo{DiagnosticKind::index_mismatch, "index-mismatch",
                       "the index of a checkpoint and its files disagree"},
    DiagnosticKindInfo{DiagnosticKind::missing_weights, "missing-weights",
                       "a file of weights is absent or not fully downloaded"},
    DiagnosticKindInfo{DiagnosticKind::ambiguous_checkpoint, "ambiguous-checkpoint",
                       "several files could be the model's weights"},
    DiagnosticKindInfo{DiagnosticKind::pickle_checkpoint, "pickle-checkpoint",
                       "the weights are a Python pickle, which can run code when it is read"},
    DiagnosticKindInfo{DiagnosticKind::unsupported_checkpoint, "unsupported-checkpoint",
                       "the weights are in a format that is not read"},
    DiagnosticKindInfo{DiagnosticKind::tokenizer_missing, "tokenizer-missing",
                       "the model folder holds no tokenizer: only token ids will work"},
    DiagnosticKindInfo{DiagnosticKind::malformed_tokenizer, "malformed-tokenizer",
                       "a tokenizer file contradicts its format or itself"},
    DiagnosticKindInfo{DiagnosticKind::unsupported_tokenizer, "unsupported-tokenizer",
                       "the tokenizer uses a component that is not supported"},
    DiagnosticKindInfo{DiagnosticKind::missing_tensor, "missing-tensor",
                       "the model needs a tensor that the checkpoint does not hold"},
    DiagnosticKindInfo{DiagnosticKind::unused_tensor, "unused-tensor",
                       "the checkpoint holds a tensor that the model does not use"},
    DiagnosticKindInfo{DiagnosticKind::shape_mismatch, "shape-mismatch",
                       "a tensor has another shape than the configuration asks for"},
    DiagnosticKindInfo{DiagnosticKind::unsupported_dtype, "unsupported-dtype",
                       "a weight is stored in an element type that cannot be converted"},
    DiagnosticKindInfo{DiagnosticKind::kernel_syntax, "kernel-syntax",
                       "text is not a kernel program"},
    DiagnosticKindInfo{DiagnosticKind::kernel_invalid, "kernel-invalid",
                       "a kernel program breaks a law of its stage"},
    DiagnosticKindInfo{DiagnosticKind::graph_syntax, "graph-syntax", "text is not a graph"},
    DiagnosticKindInfo{DiagnosticKind::graph_invalid, "graph-invalid",
                       "a graph breaks a type rule or a law of its stage"},
};

constexpr std::string_view name_of(DiagnosticKind kind) {
  return kDiagnosticKinds[static_cast<std::size_t>(kind)].name;
}

}  // namespace ir
