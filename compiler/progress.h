// SPDX-License-Identifier: Apache-2.0
// Progress of a long command: bytes, share and time left.
//
//   Progress progress(stderr, Progress::style_of(stderr));
//   progress.begin("converting weights", 538'000'000);
//   progress.advance(32 << 20);                      // from any thread
//   progress.end();
//
// On a terminal one line is rewritten:   converting weights  134 MB of 538 MB  25 %  0:12 left
// Elsewhere a phase of any length gives a line at its end, and one every few seconds before it.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace compiler {

// What is known in the middle of a phase. `total` 0: unknown.
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
  ~Progress() { abandon(); }  // an unfinished phase is one that failed
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Ends the phase before it.
  void begin(std::string name, std::uint64_t total_bytes);
  void advance(std::uint64_t bytes);
  // Says how much is done, counted from the beginning of the phase.
  void reach(std::uint64_t done_bytes);
  void end();
  // Wipes the unfinished line, so that something else can be printed.
  void abandon();

 private:
  using Clock = std::chrono::steady_clock;
  void show(bool final);  // with the lock held

  std::FILE* stream_;
  Style style_;
  std::mutex lock_;
  std::string name_;
  std::uint64_t done_ = 0, total_ = 0;
  bool running_ = false;
  Clock::time_point began_, shown_;
};

}  // namespace compiler
