// SPDX-License-Identifier: Apache-2.0
// NaiveGrammar: random context-free rules, the texts they derive up to a length (found by deriving
// until nothing new comes), and how they are written as GBNF and as Lark.
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace runtime::grammar::text {

struct NaiveGrammar {
  enum class Kind { literal, set, call, sequence, either, repeat };

  struct Part {
    Kind kind = Kind::literal;
    std::string text;  // of literal and set
    std::size_t rule = 0;
    unsigned min = 0, max = 0;  // kMany: no limit
    std::vector<Part> parts;
  };
  using Texts = std::set<std::string>;

  static constexpr unsigned kMany = 99;

  std::vector<Part> rules;  // the first is where it starts

  static NaiveGrammar random(std::mt19937& random, std::size_t rules, int depth) {
    NaiveGrammar grammar;
    for (std::size_t i = 0; i < rules; ++i)
      grammar.rules.push_back(random_part(random, rules, depth));
    return grammar;
  }

  // All texts of the start up to `length`.
  Texts texts(std::size_t length) const {
    std::vector<Texts> known(rules.size());
    for (bool grew = true; grew;) {
      grew = false;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        Texts next = texts_of(rules[i], known, length);
        grew |= next.size() > known[i].size();
        known[i] = std::move(next);
      }
    }
    return known[0];
  }

  // The first bytes, up to `length`, of all texts of the start, however long these are.
  Texts beginnings(std::size_t length) const {
    std::vector<bool> productive(rules.size());
    std::vector<Texts> known(rules.size());
    std::vector<Texts> whole(rules.size());
    for (bool grew = true; grew;) {
      grew = false;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        const bool derives = is_productive(rules[i], productive);
        Texts next = texts_of(rules[i], whole, length);
        grew |= derives != productive[i] || next.size() > whole[i].size();
        productive[i] = derives;
        whole[i] = std::move(next);
      }
    }
    for (bool grew = true; grew;) {
      grew = false;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        Texts next = beginnings_of(rules[i], productive, whole, known, length);
        grew |= next.size() > known[i].size();
        known[i] = std::move(next);
      }
    }
    return known[0];
  }

  std::string as_gbnf() const {
    std::string text;
    for (std::size_t i = 0; i < rules.size(); ++i)
      text += name(i, "root") + " ::= " + written(rules[i], "root") + "\n";
    return text;
  }
  std::string as_lark() const {
    std::string text;
    for (std::size_t i = 0; i < rules.size(); ++i)
      text += name(i, "start") + ": " + written(rules[i], "start") + "\n";
    return text;
  }

 private:
  static Part random_part(std::mt19937& random, std::size_t rules, int depth) {
    const auto below = [&](std::size_t n) { return static_cast<unsigned>(random() % n); };
    const unsigned choice = depth == 0 ? below(4) : below(12);
    const char* const literals[] = {"a", "b", "ab", "c", "", "ba"};
    if (choice == 0) return {.kind = Kind::call, .rule = below(rules)};
    if (choice == 1) return {.kind = Kind::set, .text = below(2) == 0 ? "ab" : "bc"};
    if (choice < 4) return {.kind = Kind::literal, .text = literals[below(6)]};
    Part part = {.kind = choice < 7 ? Kind::sequence : choice < 10 ? Kind::either : Kind::repeat};
    const unsigned count = part.kind == Kind::repeat ? 1 : 2 + below(2);
    for (unsigned i = 0; i < count; ++i)
      part.parts.push_back(random_part(random, rules, depth - 1));
    part.min = below(3);
    part.max = below(2) == 0 ? kMany : part.min + below(3);
    return part;
  }

  static Texts joined(const Texts& a, const Texts& b, std::size_t length) {
    Texts result;
    for (const std::string& first : a)
      for (const std::string& second : b)
        if (first.size() + second.size() <= length) result.insert(first + second);
    return result;
  }

  static Texts texts_of(const Part& part, const std::vector<Texts>& known, std::size_t length) {
    Texts result;
    switch (part.kind) {
      case Kind::literal:
        return part.text.size() <= length ? Texts{part.text} : Texts{};
      case Kind::set:
        for (const char c : part.text) result.insert(std::string(1, c));
        return result;
      case Kind::call:
        return known[part.rule];
      case Kind::sequence:
        result = {""};
        for (const Part& inner : part.parts)
          result = joined(result, texts_of(inner, known, length), length);
        return result;
      case Kind::either:
        for (const Part& inner : part.parts) result.merge(texts_of(inner, known, length));
        return result;
      case Kind::repeat:
        break;
    }
    const Texts once = texts_of(part.parts[0], known, length);
    Texts times = {""};
    // Beyond this many, more repetitions add no short text.
    const unsigned most = part.max == kMany ? part.min + static_cast<unsigned>(length) : part.max;
    for (unsigned i = 0; i <= most; ++i) {
      if (i >= part.min) result.insert(times.begin(), times.end());
      times = joined(times, once, length);
    }
    return result;
  }

  static bool is_productive(const Part& part, const std::vector<bool>& productive) {
    const auto inner = [&](const Part& p) { return is_productive(p, productive); };
    if (part.kind == Kind::call) return productive[part.rule];
    if (part.kind == Kind::either) return std::ranges::any_of(part.parts, inner);
    if (part.kind == Kind::repeat && part.min == 0) return true;
    return std::ranges::all_of(part.parts, inner);
  }

  static Texts beginnings_of(const Part& part, const std::vector<bool>& productive,
                             const std::vector<Texts>& whole, const std::vector<Texts>& known,
                             std::size_t length) {
    const auto of = [&](const Part& p) {
      return beginnings_of(p, productive, whole, known, length);
    };
    if (!is_productive(part, productive)) return {};
    Texts result = {""};
    Texts before = {""};
    switch (part.kind) {
      case Kind::literal:
        for (std::size_t i = 1; i <= part.text.size() && i <= length; ++i)
          result.insert(part.text.substr(0, i));
        break;
      case Kind::set:
        result.merge(texts_of(part, whole, length));
        break;
      case Kind::call:
        result.insert(known[part.rule].begin(), known[part.rule].end());
        break;
      case Kind::sequence:
        for (const Part& inner : part.parts) {
          result.merge(joined(before, of(inner), length));
          before = joined(before, texts_of(inner, whole, length), length);
        }
        break;
      case Kind::either:
        for (const Part& inner : part.parts) result.merge(of(inner));
        break;
      case Kind::repeat: {
        const Texts once = texts_of(part.parts[0], whole, length);
        const Texts next = of(part.parts[0]);
        const unsigned most =
            part.max == kMany ? part.min + static_cast<unsigned>(length) : part.max;
        for (unsigned i = 0; i < most; ++i) {
          result.merge(joined(before, next, length));
          before = joined(before, once, length);
        }
      }
    }
    return result;
  }

  static std::string name(std::size_t rule, const std::string& start) {
    return rule == 0 ? start : "r" + std::to_string(rule);
  }

  static std::string written(const Part& part, const std::string& start) {
    const bool is_lark = start == "start";
    std::string text;
    switch (part.kind) {
      case Kind::literal:
        return '"' + part.text + '"';
      case Kind::set:
        return is_lark ? "/[" + part.text + "]/" : "[" + part.text + "]";
      case Kind::call:
        return name(part.rule, start);
      case Kind::sequence:
      case Kind::either:
        for (const Part& inner : part.parts) {
          if (!text.empty()) text += part.kind == Kind::either ? " | " : " ";
          text += written(inner, start);
        }
        return "(" + text + ")";
      case Kind::repeat:
        break;
    }
    text = "(" + written(part.parts[0], start) + ")";
    if (part.max == kMany) return text + "{" + std::to_string(part.min) + ",}";
    return text + "{" + std::to_string(part.min) + "," + std::to_string(part.max) + "}";
  }
};

}  // namespace runtime::grammar::text
