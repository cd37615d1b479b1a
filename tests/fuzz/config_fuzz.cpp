// SPDX-License-Identifier: Apache-2.0
// A config.json from a stranger, and generation_config.json of the same bytes: what is accepted
// keeps the bounds that the rest of the compiler relies on. Seeds:
// build/data/models/stories260K-hf/config.json build/data/models/tiny-random-llama2/config.json
// build/data/models/stories260K-hf/generation_config.json
#include <stdlib.h>

#include <cmath>
#include <cstdint>
#include <fstream>

#include "frontends/model_config.h"
#include "ir/support/check.h"

namespace {

using frontends::ModelConfig;

struct Folder {
  std::filesystem::path path;

  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "webllm-fuzz-XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr, "no temporary folder");
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

void check_bounds(const ModelConfig& c) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  for (const std::int64_t size :
       {c.hidden_size, c.intermediate_size, c.num_hidden_layers, c.num_attention_heads,
        c.num_key_value_heads, c.head_dim, c.vocab_size, c.max_position_embeddings})
    CHECK(size > 0 && size <= kMost, "a size of {}", size);
  CHECK(c.num_attention_heads % c.num_key_value_heads == 0, "{} heads share {} of keys",
        c.num_attention_heads, c.num_key_value_heads);
  CHECK(c.head_dim % 2 == 0, "a head of {}", c.head_dim);
  CHECK(std::isfinite(c.rms_norm_eps) && c.rms_norm_eps >= 0, "epsilon {}", c.rms_norm_eps);
  if (c.head_dim > 4096) return;
  for (const double frequency : frontends::frequencies(c))
    CHECK(std::isfinite(frequency), "a frequency of {}", frequency);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const char* name : {"config.json", "generation_config.json"})
    std::ofstream(folder.path / name, std::ios::binary) << text;
  std::vector<ir::Diagnostic> warnings;
  if (const auto config = frontends::read_model_config(folder.path, warnings))
    check_bounds(*config);
  else
    CHECK(!config.error().message.empty() && !config.error().help.empty(), "a mute refusal");
  for (const ir::Diagnostic& warning : warnings)
    CHECK(!to_string(warning).empty() && warning.severity == ir::Severity::warning, "no warning");
  if (const auto generation = frontends::read_generation_config(folder.path); !generation)
    CHECK(!generation.error().message.empty(), "a mute refusal");
  return 0;
}
