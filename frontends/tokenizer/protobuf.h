// SPDX-License-Identifier: Apache-2.0
// Reads the wire format of Protocol Buffers: a message is a list of numbered fields.
//
//   for (ProtobufReader fields(bytes); auto field = fields.next();)
//     if (field->number == 1) pieces.push_back(field->bytes);
//   // after the loop: fields.ok() tells the end of the message from a broken one
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace frontends {

struct ProtobufField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  // of a varint, or the bits of a fixed-size number
  std::string_view bytes;   // of a string, a bytes field or a nested message
  bool is_bytes = false;

  float as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
};

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  bool ok() const { return ok_; }

  // The next field; nullopt at the end of the message, or where it breaks the format.
  std::optional<ProtobufField> next() {
    if (!ok_ || rest_.empty()) return std::nullopt;
    const std::uint64_t tag = varint();
    ProtobufField field{.number = static_cast<std::uint32_t>(tag >> 3)};
    switch (tag & 7U) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed(8);
        break;
      case 2:
        field.is_bytes = true;
        field.bytes = take(varint());
        break;
      case 5:
        field.value = fixed(4);
        break;
      default:
        ok_ = false;
    }
    if (!ok_) return std::nullopt;
    return field;
  }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = take(1);
      if (!ok_) return 0;
      const auto bits = static_cast<std::uint8_t>(byte[0]);
      value |= static_cast<std::uint64_t>(bits & 0x7fU) << shift;
      if (bits < 0x80U) return value;
    }
    ok_ = false;
    return 0;
  }
  std::uint64_t fixed(std::size_t count) {
    const std::string_view bytes = take(count);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace frontends
