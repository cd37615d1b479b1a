// SPDX-License-Identifier: Apache-2.0
// TensorSource: where weights come from. A checkpoint reader (frontends/) fills it; the graph
// interpreter and the weight writer read it. Nothing here knows a file format.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/support/dtype.h"
#include "ir/support/result.h"

namespace ir {

// One tensor of a checkpoint: row-major, densely packed.
struct TensorEntry {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  Location where;  // file and tensor name, for diagnostics

  std::int64_t elements() const {
    std::int64_t count = 1;
    for (std::int64_t extent : shape) count *= extent;
    return count;
  }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(elements()) * bytes_of(dtype); }
};

class TensorSource {
 public:
  virtual ~TensorSource() = default;

  // All tensors, by name.
  virtual const std::map<std::string, TensorEntry, std::less<>>& tensors() const = 0;

  // Fills `out` with the bytes [offset, offset + out.size()) of a tensor's data. The range must lie
  // inside the tensor. Safe to call from several threads. Errors: file_unreadable, file_truncated.
  virtual Result<void> read(const TensorEntry& tensor, std::uint64_t offset,
                            std::span<std::byte> out) const = 0;
};

// Reads elements [begin, begin + out.size()) of a tensor as f32. Returns the largest magnitude
// among them; infinity or NaN if any of them is. Errors: as read(); a dtype that is not f32, f16,
// bf16 or f64 is a broken law (frontends refuse it first).
Result<float> read_f32(const TensorSource& source, const TensorEntry& tensor, std::int64_t begin,
                       std::span<float> out);

}  // namespace ir
