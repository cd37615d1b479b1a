// SPDX-License-Identifier: Apache-2.0
#include "frontends/model_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "frontends/chat_template.h"
#include "frontends/checkpoint.h"
#include "frontends/file.h"
#include "frontends/foreign_checkpoint.h"
#include "frontends/response_template.h"
#include "frontends/tokenizer/tokenizer_config.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
namespace fs = std::filesystem;

constexpr std::string_view kCachePrefix = "models--";
constexpr std::uint64_t kMaxRefBytes = 4096;

bool is_cache_entry(const fs::path& path) {
  return path.filename().string().starts_with(kCachePrefix);
}

// Absolute and without a trailing slash, so that filename() is the folder's name.
fs::path plain(const fs::path& path) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(path, ignored).lexically_normal();
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

// models--org--name: the snapshot that refs/main names, or the only one.
ir::Result<fs::path> find_snapshot(const fs::path& entry) {
  std::error_code ignored;
  if (const fs::path ref = entry / "refs/main"; fs::exists(ref, ignored)) {
    TRY(std::string hash, read_text(ref, kMaxRefBytes));
    while (!hash.empty() && std::isspace(static_cast<unsigned char>(hash.back()))) hash.pop_back();
    const fs::path snapshot = entry / "snapshots" / hash;
    if (!hash.empty() && hash.find('/') == std::string::npos && fs::is_directory(snapshot, ignored))
      return snapshot;
  }
  std::vector<fs::path> snapshots;
  for (const auto& snapshot : fs::directory_iterator(entry / "snapshots", ignored))
    snapshots.push_back(snapshot.path());
  if (snapshots.size() == 1) return snapshots.front();
  if (snapshots.empty())
    return Diagnostic{.kind = DiagnosticKind::missing_weights,
                      .message = "this entry of the Hugging Face cache holds no snapshot",
                      .where = {entry.string()},
                      .help = "run the download again (`hf download`)"};
  return Diagnostic{
      .kind = DiagnosticKind::ambiguous_checkpoint,
      .message = fmt::format("this entry of the Hugging Face cache holds {} "
                             "snapshots, and refs/main names none of them",
                             snapshots.size()),
      .where = {entry.string()},
      .help = fmt::format("name one of them, such as {}",
                          std::min_element(snapshots.begin(), snapshots.end())->string())};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_licence(const std::string& name) {
  constexpr std::array<std::string_view, 4> kBeginnings = {"license", "licence", "notice",
                                                           "use_policy"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(), [&](std::string_view beginning) {
    return lower(name).starts_with(beginning);
  });
}

// The files that travel with the model into its bundle.
void find_documents(ModelFolder& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.path, ignored)) {
    if (!entry.is_regular_file(ignored)) continue;
    const std::string name = entry.path().filename().string();
    if (is_licence(name)) folder.licence_files.push_back(entry.path());
    if (lower(name) == "readme.md") folder.model_card = entry.path();
  }
  std::sort(folder.licence_files.begin(), folder.licence_files.end());
}

// generation_config.json, where it speaks, is the newer word about special tokens.
void merge_tokens(const GenerationConfig& generation, ModelConfig& config) {
  if (!generation.eos_token_ids.empty()) config.eos_token_ids = generation.eos_token_ids;
  if (generation.bos_token_id) config.bos_token_id = generation.bos_token_id;
  if (generation.pad_token_id) config.pad_token_id = generation.pad_token_id;
}

// Chat models end a turn with the tokenizer's own token, which older files do not list.
ir::Result<void> add_tokenizer_eos(ModelFolder& folder) {
  TRY(const TokenizerConfig tokenizer, read_tokenizer_config(folder.path));
  const std::optional<std::uint32_t> id = tokenizer.eos_id();
  if (!id || *id >= folder.config.vocab_size) return {};
  auto& generation = folder.generation.eos_token_ids;
  if (!generation.empty() &&
      std::find(generation.begin(), generation.end(), *id) == generation.end())
    generation.push_back(*id);
  auto& config = folder.config.eos_token_ids;
  if (std::find(config.begin(), config.end(), *id) == config.end()) config.push_back(*id);
  return {};
}

