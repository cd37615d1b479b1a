// SPDX-License-Identifier: Apache-2.0
// The functions of runtime.wasm that take answers apart; see exports.cpp for their conventions.
//
//   answers_new(table, table_bytes, tools, tools_bytes, options) -> handle
//                                          1: the prompt ended inside the reasoning; 0: malformed
//   answers_push(handle, text, bytes) -> events
//   answers_flush(handle) -> events
//   answers_events(handle) -> ptr          u32[events][3] of the last push or flush: kind, ptr,
//   bytes answers_free(handle)
#ifdef __wasm__

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/host/answer_parser.h"

namespace {

using namespace runtime::host;  // NOLINT: what is exported

struct Answers {
  struct Row {
    std::uint32_t kind;
    const char* text;
    std::size_t bytes;
  };

  std::vector<std::uint8_t> table;  // in which the parser's markers lie
  AnswerParser parser;
  std::vector<AnswerEvent> events;
  std::vector<Row> rows;

  std::size_t list() {
    rows.clear();
    for (const AnswerEvent& event : events)
      rows.push_back(
          {static_cast<std::uint32_t>(event.kind), event.text.data(), event.text.size()});
    return rows.size();
  }
};

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(answers_new)
Answers* answers_new(const std::uint8_t* table, std::size_t table_bytes, const std::uint8_t* tools,
                     std::size_t tools_bytes, std::uint32_t options) {
  std::vector<std::uint8_t> bytes(table, table + table_bytes);
  std::optional<AnswerTable> states = AnswerTable::read(bytes);
  std::optional<std::vector<AnswerTool>> known = AnswerTool::read({tools, tools_bytes});
  if (!states || !known) return nullptr;
  return new Answers{
      std::move(bytes), {*std::move(states), *std::move(known), (options & 1U) != 0}, {}, {}};
}
EXPORT(answers_push)
std::size_t answers_push(Answers* answers, const char* text, std::size_t bytes) {
  answers->events.clear();
  answers->parser.push({text, bytes}, answers->events);
  return answers->list();
}
EXPORT(answers_flush) std::size_t answers_flush(Answers* answers) {
  answers->events.clear();
  answers->parser.flush(answers->events);
  return answers->list();
}
EXPORT(answers_events) const Answers::Row* answers_events(const Answers* answers) {
  return answers->rows.data();
}
EXPORT(answers_free) void answers_free(Answers* answers) { delete answers; }

#endif  // __wasm__
