// SPDX-License-Identifier: Apache-2.0
// What both modules, runtime.wasm and grammar.wasm, have instead of the standard library's own:
// out of memory, or a broken law of the library, stops. Otherwise its messages would bring printf
// and file descriptors into the module.
#ifdef __wasm__

#include <cstddef>
#include <cstdlib>
#include <new>

void* operator new(std::size_t bytes) {
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) __builtin_trap();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void std::__libcpp_verbose_abort(const char* /*format*/, ...) { __builtin_trap(); }

extern "C" __attribute__((export_name("alloc"))) void* host_alloc(std::size_t bytes) {
  return std::malloc(bytes == 0 ? 1 : bytes);
}
extern "C" __attribute__((export_name("release"))) void host_release(void* memory,
                                                                     std::size_t /*bytes*/) {
  std::free(memory);
}

#endif  // __wasm__
