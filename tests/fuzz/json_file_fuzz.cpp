// SPDX-License-Identifier: Apache-2.0
// A JSON file from a stranger, asked for values of every type.
#include <cstdint>
#include <string_view>

#include "frontends/json_file.h"
#include "ir/support/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto file = frontends::JsonFile::parse(text, "fuzz");
  if (!file) {
    CHECK(!file.error().message.empty() && file.error().where.line > 0, "a mute refusal");
    return 0;
  }
  const frontends::JsonObject root = file->root();
  for (const std::string& key : root.keys()) {
    const auto integer = root.integer(key, {-5, 5});
    CHECK(!integer || !*integer || (**integer >= -5 && **integer <= 5), "out of range");
    const auto number = root.number(key, {0, 1});
    CHECK(!number || !*number || (**number >= 0 && **number <= 1), "out of range");
    (void)root.boolean(key);
    (void)root.string(key);
    (void)root.integers(key, {0, 9});
    (void)root.object(key);
    CHECK(root.shown(key).size() <= 60, "a long value");
    CHECK(root.where(key).line > 0, "no line for {}", key);
  }
  return 0;
}
