// SPDX-License-Identifier: Apache-2.0
#include "compiler/progress.h"

#include <fmt/format.h>

#include "compiler/amounts.h"
#include "compiler/terminal.h"

namespace compiler {
namespace {

constexpr auto kBetweenRepaints = std::chrono::milliseconds(100);
constexpr auto kBetweenLines = std::chrono::seconds(5);
constexpr double kEarliestEstimate = 0.5;  // seconds; before that the rate is noise
constexpr std::string_view kWipeLine = "\r\x1b[K";

}  // namespace

std::string progress_line(const PhaseState& state) {
  if (state.total == 0) return std::string(state.name);
  std::string line = fmt::format(
      "{}  {} of {}  {:.0f} %", state.name, format_bytes(state.done), format_bytes(state.total),
      100.0 * static_cast<double>(state.done) / static_cast<double>(state.total));
  if (state.done >= state.total)
    return line + fmt::format("  in {}", format_seconds(state.seconds));
  if (state.done > 0 && state.seconds >= kEarliestEstimate) {
    const double rate = static_cast<double>(state.done) / state.seconds;
    const double left = static_cast<double>(state.total - state.done) / rate;
    line += fmt::format("  {} left", format_seconds(left));
  }
  return line;
}

Progress::Style Progress::style_of(std::FILE* stream) {
  return is_terminal(stream) ? Style::terminal : Style::lines;
}

void Progress::begin(std::string name, std::uint64_t total_bytes) {
  end();
  const std::lock_guard hold(lock_);
  name_ = std::move(name);
  done_ = 0;
  total_ = total_bytes;
  running_ = true;
  began_ = shown_ = Clock::now();
  if (style_ == Style::terminal) show(false);
}

void Progress::advance(std::uint64_t bytes) {
  const std::lock_guard hold(lock_);
  done_ += bytes;
  const auto pause = style_ == Style::terminal ? Clock::duration(kBetweenRepaints) : kBetweenLines;
  if (Clock::now() - shown_ >= pause) show(false);
}

void Progress::reach(std::uint64_t done_bytes) {
  std::uint64_t more = 0;
  {
    const std::lock_guard hold(lock_);
    more = done_bytes > done_ ? done_bytes - done_ : 0;
  }
  advance(more);
}

void Progress::end() {
  const std::lock_guard hold(lock_);
  if (!running_) return;
  show(true);
  running_ = false;
}

void Progress::abandon() {
  const std::lock_guard hold(lock_);
  if (running_ && style_ == Style::terminal) fmt::print(stream_, "{}", kWipeLine);
  running_ = false;
}

void Progress::show(bool final) {
  if (style_ == Style::silent) return;
  shown_ = Clock::now();
  const double seconds = std::chrono::duration<double>(shown_ - began_).count();
  const std::string line = progress_line({name_, done_, total_, seconds});
  if (style_ == Style::lines) {
    fmt::print(stream_, "{}\n", line);
  } else {
    fmt::print(stream_, "{}{}{}", kWipeLine, line, final ? "\n" : "");
  }
  std::fflush(stream_);
}

}  // namespace compiler
