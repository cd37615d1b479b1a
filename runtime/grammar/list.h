// SPDX-License-Identifier: Apache-2.0
// List: what std::vector is, in less code. A module with sixty kinds of vectors consists of them to
// a twelfth; lists of plain types share one function that grows them, a size is a field and not a
// difference divided, and what ends a list is one call.
//
//   List<Edge> edges;
//   edges.push_back(Edge::read(text, next));
//   edges.append(others);              // a span, or what becomes one
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace runtime::grammar {

// What lists of all types have in common.
class ListMemory {
 protected:
  ListMemory() = default;

  static void* allocate(std::size_t count, std::size_t element_bytes);
  // Room for at least `wanted` elements, to which the bytes of those that are there move.
  void grow(std::size_t wanted, std::size_t element_bytes);
  void append_bytes(const void* elements, std::size_t count, std::size_t element_bytes);
  std::uint32_t grown(std::size_t wanted) const;  // a capacity

  void* memory_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

template <class T>
class List : ListMemory {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  List() = default;
  explicit List(std::size_t size) { resize(size); }
  List(std::size_t size, const T& value) { assign(size, value); }
  template <std::forward_iterator Iterator>
  List(Iterator first, Iterator last) {
    assign(first, last);
  }
  List(std::initializer_list<T> values) { append(values); }
  List(const List& other) { append(other); }
  List(List&& other) noexcept { swap(other); }
  List& operator=(const List& other) {
    if (this == &other) return *this;
    clear();
    append(other);
    return *this;
  }
  List& operator=(List&& other) noexcept {
    List(std::move(other)).swap(*this);
    return *this;
  }
  ~List() {
    clear();
    operator delete(memory_);
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  T* data() { return static_cast<T*>(memory_); }
  const T* data() const { return static_cast<const T*>(memory_); }
  T* begin() { return data(); }
  const T* begin() const { return data(); }
  T* end() { return data() + size_; }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t index) { return data()[index]; }
  const T& operator[](std::size_t index) const { return data()[index]; }
  T& front() { return *begin(); }
  const T& front() const { return *begin(); }
  T& back() { return end()[-1]; }
  const T& back() const { return end()[-1]; }

  void swap(List& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  void reserve(std::size_t wanted) {
    if (wanted <= capacity_) return;
    if constexpr (is_plain()) {
      grow(wanted, sizeof(T));
    } else {
      const std::uint32_t capacity = grown(wanted);
      T* to = static_cast<T*>(allocate(capacity, sizeof(T)));
      std::uninitialized_move(begin(), end(), to);
      std::destroy(begin(), end());
      operator delete(memory_);
      memory_ = to;
      capacity_ = capacity;
    }
  }

  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    T element(std::forward<Arguments>(arguments)...);  // before what it is made of may move
    if (size_ == capacity_) reserve(std::size_t{size_} + 1);
    T* place = new (end()) T(std::move(element));
    ++size_;
    return *place;
  }
  void push_back(const T& value) { emplace_back(value); }
  void push_back(T&& value) { emplace_back(std::move(value)); }
  void pop_back() { resize_down(size_ - 1); }

  // Not of the list's own elements.
  void append(std::span<const T> values) {
    if constexpr (is_plain()) {
      append_bytes(values.data(), values.size(), sizeof(T));
    } else {
      for (const T& value : values) emplace_back(value);
    }
  }

  T* insert(const T* place, T value) {
    const std::ptrdiff_t index = place - begin();
    emplace_back(std::move(value));
    T* at = begin() + index;
    T last = std::move(back());
    std::move_backward(at, end() - 1, end());
    *at = std::move(last);
    return at;
  }
  T* erase(const T* first, const T* last) {
    T* at = begin() + (first - begin());
    T* rest = std::move(begin() + (last - begin()), end(), at);
    resize_down(static_cast<std::size_t>(rest - begin()));
    return at;
  }

  void resize(std::size_t size) {
    if (size <= size_) return resize_down(size);
    reserve(size);
    std::uninitialized_value_construct(end(), begin() + size);
    size_ = static_cast<std::uint32_t>(size);
  }
  void resize(std::size_t size, const T& value) {
    if (size <= size_) return resize_down(size);
    reserve(size);
    std::uninitialized_fill(end(), begin() + size, value);
    size_ = static_cast<std::uint32_t>(size);
  }
  void clear() { resize_down(0); }
  // Not from the list's own elements, either.
  void assign(std::size_t size, const T& value) {
    clear();
    resize(size, value);
  }
  template <std::forward_iterator Iterator>
  void assign(Iterator first, Iterator last) {
    clear();
    for (; first != last; ++first) emplace_back(*first);
  }

  friend bool operator==(const List& a, const List& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  // May be copied byte by byte, and is not missed.
  static constexpr bool is_plain() {
    return std::is_trivially_copy_constructible_v<T> && std::is_trivially_destructible_v<T>;
  }
  void resize_down(std::size_t size) {
    std::destroy(begin() + size, end());
    size_ = static_cast<std::uint32_t>(size);
  }
};

template <class T, class Predicate>
void erase_if(List<T>& list, const Predicate& predicate) {
  list.erase(std::remove_if(list.begin(), list.end(), predicate), list.end());
}

}  // namespace runtime::grammar
