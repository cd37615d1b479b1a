// SPDX-License-Identifier: Apache-2.0
#include "compiler/progress.h"

#include <fmt/format.h>

#include "compiler/amounts.h"
#include "compiler/output.h"

namespace compiler {
namespace {

constexpr auto kBetweenRepaints = std::chrono::milliseconds(100);
constexpr auto kBetweenLines = std::chrono::seconds(5);
constexpr double kEarliestEstimate = 0.5;  // seconds; before that the rate is noise
constexpr std::string_view kWipeLine = "\r\x1b[K";

}  // namespace

std::string progress_line(const PhaseState& state) {
  if (state.done >= state.total)
    return fmt::format("{}  {} in {}", state.name, format_bytes(state.done),
                       format_seconds(state.seconds));
  const double share = static_cast<double>(state.done) / static_cast<double>(state.total);
  std::string line = fmt::format("{}  {} of {}  {:.0f} %", state.name, format_bytes(state.done),
                                 format_bytes(state.total), 100 * share);
  if (state.done > 0 && state.seconds >= kEarliestEstimate)
    line += fmt::format("  {} left", format_seconds(state.seconds * (1 - share) / share));
  return line;
}

Progress::Style Progress::style_of(std::FILE* stream) {
  return is_terminal(stream) ? Style::terminal : Style::lines;
}

Progress::~Progress() {
  if (!phase_.empty() && style_ == Style::terminal) write_text(stream_, kWipeLine);
}

void Progress::show(std::string_view phase, std::uint64_t done_bytes, std::uint64_t total_bytes) {
  const auto now = Clock::now();
  if (phase != phase_) {
    end();
    phase_ = phase;
    began_ = printed_ = now;
  }
  done_ = done_bytes;
  total_ = total_bytes;
  const bool terminal = style_ == Style::terminal;
  if (now - printed_ < (terminal ? Clock::duration(kBetweenRepaints) : kBetweenLines)) return;
  print(terminal ? "" : "\n");
}

void Progress::end() {
  if (phase_.empty()) return;
  print("\n");
  phase_.clear();
}

void Progress::print(std::string_view line_end) {
  if (style_ == Style::silent) return;
  printed_ = Clock::now();
  const double seconds = std::chrono::duration<double>(printed_ - began_).count();
  say(stream_, "{}{}{}", style_ == Style::terminal ? kWipeLine : "",
      progress_line({phase_, done_, total_, seconds}), line_end);
  std::fflush(stream_);
}

}  // namespace compiler
