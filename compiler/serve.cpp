// SPDX-License-Identifier: Apache-2.0
// The only file that knows httplib.
#include "compiler/serve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "compiler/output.h"
#include "compiler/signals.h"
#include "runtime/files.h"

namespace compiler {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr std::size_t kReadBytes = 256 << 10;
constexpr auto kPollInterval = std::chrono::milliseconds(50);

struct MimeType {
  std::string_view extension, type;
};
constexpr std::array kMimeTypes = {
    MimeType{".html", "text/html; charset=utf-8"},
    MimeType{".js", "text/javascript; charset=utf-8"},
    MimeType{".mjs", "text/javascript; charset=utf-8"},
    MimeType{".css", "text/css; charset=utf-8"},
    MimeType{".json", "application/json"},
    MimeType{".wasm", "application/wasm"},
    MimeType{".bin", "application/octet-stream"},
    MimeType{".md", "text/markdown; charset=utf-8"},
    MimeType{".txt", "text/plain; charset=utf-8"},
    MimeType{".svg", "image/svg+xml"},
};

// An open file that closes itself when the last response that sends it is done.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  // Sends up to one block of [offset, offset + length); false ends the response.
  bool send(std::size_t offset, std::size_t length, httplib::DataSink& sink) const {
    std::array<char, kReadBytes> block;
    const ssize_t got = ::pread(descriptor_, block.data(), std::min(length, block.size()),
                                static_cast<off_t>(offset));
    return got > 0 && sink.write(block.data(), static_cast<std::size_t>(got));
  }

 private:
  int descriptor_;
};

// The file of a bundle that a URL path names; empty when it names nothing inside the bundle.
std::filesystem::path resolve(const std::filesystem::path& bundle, const std::string& relative) {
  std::error_code failed;
  const std::filesystem::path file = std::filesystem::canonical(bundle / relative, failed);
  if (failed || !std::filesystem::is_regular_file(file, failed)) return {};
  const auto [end_of_bundle, rest] =
      std::mismatch(bundle.begin(), bundle.end(), file.begin(), file.end());
  return end_of_bundle == bundle.end() ? file : std::filesystem::path();
}

void send_bundle_file(const std::filesystem::path& bundle, const httplib::Request& request,
                      httplib::Response& response) {
  const std::filesystem::path path = resolve(bundle, request.matches[1].str());
  const auto file = path.empty() ? nullptr : std::make_shared<OpenFile>(path);
  if (file == nullptr || !file->is_open()) {
    response.status = 404;
    return;
  }
  // Weights are named by their hash: what a browser has of them stays true.
  const bool immutable = path.parent_path().filename() == "weights";
  response.set_header("Cache-Control",
                      immutable ? "public, max-age=31536000, immutable" : "no-cache");
  const auto bytes = std::filesystem::file_size(path);
  for (const auto& [first, last] : request.ranges) {
    if (first < 0 || static_cast<std::uintmax_t>(first) < bytes) continue;
    response.set_header("Content-Range", fmt::format("bytes */{}", bytes));
    response.status = 416;
    return;
  }
  response.set_content_provider(
      bytes, std::string(mime_type(path)),
      [file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return file->send(offset, length, sink);
      });
}

void send_runtime_file(const httplib::Request& request, httplib::Response& response) {
  const std::string wanted = request.path == "/" ? "page.html" : request.path.substr(1);
  for (const runtime::files::File& file : runtime::files::embedded_files()) {
    if (file.path != wanted) continue;
    response.set_header("Cache-Control", "no-cache");
    response.set_content(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size(),
                         std::string(mime_type(wanted)));
    return;
  }
  response.status = 404;
}

void add_routes(httplib::Server& server, const std::filesystem::path& bundle) {
  server.set_default_headers({{"Access-Control-Allow-Origin", "*"},
                              {"Access-Control-Expose-Headers", "Content-Length, Content-Range"},
                              {"Cross-Origin-Resource-Policy", "cross-origin"}});
  server.Get("/bundle/(.+)",
             [bundle](const httplib::Request& request, httplib::Response& response) {
               send_bundle_file(bundle, request, response);
             });
  server.Get("/[^/]*", send_runtime_file);
  server.Options(".*", [](const httplib::Request&, httplib::Response& response) {
    response.set_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
    response.set_header("Access-Control-Allow-Headers", "Range");
    response.status = 204;
  });
}

// The port that is listened on.
ir::Result<int> bind(httplib::Server& server, int port) {
  const int bound = port == 0 ? server.bind_to_any_port(kLoopback)
                              : (server.bind_to_port(kLoopback, port) ? port : -1);
  if (bound > 0) return bound;
  return ir::Diagnostic{.kind = ir::DiagnosticKind::bad_usage,
                        .message = fmt::format("port {} cannot be listened on", port),
                        .help = "another program may use it; --port 0 takes one that is free"};
}

// A taken port must be an error: httplib's own default lets two servers share one.
void reuse_address_only(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

std::string_view mime_type(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  for (const MimeType& row : kMimeTypes)
    if (row.extension == extension) return row.type;
  return "application/octet-stream";
}

ir::Result<void> serve(const Options& options) {
  std::error_code failed;
  const std::filesystem::path bundle = std::filesystem::canonical(options.input, failed);
  if (failed || !std::filesystem::exists(bundle / "model.json"))
    return ir::Diagnostic{.kind = ir::DiagnosticKind::file_not_found,
                          .message = "there is no bundle here: model.json is missing",
                          .where = {.path = options.input.string()},
                          .help = "webllm-compile MODEL-DIR makes one"};
  httplib::Server server;
  server.set_socket_options(reuse_address_only);
  add_routes(server, bundle);
  TRY(const int port, bind(server, options.port));
  say(stdout, "serving {} at http://{}:{}/  (Ctrl-C ends it)\n", bundle.string(), kLoopback, port);
  std::fflush(stdout);

  std::jthread listener([&server] { server.listen_after_bind(); });
  // stop() before the listener runs would be lost.
  while (!interrupted() || !server.is_running()) std::this_thread::sleep_for(kPollInterval);
  server.stop();
  return {};
}

}  // namespace compiler
