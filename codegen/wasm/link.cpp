// SPDX-License-Identifier: Apache-2.0
#include "codegen/wasm/link.h"

#include <lld/Common/Driver.h>
#include <llvm/Support/Signals.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "ir/support/check.h"

LLD_HAS_DRIVER(wasm)

namespace codegen::wasm {
namespace {

namespace fs = std::filesystem;

// A folder that nobody else can see into; removed with its contents.
class TemporaryFolder {
 public:
  static std::optional<TemporaryFolder> create() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "webllm-link-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) return std::nullopt;
    return TemporaryFolder(std::move(name));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

bool write(const fs::path& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  return !out.fail();
}

std::optional<std::vector<std::byte>> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || text.empty()) return std::nullopt;
  const auto bytes = std::as_bytes(std::span(text));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

ir::Diagnostic unwritable(std::string message, const fs::path& path) {
  return {.kind = ir::DiagnosticKind::file_unwritable,
          .message = std::move(message),
          .where = {.path = path.string()},
          .help = "let TMPDIR name a folder that is writable and has a few MiB of space"};
}

std::vector<std::string> arguments(const fs::path& object, const fs::path& output,
                                   std::span<const std::string> exports) {
  std::vector<std::string> args{"wasm-ld", object.string(), "-o", output.string()};
  for (const std::string& name : exports) args.push_back("--export=" + name);
  // The functions keep nothing on a stack; the memory holds the step list and never grows.
  args.insert(args.end(), {"--no-entry", "--strip-all", "-z", "stack-size=0",
                           "--no-growable-memory", "--threads=1"});
  return args;
}

// Runs lld; its messages, if it fails.
std::optional<std::string> run_lld(const std::vector<std::string>& args) {
  std::vector<const char*> pointers;
  for (const std::string& arg : args) pointers.push_back(arg.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::DriverDef drivers[] = {{lld::Wasm, &lld::wasm::link}};
  const lld::Result result = lld::lldMain(pointers, stream, stream, drivers);
  // lld guards its output by signal handlers, which would stand before the compiler's own.
  llvm::sys::unregisterHandlers();
  CHECK(result.canRunAgain, "the linker crashed: {}", messages);
  if (result.retCode == 0) return std::nullopt;
  return messages;
}

}  // namespace

ir::Result<std::vector<std::byte>> link_module(std::span<const std::byte> object,
                                               std::span<const std::string> exports) {
  const auto folder = TemporaryFolder::create();
  if (!folder) return unwritable("no temporary folder can be made for the linker", {});
  const fs::path object_path = folder->path() / "plan.o";
  const fs::path module_path = folder->path() / "plan.wasm";
  if (!write(object_path, object))
    return unwritable("the linker's input cannot be written", folder->path());
  if (const auto messages = run_lld(arguments(object_path, module_path, exports)))
    return unwritable("the linker failed: " + *messages, folder->path());
  auto module = read(module_path);
  if (!module) return unwritable("the linker's output cannot be read", folder->path());
  return *std::move(module);
}

}  // namespace codegen::wasm