// The first token is fed to the model and must be one of its own; a stop token that the model
// cannot produce is only useless.
ir::Result<void> check_tokens(ModelFolder& folder) {
  const ModelConfig& config = folder.config;
  const auto place = [&](bool newer) {
    return ir::Location{
        (folder.path / (newer ? "generation_config.json" : "config.json")).string()};
  };
  if (config.bos_token_id && *config.bos_token_id >= config.vocab_size)
    return Diagnostic{.kind = DiagnosticKind::bad_config_value,
                      .message = fmt::format("bos_token_id is {}, but the vocabulary has {} tokens",
                                             *config.bos_token_id, config.vocab_size),
                      .where = place(folder.generation.bos_token_id.has_value()),
                      .help = "correct the value, or download the file again"};
  for (const std::int64_t id : config.eos_token_ids)
    if (id >= config.vocab_size)
      folder.warnings.push_back(
          {.kind = DiagnosticKind::ignored_config_value,
           .message =
               fmt::format("the end-of-text token {} never comes, because the vocabulary has "
                           "{} tokens",
                           id, config.vocab_size),
           .where = place(!folder.generation.eos_token_ids.empty()),
           .severity = ir::Severity::warning});
  return {};
}

// "org/name" is rather a model of a hub than a folder.
std::string how_to_get(const fs::path& path) {
  if (path.is_relative() && std::distance(path.begin(), path.end()) == 2 && path.has_filename())
    return fmt::format(
        "if this is a model of the Hugging Face hub, download it first: "
        "hf download {} --local-dir {}",
        path.string(), path.filename().string());
  return "name a folder that holds config.json and *.safetensors";
}

}  // namespace

ir::Result<fs::path> find_model_folder(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    return Diagnostic{.kind = DiagnosticKind::file_not_found,
                      .message = "the model folder does not exist",
                      .where = {path.string()},
                      .help = how_to_get(path)};
  if (!fs::is_directory(path, ignored)) {
    if (auto foreign = foreign_weight_file(path)) return *std::move(foreign);
    return Diagnostic{.kind = DiagnosticKind::bad_usage,
                      .message = "a model is a folder, but this is a file",
                      .where = {path.string()},
                      .help = "name the folder that holds config.json and *.safetensors"};
  }
  fs::path folder = path;
  if (!fs::exists(folder / "config.json", ignored) && is_cache_entry(plain(path))) {
    TRY(folder, find_snapshot(path));
  }
  if (fs::exists(folder / "config.json", ignored)) return folder;
  if (auto foreign = foreign_checkpoint(folder)) return *std::move(foreign);
  return Diagnostic{.kind = DiagnosticKind::file_not_found,
                    .message = "the folder holds no config.json",
                    .where = {folder.string()},
                    .help =
                        "name the folder of a Hugging Face model: config.json, *.safetensors, "
                        "tokenizer.json"};
}

std::string model_name(const fs::path& path) {
  fs::path folder = plain(path);
  if (folder.parent_path().filename() == "snapshots" &&
      is_cache_entry(folder.parent_path().parent_path()))
    folder = folder.parent_path().parent_path();
  std::string name = folder.filename().string();
  if (is_cache_entry(folder)) name = name.substr(name.rfind("--") + 2);
  return name.empty() || name == "/" ? "model" : name;
}

ir::Result<ModelFolder> open_model_folder(const fs::path& path) {
  ModelFolder folder;
  folder.name = model_name(path);
  TRY(folder.path, find_model_folder(path));
  TRY(folder.config, read_model_config(folder.path, folder.warnings));
  TRY(folder.generation, read_generation_config(folder.path));
  merge_tokens(folder.generation, folder.config);
  TRY_DO(check_tokens(folder));
  TRY_DO(add_tokenizer_eos(folder));
  TRY(folder.weights, open_checkpoint(folder.path));
  TRY(folder.chat_templates, read_chat_templates(folder.path));
  TRY(folder.response_template, read_response_template(folder.path));
  find_documents(folder);
  return folder;
}

}  // namespace frontends
