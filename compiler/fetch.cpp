// SPDX-License-Identifier: Apache-2.0
#include "compiler/fetch.h"

#include <fmt/format.h>
#include <httplib.h>

namespace compiler {
namespace {

constexpr std::size_t kMostBytes = 64 << 20;

ir::Diagnostic fault(ir::DiagnosticKind kind, const std::string& address, std::string message) {
  return {.kind = kind,
          .message = std::move(message),
          .where = {.path = address},
          .help = "check the address, or download the bundle and name its folder"};
}

}  // namespace

ir::Result<std::string> fetch(const std::string& address) {
  const std::size_t path = address.find('/', address.find("://") + 3);
  httplib::Client client(address.substr(0, path));
  client.set_follow_location(true);
  client.set_connection_timeout(10);
  client.set_read_timeout(30);
  std::string body;
  const httplib::Result answer = client.Get(path == std::string::npos ? "/" : address.substr(path),
                                            [&](const char* bytes, std::size_t count) {
                                              body.append(bytes, count);
                                              return body.size() <= kMostBytes;
                                            });
  if (body.size() > kMostBytes)
    return fault(ir::DiagnosticKind::file_too_large, address,
                 fmt::format("has more than {} bytes", kMostBytes));
  if (!answer)
    return fault(ir::DiagnosticKind::file_unreadable, address,
                 fmt::format("cannot be fetched: {}", httplib::to_string(answer.error())));
  if (answer->status != 200)
    return fault(ir::DiagnosticKind::file_unreadable, address,
                 fmt::format("cannot be fetched: the server answers {}", answer->status));
  return body;
}

}  // namespace compiler
