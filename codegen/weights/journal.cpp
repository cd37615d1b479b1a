// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/journal.h"

#include <fmt/format.h>

#include <bit>
#include <set>
#include <sstream>

#include "codegen/weights/output_file.h"
#include "codegen/weights/sha256.h"

namespace codegen::weights {
namespace {

namespace fs = std::filesystem;

std::string first_line(const std::string& key) { return "webllm-conversion 1 " + key; }

std::string to_line(const FinishedSegment& done) {
  std::string line = fmt::format("{} {} {}", done.segment, done.file.bytes, done.file.sha256);
  for (const auto& [tensor, largest] : done.largest)
    line += fmt::format(" {}:{:x}", tensor, std::bit_cast<std::uint32_t>(largest));
  return line + "\n";
}

// False: not a line of ours.
bool parse_line(const std::string& line, FinishedSegment& done) {
  std::istringstream words(line);
  words >> done.segment >> done.file.bytes >> done.file.sha256;
  if (!words || done.file.sha256.size() != 64) return false;
  done.file.path = segment_path(done.file.sha256);
  while (!(words >> std::ws).eof()) {
    std::uint32_t tensor = 0, bits = 0;
    char colon = 0;
    words >> std::dec >> tensor >> colon >> std::hex >> bits;
    if (!words || colon != ':') return false;
    done.largest[tensor] = std::bit_cast<float>(bits);
  }
  return true;
}

bool is_intact(const fs::path& path, const WrittenFile& file) {
  std::error_code error;
  if (fs::file_size(path, error) != file.bytes || error) return false;
  std::ifstream in(path, std::ios::binary);
  return sha256_hex(in) == file.sha256;
}

std::vector<FinishedSegment> read_finished(const fs::path& bundle, const std::string& key,
                                           std::uint32_t segments) {
  std::ifstream in(bundle / kJournalName);
  std::string line;
  std::map<std::uint32_t, FinishedSegment> finished;
  if (key.empty() || !std::getline(in, line) || line != first_line(key)) return {};
  while (std::getline(in, line) && !in.eof()) {  // the last line ends like the others, or is cut
    FinishedSegment done;
    if (parse_line(line, done) && done.segment < segments &&
        is_intact(bundle / done.file.path, done.file))
      finished[done.segment] = std::move(done);
  }
  std::vector<FinishedSegment> rows;
  for (auto& [segment, done] : finished) rows.push_back(std::move(done));
  return rows;
}

}  // namespace

ir::Result<Journal> Journal::open(const fs::path& bundle, const std::string& key,
                                  std::uint32_t segments) {
  Journal journal;
  journal.finished_ = read_finished(bundle, key, segments);
  std::set<fs::path> kept;
  for (const FinishedSegment& done : journal.finished_) kept.insert(bundle / done.file.path);

  std::error_code error;
  fs::create_directories(bundle / "weights", error);
  if (error) return write_error(error.value(), bundle / "weights", 0);
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(bundle / "weights", error))
    if (!kept.contains(entry.path())) stale.push_back(entry.path());
  for (const fs::path& path : stale) fs::remove_all(path, error);
  if (error) return write_error(error.value(), bundle / "weights", 0);

  if (key.empty()) return journal;
  journal.file_.open(bundle / kJournalName, std::ios::trunc);
  journal.file_ << first_line(key) << "\n";
  for (const FinishedSegment& done : journal.finished_) journal.add(done);
  return journal;
}

void Journal::add(const FinishedSegment& segment) {
  if (file_.is_open()) file_ << to_line(segment) << std::flush;
}

void remove_journal(const fs::path& bundle) {
  std::error_code ignored;
  fs::remove(bundle / kJournalName, ignored);
}

}  // namespace codegen::weights
