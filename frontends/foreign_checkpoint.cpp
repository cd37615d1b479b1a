// SPDX-License-Identifier: Apache-2.0
#include "frontends/foreign_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;

// The first row whose pattern fits a file's name says what the file is.
struct Format {
  std::string_view prefix;
  std::string_view suffix;
  DiagnosticKind kind;
  std::string_view what;
  std::string_view help;  // {} is the folder
};

constexpr std::string_view kConvertPickle =
    "use a safetensors version of this model, or write one into the folder: python -c \"from "
    "transformers import AutoModelForCausalLM as M; "
    "M.from_pretrained('{0}').save_pretrained('{0}')\"";
constexpr std::string_view kFromTransformers =
    "use a safetensors version of this model, as transformers' save_pretrained writes it";

constexpr std::array kFormats = {
    Format{"tensor-cache", ".json", DiagnosticKind::unsupported_checkpoint, "already MLC's",
           "use the Hugging Face checkpoint that the MLC weights were made from"},
    Format{"ndarray-cache", ".json", DiagnosticKind::unsupported_checkpoint, "already MLC's",
           "use the Hugging Face checkpoint that the MLC weights were made from"},
    Format{"", ".gguf", DiagnosticKind::unsupported_checkpoint, "in GGUF",
           "use the safetensors checkpoint that the GGUF file was made from"},
    Format{"adapter_model", "", DiagnosticKind::unsupported_checkpoint, "only an adapter (LoRA)",
           "merge it into its base model first, with peft's merge_and_unload and save_pretrained"},
    Format{"consolidated", ".safetensors", DiagnosticKind::unsupported_checkpoint,
           "in Mistral's own layout",
           "download the files model-*.safetensors and model.safetensors.index.json as well"},
    Format{"pytorch_model", ".bin", DiagnosticKind::pickle_checkpoint, "a PyTorch pickle",
           kConvertPickle},
    Format{"pytorch_model", ".bin.index.json", DiagnosticKind::pickle_checkpoint,
           "a PyTorch pickle", kConvertPickle},
    Format{"", ".pth", DiagnosticKind::pickle_checkpoint, "a PyTorch pickle", kConvertPickle},
    Format{"", ".pt", DiagnosticKind::pickle_checkpoint, "a PyTorch pickle", kConvertPickle},
    Format{"", ".ckpt", DiagnosticKind::pickle_checkpoint, "a PyTorch pickle", kConvertPickle},
    Format{"", ".pkl", DiagnosticKind::pickle_checkpoint, "a Python pickle", kConvertPickle},
    Format{"", ".onnx", DiagnosticKind::unsupported_checkpoint, "in ONNX", kFromTransformers},
    Format{"", ".h5", DiagnosticKind::unsupported_checkpoint, "in Keras' HDF5", kFromTransformers},
    Format{"", ".msgpack", DiagnosticKind::unsupported_checkpoint, "in Flax' msgpack",
           kFromTransformers},
    Format{"", ".bin", DiagnosticKind::pickle_checkpoint, "probably a PyTorch pickle",
           kConvertPickle},
};

const Format* format_of(const std::string& name) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& format) {
    return name.starts_with(format.prefix) && name.ends_with(format.suffix);
  });
  return found == kFormats.end() ? nullptr : found;
}

Diagnostic complaint(const Format& format, const std::filesystem::path& file) {
  const bool pickle = format.kind == DiagnosticKind::pickle_checkpoint;
  return {
      .kind = format.kind,
      .message = fmt::format("the weights are {}, {}", format.what,
                             pickle ? "which can run code when it is read" : "which is not read"),
      .where = {file.string()},
      .help = fmt::format(fmt::runtime(format.help), file.parent_path().string())};
}

}  // namespace

std::optional<Diagnostic> foreign_weight_file(const std::filesystem::path& file) {
  const Format* format = format_of(file.filename().string());
  if (format == nullptr) return std::nullopt;
  return complaint(*format, file);
}

std::optional<Diagnostic> foreign_checkpoint(const std::filesystem::path& model_dir) {
  // By row of the table, then by name, so that the answer does not depend on the file system.
  std::vector<std::pair<const Format*, std::filesystem::path>> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(model_dir, ignored))
    if (const Format* format = format_of(entry.path().filename().string()))
      found.emplace_back(format, entry.path());
  if (found.empty()) return std::nullopt;
  const auto first = std::min_element(found.begin(), found.end());
  return complaint(*first->first, first->second);
}

}  // namespace frontends
