// SPDX-License-Identifier: Apache-2.0
// The JSON header of a safetensors file, read event by event: nothing is built but the table of
// tensors, so that a hostile header of 100 MB costs no more memory than its tensors would.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "frontends/json_text.h"
#include "frontends/safetensors.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
using ir::DType;
using nlohmann::json;

struct NamedDType {
  std::string_view name;
  std::optional<DType> dtype;  // absent: the format has it, we do not read it
};
constexpr std::array kStoredDTypes = {
    NamedDType{"BOOL", DType::boolean},    NamedDType{"U8", DType::u8},
    NamedDType{"I8", DType::i8},           NamedDType{"U16", DType::u16},
    NamedDType{"I16", DType::i16},         NamedDType{"U32", DType::u32},
    NamedDType{"I32", DType::i32},         NamedDType{"U64", DType::u64},
    NamedDType{"I64", DType::i64},         NamedDType{"F8_E4M3", DType::f8_e4m3},
    NamedDType{"F8_E5M2", DType::f8_e5m2}, NamedDType{"BF16", DType::bf16},
    NamedDType{"F16", DType::f16},         NamedDType{"F32", DType::f32},
    NamedDType{"F64", DType::f64},         NamedDType{"F4", std::nullopt},
    NamedDType{"F6_E2M3", std::nullopt},   NamedDType{"F6_E3M2", std::nullopt},
    NamedDType{"F8_E8M0", std::nullopt},   NamedDType{"C64", std::nullopt},
};

constexpr std::string_view kWriteAgain =
    "download the file again; if that does not help, write it again with safetensors' save_file";
constexpr std::string_view kMetadata = "__metadata__";
constexpr std::size_t kMostDimensions = 16;
constexpr std::uint64_t kMostElements = std::numeric_limits<std::int64_t>::max();

Diagnostic fault(DiagnosticKind kind, const std::string& path, std::string tensor,
                 std::string message, std::string_view help = kWriteAgain) {
  return {.kind = kind,
          .message = std::move(message),
          .where = {path, 0, std::move(tensor)},
          .help = std::string(help)};
}

// Receives the parser's events. The grammar is flat: header > tensor > shape or data_offsets.
class HeaderReader {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}

  bool null() { return unexpected("null"); }
  bool boolean(bool value) { return unexpected(value ? "true" : "false"); }
  bool number_float(double /*value*/, const std::string& text) { return unexpected(text); }
  bool number_integer(std::int64_t value) { return unexpected(fmt::format("{}", value)); }
  bool binary(json::binary_t& /*value*/) { return unexpected("binary data"); }

  bool number_unsigned(std::uint64_t value) {
    if (place_ == Place::shape) {
      shape_.push_back(value);
      return shape_.size() <= kMostDimensions ||
             fail(fmt::format("the shape has more than {} dimensions", kMostDimensions));
    }
    if (place_ == Place::offsets) {
      offsets_.push_back(value);
      return offsets_.size() <= 2 || fail("data_offsets has more than two numbers");
    }
    return unexpected(fmt::format("{}", value));
  }

  bool string(std::string& value) {
    if (place_ == Place::metadata) return true;
    if (place_ != Place::tensor || field_ != "dtype") return unexpected(in_quotes(value));
    dtype_ = value;
    return true;
  }

  bool start_object(std::size_t /*size*/) {
    if (place_ == Place::outside) {
      place_ = Place::header;
      return true;
    }
    if (place_ != Place::header) return unexpected("an object");
    place_ = in_metadata_ ? Place::metadata : Place::tensor;
    shape_.clear();
    offsets_.clear();
    fields_.clear();
    return true;
  }

  bool end_object() {
    const Place ended = std::exchange(place_, Place::header);
    return ended != Place::tensor || add_tensor();
  }

  bool start_array(std::size_t /*size*/) {
    if (place_ != Place::tensor || field_ == "dtype") return unexpected("a list");
    place_ = field_ == "shape" ? Place::shape : Place::offsets;
    return true;
  }

  bool end_array() {
    place_ = Place::tensor;
    return true;
  }

  bool key(std::string& name) {
    if (place_ == Place::metadata) return true;
    if (place_ == Place::header) return start_entry(name);
    if (name != "dtype" && name != "shape" && name != "data_offsets")
      return fail(fmt::format("the unknown field {} describes this tensor", in_quotes(name)));
    if (std::find(fields_.begin(), fields_.end(), name) != fields_.end())
      return fail(fmt::format("the field {} appears twice", name));
    fields_.push_back(name);
    field_ = name;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& error) {
    name_.clear();
    return fail(fmt::format("the header is not valid JSON at byte {}: {}", position,
                            reason_of(error.what())));
  }

  StoredTensors take_tensors() { return std::move(tensors_); }
  Diagnostic take_error() { return *std::move(error_); }

 private:
  enum class Place : std::uint8_t { outside, header, metadata, tensor, shape, offsets };

  bool start_entry(const std::string& name) {
    in_metadata_ = name == kMetadata;
    name_ = name;
    if (in_metadata_ ? std::exchange(had_metadata_, true) : tensors_.contains(name)) {
      error_ = fault(DiagnosticKind::duplicate_tensor, path_, name,
                     "the header describes this name twice");
      return false;
    }
    return true;
  }

  bool add_tensor() {
    if (fields_.size() != 3 || offsets_.size() != 2)
      return fail("a tensor needs dtype, shape and two data_offsets");
    const auto* known = std::find_if(kStoredDTypes.begin(), kStoredDTypes.end(),
                                     [&](const NamedDType& named) { return named.name == dtype_; });
    if (known == kStoredDTypes.end() || !known->dtype) {
      error_ = fault(DiagnosticKind::unsupported_dtype, path_, name_,
                     fmt::format("elements of type {} cannot be read", in_quotes(dtype_)),
                     "convert the tensor to F32, F16 or BF16 and write the file again");
      return false;
    }
    ir::TensorEntry entry{.name = name_, .dtype = *known->dtype, .where = {path_, 0, name_}};
    std::int64_t elements = 1;
    std::int64_t bytes = 0;
    for (const std::uint64_t extent : shape_) {
      if (extent > kMostElements || __builtin_mul_overflow(elements, extent, &elements))
        return fail(
            fmt::format("the shape [{}] has too many elements to count", fmt::join(shape_, ", ")));
      entry.shape.push_back(static_cast<std::int64_t>(extent));
    }
    if (__builtin_mul_overflow(elements, std::int64_t{ir::bytes_of(entry.dtype)}, &bytes))
      return fail(
          fmt::format("the shape [{}] has too many bytes to count", fmt::join(shape_, ", ")));
    const auto [begin, end] = std::pair(offsets_[0], offsets_[1]);
    if (begin > end || end - begin != static_cast<std::uint64_t>(bytes))
      return fail(fmt::format("the shape [{}] of {} takes {} bytes, but data_offsets are [{}, {}]",
                              fmt::join(shape_, ", "), dtype_, bytes, begin, end));
    tensors_.emplace(name_, StoredTensor{std::move(entry), begin});
    return true;
  }

  bool unexpected(std::string_view what) {
    return fail(fmt::format("the header has {} where {} belongs", what, wanted_here()));
  }

  std::string_view wanted_here() const {
    switch (place_) {
      case Place::outside:
        return "an object of tensors";
      case Place::header:
        return "an object that describes a tensor";
      case Place::metadata:
        return "a string";
      case Place::tensor:
        return field_ == "dtype" ? "the name of a type" : "a list of whole numbers";
      case Place::shape:
      case Place::offsets:
        return "a whole number that is not negative";
    }
    return "";
  }

  bool fail(std::string message) {
    error_ = fault(DiagnosticKind::malformed_checkpoint, path_, name_, std::move(message));
    return false;
  }

  const std::string& path_;
  Place place_ = Place::outside;
  bool in_metadata_ = false;
  bool had_metadata_ = false;
  std::string name_;   // of the tensor that is being described
  std::string field_;  // of that tensor
  std::vector<std::string> fields_;
  std::string dtype_;
  std::vector<std::uint64_t> shape_;
  std::vector<std::uint64_t> offsets_;
  StoredTensors tensors_;
  std::optional<Diagnostic> error_;
};

