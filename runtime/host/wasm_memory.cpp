// SPDX-License-Identifier: Apache-2.0
// What both modules, runtime.wasm and grammar.wasm, have instead of the standard library's own.
// Memory: a free block goes to the list of its size, whose next taker gets it; that is a twentieth
// of the code of a general allocator. Copying is an instruction. Out of memory, or a broken law of
// the library, stops: its messages would bring printf and file descriptors into the module.
#ifdef __wasm__

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "runtime/host/block_sizes.h"

extern std::byte __heap_base;  // the linker's: where its data end

namespace {

using runtime::host::BlockSize;

constexpr std::size_t kPage = 65536;
constexpr std::size_t kHeader = 8;

struct Block {
  std::uint32_t size_index;
  Block* next_free;  // the header's second word; of no use while the block is taken
};
static_assert(sizeof(Block) == kHeader);

struct Heap {
  std::array<Block*, runtime::host::kBlockSizes> free{};
  std::uintptr_t top = 0;  // behind the last block; 0 before there is one
};
constinit Heap heap;

// The module's memory ends behind `address`, or cannot.
bool reach(std::uintptr_t address) {
  const std::size_t pages = __builtin_wasm_memory_size(0);
  const std::size_t wanted = (address + kPage - 1) / kPage;
  if (wanted <= pages) return true;
  // An eighth more, so that growing step by step does not ask for every page.
  return __builtin_wasm_memory_grow(0, wanted - pages + pages / 8) != SIZE_MAX ||
         __builtin_wasm_memory_grow(0, wanted - pages) != SIZE_MAX;
}

// Blocks begin 8 bytes before a multiple of 16, so that what follows their header is aligned.
Block* new_block(const BlockSize& size) {
  if (heap.top == 0)
    heap.top = (reinterpret_cast<std::uintptr_t>(&__heap_base) + 2 * 16 - 1) / 16 * 16 - kHeader;
  if (size.bytes > UINTPTR_MAX - kPage - heap.top || !reach(heap.top + size.bytes)) return nullptr;
  auto* block = reinterpret_cast<Block*>(heap.top);
  block->size_index = size.index;
  heap.top += size.bytes;
  return block;
}

// Neither of the two is copied into its many callers.
[[gnu::noinline]] void* take(std::size_t bytes) {
  if (bytes > runtime::host::kMaxBlockBytes - kHeader) return nullptr;
  const BlockSize size = runtime::host::block_size_of(bytes + kHeader);
  Block*& free = heap.free[size.index];
  Block* block = free;
  if (block != nullptr) {
    free = block->next_free;
  } else {
    block = new_block(size);
  }
  return block == nullptr ? nullptr : reinterpret_cast<std::byte*>(block) + kHeader;
}

[[gnu::noinline]] void give_back(void* memory) {
  if (memory == nullptr) return;
  auto* block = reinterpret_cast<Block*>(static_cast<std::byte*>(memory) - kHeader);
  block->next_free = heap.free[block->size_index];
  heap.free[block->size_index] = block;
}

}  // namespace

void* operator new(std::size_t bytes) {
  void* memory = take(bytes);
  if (memory == nullptr) __builtin_trap();
  return memory;
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*asked*/) noexcept {
  return take(bytes);
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { give_back(memory); }
void operator delete(void* memory, const std::nothrow_t& /*asked*/) noexcept { give_back(memory); }
void std::__libcpp_verbose_abort(const char* /*format*/, ...) { __builtin_trap(); }

extern "C" {

void* memcpy(void* to, const void* from, std::size_t bytes) {
  return __builtin_memcpy(to, from, bytes);
}
void* memmove(void* to, const void* from, std::size_t bytes) {
  return __builtin_memmove(to, from, bytes);
}
void* memset(void* to, int byte, std::size_t bytes) { return __builtin_memset(to, byte, bytes); }

__attribute__((export_name("alloc"))) void* host_alloc(std::size_t bytes) { return take(bytes); }
__attribute__((export_name("release"))) void host_release(void* memory, std::size_t /*bytes*/) {
  give_back(memory);
}

}  // extern "C"

#endif  // __wasm__
