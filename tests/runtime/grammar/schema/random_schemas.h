// SPDX-License-Identifier: Apache-2.0
// Random schemas and values out of the same few keys and scalars, so that they often meet.
//
//   RandomJson random(7);
//   random.schema();    // {"anyOf": [{"required": ["b"]}, {"type": "integer"}], "maxItems": 1}
//   random.value();     // {"b": [1, "a"]}
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace tests::schema {

class RandomJson {
 public:
  explicit RandomJson(std::uint32_t seed) : engine_(seed) {}

  std::string schema();  // with two definitions that it may refer to
  std::string value(unsigned depth = 3);

 private:
  unsigned below(unsigned count) { return static_cast<unsigned>(engine_() % count); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class Make>
  std::string list(unsigned max, const Make& make);
  std::string key();
  std::string keys();
  std::string scalar();
  std::string type();
  std::string subschema(unsigned depth);
  std::string keyword(unsigned depth);

  std::mt19937 engine_;
};

}  // namespace tests::schema
