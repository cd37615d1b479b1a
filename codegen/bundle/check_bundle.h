// SPDX-License-Identifier: Apache-2.0
// check_bundle: whether what a bundle says of its tensors is true: by itself, and beside the
// checkpoint that it was made from.
//
//   TRY(Bundle bundle, read_bundle(folder));
//   TRY_DO(verify_hashes(bundle));
//   TRY(ProgramSection program, read_program(bundle));
//   TRY_DO(check_layout(bundle, program));
//   TRY(TensorComparison embedding, compare_tensor(bundle, 0, source, graph.weights[0]));
#pragma once

#include "codegen/bundle/read_bundle.h"
#include "codegen/weights/tensor_error.h"
#include "ir/graph/graph.h"
#include "ir/support/tensor_source.h"

namespace codegen::bundle {

// Encodings are known, sizes those that shapes and encodings give and that the program's buffers
// have, pieces are aligned and share no byte. Errors: malformed_bundle, unsupported_bundle.
ir::Result<void> check_layout(const Bundle& bundle, const ProgramSection& program);

struct TensorComparison {
  weights::TensorError error;
  std::uint64_t other_bytes = 0;  // in which the stored tensor is not what is encoded today
};

// Reads, encodes and decodes a band at a time. `weight` has the tensor's shape and encoding.
// Errors: those of reading, weight_not_finite.
ir::Result<TensorComparison> compare_tensor(const Bundle& bundle, std::size_t tensor,
                                            const ir::TensorSource& source,
                                            const ir::graph::WeightDecl& weight);

}  // namespace codegen::bundle
