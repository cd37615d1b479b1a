// SPDX-License-Identifier: Apache-2.0
// write_weights: checkpoint tensors -> encoded segments on disk.
//
//   TRY(WrittenWeights written, write_weights(graph.weights, *folder.weights, partial, {}));
//   written.segments[0].path    // "weights/3b1f0c9a55de4e21.bin", from its sha256
//
// Segments are filled by all threads together, band by band, and each is hashed, named and written
// when it is full, while the next ones fill. At most `threads` + 1 (and never more than 5) segments
// are in memory, whatever the size of the model. The bytes do not depend on the number of threads,
// nor on whether an earlier run was killed and has left some of them.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>

#include "codegen/weights/segments.h"
#include "codegen/weights/tensor_error.h"
#include "codegen/weights/written_file.h"
#include "ir/support/tensor_source.h"

namespace codegen::weights {

struct WeightOptions {
  std::uint64_t segment_bytes = kSegmentBytes;
  unsigned threads = 0;  // 0: as many as the machine has
  // Names this conversion: of what, by what. Segments of one that did not come to its end are used
  // again by the next of the same name (journal.h). Empty: they are not.
  std::string resume_key;
  bool measure_errors = false;  // only without resume_key: what was finished is not read again
  // Called with bytes of segments, by one thread at a time; should return soon.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  const std::atomic<bool>* interrupted = nullptr;  // set, for example, by a signal handler
};

struct WrittenWeights {
  std::size_t resumed = 0;                 // segments that an earlier run had finished
  std::vector<WrittenFile> segments;       // no two of equal content
  std::vector<std::vector<Piece>> pieces;  // of each tensor, in the order of its bytes
  std::vector<TensorError> errors;         // of each tensor, if they were to be measured
  std::vector<ir::Diagnostic> warnings;    // weight_out_of_range
};

// Writes below `bundle`, a folder that exists and holds at most an earlier attempt; on an error it
// is left as far as it came. Errors:
// weight_not_finite, weight_out_of_range, disk_full, file_unwritable, interrupted, those of
// reading.
ir::Result<WrittenWeights> write_weights(std::span<const ir::graph::WeightDecl> tensors,
                                         const ir::TensorSource& source,
                                         const std::filesystem::path& bundle,
                                         const WeightOptions& options);

}  // namespace codegen::weights
