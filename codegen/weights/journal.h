// SPDX-License-Identifier: Apache-2.0
// Journal: the segments that an interrupted conversion had finished, so that the next run of the
// same conversion goes on from there. A text file beside the weights, one line a segment, written
// when the segment is on disk:
//
//   webllm-conversion 1 <key>
//   0 33554432 <sha256> 3:3e19999a       segment, bytes, hash; tensor 3 reaches to 0.15
//
// A line that a crash cut short, a file that was half-written and a journal of another conversion
// count for nothing: what is taken over was read and hashed again.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "codegen/weights/written_file.h"
#include "ir/support/result.h"

namespace codegen::weights {

inline constexpr std::string_view kJournalName = ".journal";

struct FinishedSegment {
  std::uint32_t segment = 0;  // of the plan
  WrittenFile file;
  std::map<std::uint32_t, float> largest;  // magnitude of each tensor in it
};

class Journal {
 public:
  // Of the conversion `key` into `bundle`, which exists. An empty key: nothing is taken over and
  // nothing noted. Files below weights/ that are not taken over are removed. Errors:
  // file_unwritable.
  static ir::Result<Journal> open(const std::filesystem::path& bundle, const std::string& key,
                                  std::uint32_t segments);

  const std::vector<FinishedSegment>& finished() const { return finished_; }
  // A journal that cannot be written to costs only the chance to go on from here.
  void add(const FinishedSegment& segment);

 private:
  std::vector<FinishedSegment> finished_;
  std::ofstream file_;
};

// Once the bundle is complete.
void remove_journal(const std::filesystem::path& bundle);

}  // namespace codegen::weights
