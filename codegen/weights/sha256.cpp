// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <istream>
#include <memory>
#include <vector>

#include "ir/support/check.h"

namespace codegen::weights {

namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string to_hex(const Digest& digest, int ok, unsigned int size) {
  CHECK(ok == 1 && size == 32, "libcrypto computes no sha256");
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

}  // namespace

std::string sha256_hex(std::span<const std::byte> bytes) {
  Digest digest{};
  unsigned int size = 0;
  const int ok =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return to_hex(digest, ok, size);
}

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

std::string sha256_hex(std::istream& in) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  int ok = EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::vector<char> chunk(1 << 20);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), in.gcount() > 0)
    ok &= EVP_DigestUpdate(context.get(), chunk.data(), static_cast<std::size_t>(in.gcount()));
  Digest digest{};
  unsigned int size = 0;
  ok &= EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  return to_hex(digest, ok, size);
}

}  // namespace codegen::weights
