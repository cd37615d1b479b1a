// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "codegen/bundle/json_value.h"
#include "codegen/bundle/manifest.h"

namespace codegen::bundle {
namespace {

constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 28;
constexpr std::uint64_t kMostTokens = 1 << 24;

std::uint32_t word(const JsonValue& value, std::uint64_t least, std::uint64_t most) {
  return static_cast<std::uint32_t>(value.integer(least, most));
}

std::optional<ir::Diagnostic> check_version(const JsonValue& root, const std::string& file) {
  const std::string format = root["format"].string();
  if (format != "webllm-bundle")
    root["format"].fault(fmt::format("is \"{}\", wanted \"webllm-bundle\"", format));
  const std::uint64_t version = root["version"].integer(1);
  if (version <= kBundleVersion) return std::nullopt;
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::unsupported_bundle,
      .message = fmt::format("the bundle has version {}, but this compiler reads up to {}", version,
                             kBundleVersion),
      .where = {.path = file},
      .help = "use the compiler that wrote the bundle, or a newer one"};
}

Settings read_settings(const JsonValue& object) {
  Settings settings;
  object.fields([&](const std::string& name, const JsonValue& value) {
    const nlohmann::json& raw = value.raw();
    if (raw.is_boolean())
      settings[name] = raw.get<bool>();
    else if (raw.is_number_integer())
      settings[name] = raw.get<std::int64_t>();
    else if (raw.is_number())
      settings[name] = raw.get<double>();
    else
      settings[name] = value.string();
  });
  return settings;
}

// A path inside the bundle: no root, no parent, nothing that a URL would read in another way.
std::string read_path(const JsonValue& value) {
  const std::string path = value.string();
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("._-/").find(c) != std::string_view::npos;
  };
  bool ok = std::all_of(path.begin(), path.end(), plain);
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = std::string_view(path).substr(begin, end - begin);
    ok = ok && !part.empty() && part != "." && part != "..";
    begin = end + 1;
  }
  if (!ok) value.fault("is no path inside the bundle");
  return path;
}

std::string read_hash(const JsonValue& value) {
  const std::string hash = value.string();
  if (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string::npos)
    value.fault("is not 64 hexadecimal digits");
  return hash;
}

weights::WrittenFile read_file(const JsonValue& json) {
  return {.path = read_path(json["path"]),
          .bytes = json["bytes"].integer(0, kMostFileBytes),
          .sha256 = read_hash(json["sha256"])};
}

std::uint32_t read_index(const JsonValue& value, std::size_t count) {
  if (count > 0) return word(value, 0, count - 1);
  value.fault("is an index into an empty list");
  return 0;
}

TensorEntry read_tensor(const JsonValue& json, const std::vector<weights::WrittenFile>& segments) {
  TensorEntry tensor{.name = json["name"].string(),
                     .encoding = json["encoding"].string(),
                     .bytes = json["bytes"].integer()};
  json["shape"].each([&](const JsonValue& extent) {
    tensor.shape.push_back(static_cast<std::int64_t>(extent.integer(1)));
  });
  std::uint64_t covered = 0;
  json["pieces"].each([&](const JsonValue& place) {
    const weights::Piece piece{.segment = read_index(place["segment"], segments.size()),
                               .offset = place["offset"].integer(),
                               .at = place["at"].integer(),
                               .bytes = place["bytes"].integer(1)};
    if (piece.segment < segments.size() &&
        piece.offset + piece.bytes > segments[piece.segment].bytes)
      place.fault(fmt::format("reaches beyond the {} bytes of {}", segments[piece.segment].bytes,
                              segments[piece.segment].path));
    if (piece.at != covered)
      place.fault(fmt::format("is at {} of its tensor, wanted {}", piece.at, covered));
    covered += piece.bytes;
    tensor.pieces.push_back(piece);
  });
  if (covered != tensor.bytes)
    json.fault(fmt::format("has pieces of {} bytes together, wanted {}", covered, tensor.bytes));
  return tensor;
}

