// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/list.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace runtime::grammar {
namespace {

// The same steps on a list and on a vector, of plain elements or not.
template <class T>
void compare(T (*element)(int)) {
  List<T> list;
  std::vector<T> vector;
  const auto agree = [&] { return std::vector<T>(list.begin(), list.end()) == vector; };
  for (int i = 0; i < 100; ++i) {
    list.push_back(element(i));
    vector.push_back(element(i));
    list.push_back(list[list.size() / 2]);  // of its own: it may grow
    vector.push_back(T(vector[vector.size() / 2]));
    ASSERT_TRUE(agree());
  }
  list.erase(list.begin() + 3, list.begin() + 50);
  vector.erase(vector.begin() + 3, vector.begin() + 50);
  EXPECT_TRUE(agree());
  EXPECT_EQ(*list.insert(list.begin() + 7, element(-1)), element(-1));
  vector.insert(vector.begin() + 7, element(-1));
  EXPECT_TRUE(agree());
  const List<T> copy = list;
  erase_if(list, [&](const T& value) { return value == element(5) || value == element(-1); });
  std::erase_if(vector,
                [&](const T& value) { return value == element(5) || value == element(-1); });
  EXPECT_TRUE(agree());
  EXPECT_NE(copy, list);
  list.append(copy);
  vector.insert(vector.end(), copy.begin(), copy.end());
  EXPECT_TRUE(agree());
  list.resize(400);
  vector.resize(400);
  list.resize(410, element(9));
  vector.resize(410, element(9));
  EXPECT_TRUE(agree());
  list.assign(5, element(3));
  vector.assign(5, element(3));
  EXPECT_TRUE(agree());
  list = copy;
  EXPECT_EQ(list, copy);
  list = {element(1), element(2)};
  vector = {element(1), element(2)};
  list.pop_back();
  vector.pop_back();
  EXPECT_TRUE(agree());
  const List<T> moved = std::move(list);
  EXPECT_EQ(moved.size(), 1U);
}

TEST(List, IsAVectorOfPlainElements) {
  compare<std::uint32_t>([](int i) { return static_cast<std::uint32_t>(i); });
}

TEST(List, IsAVectorOfElementsThatOwnMemory) {
  compare<std::string>([](int i) { return std::string(40, 'x') + std::to_string(i); });
}

TEST(List, HoldsWhatCanOnlyMove) {
  List<std::unique_ptr<int>> list;
  for (int i = 0; i < 20; ++i) list.push_back(std::make_unique<int>(i));
  list.erase(list.begin(), list.begin() + 4);
  EXPECT_EQ(*list.front(), 4);
  EXPECT_EQ(*list.back(), 19);
}

}  // namespace
}  // namespace runtime::grammar
