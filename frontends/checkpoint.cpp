// SPDX-License-Identifier: Apache-2.0
#include "frontends/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "frontends/foreign_checkpoint.h"
#include "frontends/json_file.h"
#include "frontends/safetensors.h"
#include "ir/support/check.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
namespace fs = std::filesystem;

constexpr std::string_view kSingleName = "model.safetensors";
constexpr std::string_view kIndexName = "model.safetensors.index.json";
constexpr std::string_view kDownloadAgain =
    "run the download again (`hf download`), it resumes where it stopped";

class SafetensorsSource final : public ir::TensorSource {
 public:
  // No two files hold a tensor of one name: check_shard has seen to that.
  void add(SafetensorsFile file) {
    for (const auto& [name, stored] : file.tensors()) {
      const bool is_new = tensors_.try_emplace(name, stored.entry).second;
      CHECK(is_new, "two files hold {}", name);
    }
    files_.push_back(std::move(file));
  }

  const std::map<std::string, ir::TensorEntry, std::less<>>& tensors() const override {
    return tensors_;
  }

  ir::Result<void> read(const ir::TensorEntry& tensor, std::uint64_t offset,
                        std::span<std::byte> out) const override {
    for (const SafetensorsFile& file : files_)
      if (file.path() == tensor.where.path)
        if (const auto found = file.tensors().find(tensor.name); found != file.tensors().end())
          return file.read(found->second, offset, out);
    CHECK(false, "{} is no tensor of this checkpoint", tensor.name);
  }

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, ir::TensorEntry, std::less<>> tensors_;
};

using Source = ir::Result<std::unique_ptr<ir::TensorSource>>;

// Downloads of Hugging Face that were cut off, in a cache entry or beside a plain folder.
bool has_unfinished_download(const fs::path& model_dir) {
  for (const fs::path& place :
       {model_dir, model_dir / ".cache/huggingface/download", model_dir / "../../blobs"}) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(place, ignored))
      if (entry.path().extension() == ".incomplete") return true;
  }
  return false;
}

Diagnostic missing(const fs::path& model_dir, std::string message, ir::Location where,
                   std::string_view help) {
  const bool unfinished = has_unfinished_download(model_dir);
  return {.kind = DiagnosticKind::missing_weights,
          .message = std::move(message),
          .where = std::move(where),
          .notes = unfinished ? std::vector<ir::Note>{{"a download of this model is unfinished",
                                                       {model_dir.string()}}}
                              : std::vector<ir::Note>{},
          .help = std::string(unfinished ? kDownloadAgain : help)};
}

Source open_single(const fs::path& path) {
  TRY(SafetensorsFile file, SafetensorsFile::open(path));
  auto source = std::make_unique<SafetensorsSource>();
  source->add(std::move(file));
  return std::unique_ptr<ir::TensorSource>(std::move(source));
}

// Which file the index promises for each tensor.
using WeightMap = std::map<std::string, std::string, std::less<>>;

ir::Result<WeightMap> read_weight_map(const JsonObject& root) {
  TRY(const auto entries, root.object("weight_map"));
  if (!entries) return root.wrong("weight_map", "an object of tensor and file names");
  WeightMap map;
  for (const std::string& tensor : entries->keys()) {
    TRY(std::string file, entries->required_string(tensor));
    if (file.find_first_of("/\\") != std::string::npos || !file.ends_with(".safetensors"))
      return Diagnostic{.kind = DiagnosticKind::index_mismatch,
                        .message = fmt::format("\"{}\" is not the name of a safetensors file in "
                                               "this folder",
                                               file),
                        .where = entries->where(tensor),
                        .help = "an index may only name files beside itself"};
    map.emplace(tensor, std::move(file));
  }
  return map;
}

ir::Result<void> check_shards_exist(const fs::path& model_dir, const fs::path& index,
                                    const std::set<std::string>& shards) {
  std::vector<std::string> absent;
  for (const std::string& shard : shards)
    if (std::error_code ignored; !fs::exists(model_dir / shard, ignored)) absent.push_back(shard);
  if (absent.empty()) return {};
  const std::size_t count = absent.size();
  constexpr std::size_t kMostShown = 4;
  if (count > kMostShown) {
    absent.resize(kMostShown);
    absent.emplace_back("...");
  }
  return missing(model_dir,
                 fmt::format("{} of {} weight files {} missing: {}", count, shards.size(),
                             count == 1 ? "is" : "are", fmt::join(absent, ", ")),
                 {index.string()}, "download the missing files into the folder");
}