// The format's law: sorted by offset, the tensors cover the data without overlap, hole or rest.
ir::Result<void> check_layout(const StoredTensors& tensors, std::uint64_t data_bytes,
                              const std::string& path) {
  std::vector<const StoredTensor*> sorted;
  for (const auto& [name, tensor] : tensors) sorted.push_back(&tensor);
  std::sort(sorted.begin(), sorted.end(), [](const StoredTensor* a, const StoredTensor* b) {
    return std::pair(a->begin, a->entry.bytes()) < std::pair(b->begin, b->entry.bytes());
  });
  std::uint64_t covered = 0;
  const std::string* previous = nullptr;
  for (const StoredTensor* tensor : sorted) {
    const std::string& name = tensor->entry.name;
    const std::uint64_t end = tensor->begin + tensor->entry.bytes();
    if (tensor->begin < covered)
      return fault(DiagnosticKind::malformed_checkpoint, path, name,
                   fmt::format("bytes {} to {} of this tensor also belong to {}", tensor->begin,
                               std::min(covered, end), in_quotes(*previous)));
    if (tensor->begin > covered)
      return fault(DiagnosticKind::malformed_checkpoint, path, name,
                   fmt::format("bytes {} to {} before this tensor belong to no tensor", covered,
                               tensor->begin));
    if (end > data_bytes)
      return fault(DiagnosticKind::file_truncated, path, name,
                   fmt::format("the data of this tensor end at byte {}, but the file holds only {} "
                               "bytes of data",
                               end, data_bytes),
                   "the download is probably incomplete: download the file again");
    covered = end;
    previous = &name;
  }
  if (covered < data_bytes)
    return fault(
        DiagnosticKind::malformed_checkpoint, path, "",
        fmt::format("{} bytes at the end of the file belong to no tensor", data_bytes - covered));
  return {};
}

}  // namespace

ir::Result<StoredTensors> parse_safetensors_header(std::span<const char> header,
                                                   std::uint64_t data_bytes,
                                                   const std::string& path) {
  if (header.empty() || header.front() != '{')
    return fault(DiagnosticKind::malformed_checkpoint, path, "",
                 "the header does not begin with '{'");
  HeaderReader reader(path);
  if (!json::sax_parse(header.begin(), header.end(), &reader)) return reader.take_error();
  StoredTensors tensors = reader.take_tensors();
  TRY_DO(check_layout(tensors, data_bytes, path));
  return tensors;
}

}  // namespace frontends
