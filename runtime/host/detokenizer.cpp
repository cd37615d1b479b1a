// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/detokenizer.h"

#include <string_view>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

void Detokenizer::push(std::uint32_t id, std::string& text) {
  if (options_.skip_control && tokenizer_->is_control(id)) return;
  std::string_view bytes = tokenizer_->token_bytes(id);
  while (spaces_to_strip_ > 0 && !bytes.empty()) {
    if (bytes.front() != ' ') {
      spaces_to_strip_ = 0;
      break;
    }
    bytes.remove_prefix(1);
    --spaces_to_strip_;
  }
  if (!first_ && tokenizer_->takes_space(id)) pending_.push_back(' ');
  first_ = false;
  pending_.append(bytes);
  emit_certain(text);
}

void Detokenizer::emit_certain(std::string& text) {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const Utf8Character character = decode_utf8(rest);
    if (character.state == Utf8Character::State::incomplete) break;
    const bool valid = character.state == Utf8Character::State::valid;
    text.append(valid ? rest.substr(0, character.bytes) : kReplacement);
    rest.remove_prefix(character.bytes);
  }
  pending_.erase(0, pending_.size() - rest.size());
}

void Detokenizer::flush(std::string& text) {
  if (!pending_.empty()) text.append(kReplacement);
  pending_.clear();
}

}  // namespace runtime::host
