// SPDX-License-Identifier: Apache-2.0
// Progress of a long command: bytes, share and time left.
//
//   Progress progress(stderr, Progress::style_of(stderr));
//   progress.show("converting weights", done, total);   // as often as you like
//   progress.end();
//
// On a terminal one line is rewritten:   converting weights  134 MB of 538 MB  25 %  0:12 left
// Elsewhere a phase of any length gives a line at its end, and one every few seconds before it.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace compiler {

// What is known in the middle of a phase.
struct PhaseState {
  std::string_view name;
  std::uint64_t done = 0, total = 0;  // bytes
  double seconds = 0;                 // since the phase began
};
std::string progress_line(const PhaseState& state);

class Progress {
 public:
  enum class Style { silent, lines, terminal };
  static Style style_of(std::FILE* stream);

  Progress(std::FILE* stream, Style style) : stream_(stream), style_(style) {}
  // Wipes the line of a phase that did not end: it failed, and the reason comes next.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // By one thread at a time. The first call with a name begins that phase.
  void show(std::string_view phase, std::uint64_t done_bytes, std::uint64_t total_bytes);
  // Prints the phase as it stands, on a line of its own.
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  void print(std::string_view line_end);

  std::FILE* stream_;
  Style style_;
  std::string phase_;  // empty: none
  std::uint64_t done_ = 0, total_ = 0;
  Clock::time_point began_, printed_;
};

}  // namespace compiler