// Index and shard must promise each other the same tensors.
ir::Result<void> check_shard(const SafetensorsFile& file, const std::string& shard,
                             const WeightMap& map, const JsonObject& root) {
  const auto mismatch = [&](std::string message, ir::Location where) {
    return Diagnostic{.kind = DiagnosticKind::index_mismatch,
                      .message = std::move(message),
                      .where = std::move(where),
                      .help = "index and files are of different versions: download both again"};
  };
  for (const auto& [name, stored] : file.tensors()) {
    const auto promised = map.find(name);
    if (promised == map.end())
      return mismatch(fmt::format("the index {} does not name this tensor", kIndexName),
                      stored.entry.where);
    if (promised->second != shard)
      return mismatch(fmt::format("the index promises this tensor in {}", promised->second),
                      stored.entry.where);
  }
  TRY(const auto entries, root.object("weight_map"));
  for (const auto& [name, promised] : map)
    if (promised == shard && !file.tensors().contains(name))
      return mismatch(fmt::format("{} does not hold the tensor \"{}\"", shard, name),
                      entries->where(name));
  return {};
}

Source open_indexed(const fs::path& model_dir, const fs::path& index) {
  TRY(const JsonFile json, JsonFile::read(index, {.max_bytes = 64U << 20}));
  TRY(const WeightMap map, read_weight_map(json.root()));
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : map) shards.insert(shard);
  TRY_DO(check_shards_exist(model_dir, index, shards));
  auto source = std::make_unique<SafetensorsSource>();
  for (const std::string& shard : shards) {
    TRY(SafetensorsFile file, SafetensorsFile::open(model_dir / shard));
    TRY_DO(check_shard(file, shard, map, json.root()));
    source->add(std::move(file));
  }
  return std::unique_ptr<ir::TensorSource>(std::move(source));
}

// "model-00002-of-00003.safetensors" and the like, unless it is all: "...-00001-of-00001".
bool is_shard(const std::string& name) {
  return name.find("-of-") != std::string::npos && name.find("-of-00001.") == std::string::npos;
}

// Without the usual names: the only *.safetensors there is, or the reason why not.
Source open_by_search(const fs::path& model_dir) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(model_dir, ignored))
    if (entry.path().extension() == ".safetensors" && !foreign_weight_file(entry.path()))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  if (!names.empty() && is_shard(names.front()))
    return missing(model_dir,
                   fmt::format("{} is one of several weight files, but their index {} is missing",
                               names.front(), kIndexName),
                   {model_dir.string()}, "download the index into the folder");
  if (names.size() == 1) return open_single(model_dir / names.front());
  if (names.size() > 1)
    return Diagnostic{.kind = DiagnosticKind::ambiguous_checkpoint,
                      .message = fmt::format("any of {} files could be the weights: {}",
                                             names.size(), fmt::join(names, ", ")),
                      .where = {model_dir.string()},
                      .help = fmt::format("rename the right one to {}", kSingleName)};
  if (auto foreign = foreign_checkpoint(model_dir)) return *std::move(foreign);
  return missing(model_dir,
                 fmt::format("the folder holds no weights: neither {} nor {} nor another "
                             "*.safetensors",
                             kSingleName, kIndexName),
                 {model_dir.string()}, "download the weights into the folder");
}

}  // namespace

Source open_checkpoint(const fs::path& model_dir) {
  const fs::path single = model_dir / kSingleName;
  const fs::path index = model_dir / kIndexName;
  std::error_code ignored;
  if (fs::exists(single, ignored)) return open_single(single);
  if (fs::exists(index, ignored)) return open_indexed(model_dir, index);
  // A cached snapshot is a folder of links; a link without its blob is a file that is not there.
  for (const fs::path& link : {single, index})
    if (fs::is_symlink(link, ignored))
      return missing(model_dir, "this is a link to a file that does not exist", {link.string()},
                     kDownloadAgain);
  return open_by_search(model_dir);
}

}  // namespace frontends