LayerCost read_layer(const JsonValue& json, std::size_t segments) {
  LayerCost layer{.name = json["name"].string(),
                  .weight_bytes = json["weight_bytes"].integer(),
                  .kv_bytes_per_token = json["kv_bytes_per_token"].integer(),
                  .flops_per_token = json["flops_per_token"].integer()};
  json["segments"].each(
      [&](const JsonValue& segment) { layer.segments.push_back(read_index(segment, segments)); });
  return layer;
}

Requirements read_requirements(const JsonValue& json) {
  Requirements requirements;
  json["features"].each(
      [&](const JsonValue& feature) { requirements.features.push_back(feature.string()); });
  if (const JsonValue optional = json.optional("optional_features"); !optional.is_null())
    optional.each([&](const JsonValue& feature) {
      requirements.optional_features.push_back(feature.string());
    });
  json["limits"].fields([&](const std::string& name, const JsonValue& limit) {
    requirements.limits[name] = limit.integer();
  });
  return requirements;
}

std::optional<std::string> optional_string(const JsonValue& value) {
  if (value.is_null()) return std::nullopt;
  return value.string();
}

std::optional<Licence> read_licence(const JsonValue& json) {
  if (json.is_null()) return std::nullopt;
  Licence licence{.card = optional_string(json["card"])};
  json["files"].each([&](const JsonValue& file) { licence.files.push_back(read_path(file)); });
  return licence;
}

BundleDescription read_description(const JsonValue& root) {
  BundleDescription about{.compiler_version = root["compiler"]["version"].string(),
                          .compiler_options = read_settings(root["compiler"]["options"]),
                          .model = {.name = root["model"]["name"].string(),
                                    .architecture = root["model"]["architecture"].string(),
                                    .parameters = root["model"]["parameters"].integer()},
                          .quantization = root["quantization"].string(),
                          .context = word(root["context"], 1, kMostTokens),
                          .vocabulary = word(root["vocabulary"], 1, kMostTokens),
                          .generation = read_settings(root["generation"]),
                          .chat_template = optional_string(root["chat_template"]),
                          .tool_template = optional_string(root.optional("tool_template"))};
  if (const JsonValue format = root.optional("tool_format"); !format.is_null())
    about.tool_format = format.raw().dump();
  if (const JsonValue format = root.optional("response_template"); !format.is_null())
    about.response_template = format.raw().dump();
  const auto read_ids = [&](const char* name, std::vector<std::uint32_t>& ids) {
    root[name].each([&](const JsonValue& id) { ids.push_back(read_index(id, about.vocabulary)); });
  };
  read_ids("bos_token_ids", about.bos_token_ids);
  read_ids("eos_token_ids", about.eos_token_ids);
  return about;
}

}  // namespace

ir::Result<Manifest> parse_manifest(std::string_view json, const std::string& file) {
  JsonDocument document(json, file);
  const JsonValue root = document.root();
  if (auto fault = check_version(root, file); fault && !document.fault()) return *std::move(fault);
  Manifest manifest{.about = read_description(root), .library = read_hash(root["library"])};
  root["files"].each([&](const JsonValue& json) { manifest.files.push_back(read_file(json)); });
  root["segments"].each(
      [&](const JsonValue& json) { manifest.segments.push_back(read_file(json)); });
  root["tensors"].each([&](const JsonValue& json) {
    manifest.tensors.push_back(read_tensor(json, manifest.segments));
  });
  root["layers"].each([&](const JsonValue& json) {
    manifest.layers.push_back(read_layer(json, manifest.segments.size()));
  });
  root["memory"].each([&](const JsonValue& json) {
    manifest.memory.push_back({.context = word(json["context"], 1, kMostTokens),
                               .gpu_bytes = json["gpu_bytes"].integer()});
  });
  manifest.requirements = read_requirements(root["requirements"]);
  manifest.has_tokenizer = !root["tokenizer"].is_null();
  manifest.licence = read_licence(root.optional("licence"));
  if (document.fault()) return *document.fault();
  return manifest;
}

}  // namespace codegen::bundle
