// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/answer_parser.h"

#include <utility>

namespace runtime::host {
namespace {

constexpr std::size_t kMaxWord = 256;  // bytes of a name, a key or an id

using Kind = AnswerEvent::Kind;

bool is_letter_or_digit(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

bool fits_word(AnswerState::Text text, char byte) {
  using Text = AnswerState::Text;
  if (text == Text::digits) return byte >= '0' && byte <= '9';
  if (text == Text::id) return is_letter_or_digit(byte) || byte == '_' || byte == '-';
  if (text == Text::key) return static_cast<unsigned char>(byte) > ' ' && byte != '"';
  return is_letter_or_digit(byte) || (static_cast<unsigned char>(byte) & 0x80U) != 0 ||
         std::string_view("_-.:/").find(byte) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The whole of `text` as one JSON value, if it is one. Models that write strings raw spell other
// values as JSON, or as Python's str() does.
std::optional<std::string> as_json(std::string_view text) {
  if (text.empty() || text.front() == '\'') return std::nullopt;
  ValueReader reader(Spelling::python, {});
  std::string json;
  std::size_t used = 0;
  ValueReader::Status status = reader.read(text, json, used);
  if (status == ValueReader::Status::more) status = reader.finish(json);
  if (status != ValueReader::Status::done || used < text.size()) return std::nullopt;
  return json;
}

// A number of two bytes, and a text of that length.
std::size_t take_number(std::span<const std::uint8_t>& bytes, bool& ok) {
  ok = ok && bytes.size() >= 2;
  if (!ok) return 0;
  const std::size_t number = bytes[0] | std::size_t{bytes[1]} << 8;
  bytes = bytes.subspan(2);
  return number;
}

std::string take_text(std::span<const std::uint8_t>& bytes, bool& ok) {
  const std::size_t length = take_number(bytes, ok);
  ok = ok && bytes.size() >= length;
  if (!ok) return {};
  std::string text(reinterpret_cast<const char*>(bytes.data()), length);
  bytes = bytes.subspan(length);
  return text;
}

}  // namespace

std::optional<std::vector<AnswerTool>> AnswerTool::read(std::span<const std::uint8_t> bytes) {
  bool ok = true;
  std::vector<AnswerTool> tools;
  for (std::size_t left = take_number(bytes, ok); ok && left > 0; --left) {
    AnswerTool& tool = tools.emplace_back(AnswerTool{take_text(bytes, ok), {}});
    for (std::size_t arguments = take_number(bytes, ok); ok && arguments > 0; --arguments) {
      std::string name = take_text(bytes, ok);
      const auto kind = static_cast<Value>(take_number(bytes, ok) == 0 ? 0 : 1);
      tool.arguments.push_back({std::move(name), kind});
    }
  }
  if (!ok || !bytes.empty()) return std::nullopt;
  return tools;
}

AnswerParser::AnswerParser(AnswerTable table, std::vector<AnswerTool> tools, bool reasoning_open)
    : table_(std::move(table)),
      tools_(std::move(tools)),
      state_(reasoning_open ? table_.reasoning : table_.start),
      reader_(Spelling::json, {}) {}

void AnswerParser::push(std::string_view bytes, std::vector<AnswerEvent>& events) {
  events_ = &events;
  pending_ += bytes;
  run(false);
}

void AnswerParser::flush(std::vector<AnswerEvent>& events) {
  events_ = &events;
  run(true);
  if (in_call_) end_call(Kind::call_cut_short);
  trail_.clear();
}

void AnswerParser::run(bool is_end) {
  while (!pending_.empty() || (is_end && (value_done_ || !trail_.empty()))) {
    const Step done = step(is_end);
    if (done == Step::waiting) return;
    if (done == Step::failed) give_up();
  }
}

AnswerParser::Step AnswerParser::step(bool is_end) {
  switch (state().text) {
    case Text::content:
    case Text::reasoning:
    case Text::raw:
      return read_free(is_end);
    case Text::arguments:
    case Text::value:
      return read_value(is_end);
    case Text::name:
    case Text::key:
    case Text::id:
    case Text::digits:
      return read_word(is_end);
    case Text::none:
      break;
  }
  const Found found = find(0, is_end);
  if (found.undecided) return Step::waiting;
  if (found.branch == nullptr) return Step::failed;
  take(0, found);
  return Step::moved;
}

// Any text up to the first marker.
AnswerParser::Step AnswerParser::read_free(bool is_end) {
  for (std::size_t at = 0; at < pending_.size(); ++at) {
    const Found found = find(at, is_end);
    if (found.branch == nullptr && !found.undecided) continue;
    emit_free(std::string_view(pending_).substr(0, at));
    if (found.undecided) {
      pending_.erase(0, at);
      return Step::waiting;
    }
    take(at, found);
    return Step::moved;
  }
  emit_free(pending_);
  pending_.clear();
  return is_end && in_call_ ? Step::failed : Step::waiting;
}

// A name, a key, an id: known when the marker after it is.
AnswerParser::Step AnswerParser::read_word(bool is_end) {
  for (std::size_t at = 0; at < pending_.size() && at <= kMaxWord; ++at) {
    const Found found = at > 0 ? find(at, is_end) : Found{};
    if (found.undecided) return Step::waiting;
    const bool goes_on = fits_word(state().text, pending_[at]);
    if (found.branch != nullptr && (found.length > 0 || !goes_on)) {
      take(at, found);
      return Step::moved;
    }
    if (!goes_on) return Step::failed;
  }
  return pending_.size() > kMaxWord || is_end ? Step::failed : Step::waiting;
}

AnswerParser::Step AnswerParser::read_value(bool is_end) {
  if (!value_done_) {
    if (!skip_to_value()) return Step::failed;
    std::string json;
    std::size_t used = 0;
    ValueReader::Status status = reader_.read(pending_, json, used);
    pending_.erase(0, used);
    if (is_end && status == ValueReader::Status::more) status = reader_.finish(json);
    emit(Kind::arguments, json);
    if (status == ValueReader::Status::failed) return Step::failed;
    value_done_ = status == ValueReader::Status::done;
    if (!value_done_) return Step::waiting;
  }
  const Found found = find(0, is_end);
  if (found.undecided) return Step::waiting;
  if (found.branch == nullptr) return Step::failed;
  take(0, found);
  return Step::moved;
}

// White space before a value is not part of it. False: the arguments are no object.
bool AnswerParser::skip_to_value() {
  if (value_begun_) return true;
  std::size_t spaces = 0;
  while (spaces < pending_.size() && is_space(pending_[spaces])) ++spaces;
  pending_.erase(0, spaces);
  value_begun_ = !pending_.empty();
  return !value_begun_ || state().text == Text::value || pending_.front() == '{';
}

AnswerParser::Found AnswerParser::find(std::size_t at, bool is_end) const {
  const std::string_view text = std::string_view(pending_).substr(at);
  for (const AnswerBranch& branch : state().branches) {
    const MarkerMatch match = match_marker(branch.marker, text, is_end);
    if (match.kind == MarkerMatch::Kind::full) return {&branch, false, match.length};
    if (match.kind == MarkerMatch::Kind::partial) return {nullptr, true, 0};
  }
  return {};
}

// Leaves the state by `found`, which stands behind `text_bytes`.
void AnswerParser::take(std::size_t text_bytes, const Found& found) {
  std::string text;
  const Text kind = state().text;
  const bool is_word = kind == Text::name || kind == Text::id || kind == Text::key;
  if (is_word) text = pending_.substr(0, text_bytes);
  const std::size_t used = text_bytes + found.length;
  const std::size_t from = kind == Text::content || kind == Text::reasoning ? text_bytes : 0;
  if (!in_call_) trail_.append(pending_, from, used - from);
  pending_.erase(0, used);
  enter(*found.branch, text);
}

void AnswerParser::enter(const AnswerBranch& branch, std::string_view text) {
  const Text left = state().text;
  if (left == Text::name && !in_call_) begin_call(text);
  if (left == Text::key) begin_argument(text);
  if (left == Text::id && in_call_) emit(Kind::id, text);
  if (left == Text::id && !in_call_) id_ = text;
  if (left == Text::raw) end_argument();
  if (branch.has(AnswerBranch::kEndsCall) && in_call_) end_call(Kind::call_end);
  state_ = branch.next;
  value_begun_ = value_done_ = false;
  const Text entered = state().text;
  if (state().may_end || entered == Text::content || entered == Text::reasoning) trail_.clear();
  if (entered == Text::value || entered == Text::arguments)
    reader_ = ValueReader(state().spelling, table_.quote);
  has_object_ = has_object_ || entered == Text::arguments;
  if (entered == Text::raw && value_ == AnswerTool::Value::string) emit(Kind::arguments, "\"");
}

// The answer has left the format. What was no call yet is content; its first byte is taken for
// good, so that reading it again gets on.
void AnswerParser::give_up() {
  if (in_call_) {
    end_call(Kind::call_cut_short);
  } else if (!trail_.empty()) {
    pending_.insert(0, trail_);
    trail_.clear();
    emit(Kind::content, std::string_view(pending_).substr(0, 1));
    pending_.erase(0, 1);
  }
  id_.clear();
  value_done_ = false;
  state_ = table_.content;
}

void AnswerParser::emit(AnswerEvent::Kind kind, std::string_view text) {
  const bool joins = kind == Kind::content || kind == Kind::reasoning || kind == Kind::arguments;
  if (joins && text.empty()) return;
  if (joins && !events_->empty() && events_->back().kind == kind) {
    events_->back().text += text;
  } else {
    events_->push_back({kind, std::string(text)});
  }
}

void AnswerParser::emit_free(std::string_view text) {
  if (state().text == Text::content) return emit(Kind::content, text);
  if (state().text == Text::reasoning) return emit(Kind::reasoning, text);
  if (value_ == AnswerTool::Value::json) {
    raw_ += text;
    return;
  }
  std::string json;
  for (const char byte : text) append_json_byte(byte, json);
  emit(Kind::arguments, json);
}

void AnswerParser::begin_call(std::string_view name) {
  in_call_ = true;
  arguments_ = 0;
  has_object_ = false;
  tool_ = nullptr;
  for (const AnswerTool& tool : tools_)
    if (tool.name == name) tool_ = &tool;
  trail_.clear();
  emit(Kind::call, name);
  if (!id_.empty()) emit(Kind::id, std::exchange(id_, {}));
}

void AnswerParser::begin_argument(std::string_view key) {
  std::string json = arguments_++ > 0 ? ", \"" : "{\"";
  for (const char byte : key) append_json_byte(byte, json);
  json += "\": ";
  value_ = AnswerTool::Value::json;
  if (tool_ != nullptr)
    for (const AnswerTool::Argument& argument : tool_->arguments)
      if (argument.name == key) value_ = argument.value;
  raw_.clear();
  emit(Kind::arguments, json);
}

// Of a raw value.
void AnswerParser::end_argument() {
  if (value_ == AnswerTool::Value::string) return emit(Kind::arguments, "\"");
  std::optional<std::string> json = as_json(trimmed(raw_));
  if (!json) {
    json = "\"";
    for (const char byte : raw_) append_json_byte(byte, *json);
    *json += '"';
  }
  raw_.clear();
  emit(Kind::arguments, *json);
}

void AnswerParser::end_call(AnswerEvent::Kind how) {
  if (!has_object_ && how == Kind::call_end) emit(Kind::arguments, arguments_ > 0 ? "}" : "{}");
  emit(how, {});
  in_call_ = false;
}

}  // namespace runtime::host
