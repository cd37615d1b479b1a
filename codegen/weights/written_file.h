// SPDX-License-Identifier: Apache-2.0
// WrittenFile: a file of a bundle, as its manifest lists it.
//
//   {"weights/3b1f0c9a55de4e21.bin", 33554432, "3b1f0c9a55de4e21..."}
#pragma once

#include <cstdint>
#include <string>

namespace codegen::weights {

struct WrittenFile {
  std::string path;  // in the bundle
  std::uint64_t bytes = 0;
  std::string sha256;
};

}  // namespace codegen::weights
