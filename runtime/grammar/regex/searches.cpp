// SPDX-License-Identifier: Apache-2.0
// Questions that are answered by walking over derivatives: is there a text at all, which is the
// shortest, how many are there. There are finitely many derivatives, and fuel bounds the walk.
#include <algorithm>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/regex/store.h"

namespace runtime::grammar::regex {
namespace {

using Emptiness = Node::Emptiness;

// What can be told without a walk.
Emptiness emptiness_of(const Store& store, Regex r) {
  const Node& node = store.nodes[r];
  if (r == kNothing) return Emptiness::nothing;
  if (node.plain || node.nullable) return Emptiness::something;
  return node.emptiness;
}

// About how far a text is: the sum of what the operands of an intersection ask for.
std::uint32_t distance_of(const Store& store, Regex r) {
  const Node& node = store.nodes[r];
  if (node.kind != Kind::both) return node.least;
  std::uint32_t sum = 0;
  for (const std::uint32_t operand : store.nodes.operands(node))
    sum += store.nodes[Regex{operand}].least;
  return sum;
}

constexpr std::uint32_t kMaxDistance = 255;

struct Step {
  Regex regex;
  std::size_t from;
  std::uint8_t byte;
  std::uint32_t tried = 0;  // of the bytes that it tells apart
};

}  // namespace

bool Expressions::is_nothing(Regex a) {
  const Emptiness known = emptiness_of(*store_, a);
  if (known != Emptiness::unknown) return known == Emptiness::nothing;
  const Node node = store_->nodes[a];
  bool result = false;
  switch (node.kind) {
    case Kind::concat: {
      for (; !result && store_->nodes[a].kind == Kind::concat; a = Regex{store_->nodes[a].b})
        result = is_nothing(Regex{store_->nodes[a].a});
      return result || is_nothing(a);
    }
    case Kind::either:
      result = true;
      for (std::uint32_t i = 0; result && i < node.b; ++i)
        result = is_nothing(Regex{store_->nodes.operands(node)[i]});
      break;
    case Kind::repeat:
      return is_nothing(Regex{node.a});
    default:
      if (node.kind == Kind::both && has_multiple(a)) return false;
      return is_searched_nothing(a);
  }
  if (!fuel_.exhausted())
    store_->nodes[a].emptiness = result ? Emptiness::nothing : Emptiness::something;
  return result;
}

// Walks breadth first and to what is nearest in turn: one of the two is fast where the other is not
// (a short text that a complement leaves; a long text behind many alternatives).
bool Expressions::is_searched_nothing(Regex a) {
  Nodes& nodes = store_->nodes;
  const std::uint32_t search = ++store_->searches;
  List<Step> steps = {{a, 0, 0}};
  std::size_t front = 0;  // what lies before it is done
  const auto is_done = [&](std::size_t step) {
    return steps[step].tried == representatives(steps[step].regex).size();
  };
  List<List<std::size_t>> open(kMaxDistance + 1);  // steps by distance
  std::size_t near = kMaxDistance;                 // nothing is nearer
  nodes[a].visited = search;
  for (bool from_front = true;; from_front = !from_front) {
    while (front < steps.size() && is_done(front)) ++front;
    if (front == steps.size()) break;
    while (!open[near].empty() && is_done(open[near].back())) open[near].pop_back();
    if (!from_front && open[near].empty()) {
      near += near < kMaxDistance ? 1 : 0;
      continue;
    }
    const std::size_t at = from_front ? front : open[near].back();
    const std::uint8_t byte = representatives(steps[at].regex)[steps[at].tried++];
    const Regex next = derivative(steps[at].regex, byte);
    if (!fuel_.spend()) return true;
    Emptiness known = emptiness_of(*store_, next);
    if (nodes[next].kind == Kind::both && has_multiple(next)) known = Emptiness::something;
    if (known == Emptiness::something) {
      for (std::size_t i = at;; i = steps[i].from) {
        nodes[steps[i].regex].emptiness = Emptiness::something;
        if (i == 0) return false;
      }
    }
    if (known == Emptiness::nothing || nodes[next].visited == search) continue;
    nodes[next].visited = search;
    const std::size_t distance = std::min(distance_of(*store_, next), kMaxDistance);
    open[distance].push_back(steps.size());
    steps.push_back({next, at, byte});
    near = std::min(near, distance);
  }
  for (const Step& step : steps) nodes[step.regex].emptiness = Emptiness::nothing;
  return true;
}

std::optional<std::string> Expressions::shortest(Regex a) {
  if (is_nothing(a)) return {};
  Nodes& nodes = store_->nodes;
  const std::uint32_t search = ++store_->searches;
  List<Step> steps = {{a, 0, 0}};
  for (std::size_t at = 0; at < steps.size(); ++at) {
    if (is_nullable(steps[at].regex)) {
      std::string text;
      for (std::size_t i = at; i != 0; i = steps[i].from)
        text.push_back(static_cast<char>(steps[i].byte));
      std::ranges::reverse(text);
      return text;
    }
    for (const std::uint8_t byte : representatives(steps[at].regex)) {
      const Regex next = derivative(steps[at].regex, byte);
      if (!fuel_.spend()) return {};
      if (emptiness_of(*store_, next) == Emptiness::nothing || nodes[next].visited == search)
        continue;
      nodes[next].visited = search;
      steps.push_back({next, at, byte});
    }
  }
  return {};
}

namespace {

// Counts the texts below one expression after the other; an expression that is met below itself has
// infinitely many.
class Counter {
 public:
  Counter(Expressions& expressions, Store& store, std::uint64_t limit)
      : e_(expressions), store_(store), limit_(limit), counts_() {}

  std::uint64_t count(Regex root);

 private:
  struct Frame {
    Regex regex;
    unsigned next = 0;  // index of a representative
    std::uint64_t sum = 0;
  };
  struct Known {
    static constexpr std::uint64_t kOpen = ~std::uint64_t{0};
    std::uint64_t count = 0;
    bool is_known = false;
  };

  void open(Regex r);
  std::uint64_t texts_per_byte(Regex r, unsigned representative) const;

  Expressions& e_;
  Store& store_;
  std::uint64_t limit_;
  std::uint64_t on_path_ = 0;  // how many of the frames are nullable
  List<Frame> frames_;
  List<Known> counts_;  // by expression
};

void Counter::open(Regex r) {
  const auto index = static_cast<std::size_t>(r);
  if (counts_.size() <= index) counts_.resize(index + index / 2 + 1);
  counts_[index] = {Known::kOpen, true};
  const bool nullable = store_.is_nullable(r);
  on_path_ += nullable ? 1 : 0;
  frames_.push_back({r, 0, nullable ? 1U : 0U});
}

std::uint64_t Counter::texts_per_byte(Regex r, unsigned representative) const {
  const ByteClasses::Partition partition = store_.nodes[r].classes - 1;
  std::uint64_t bytes = 0;
  for (unsigned byte = 0; byte < 256; ++byte)
    bytes += store_.classes.class_of(partition, static_cast<std::uint8_t>(byte)) == representative;
  return bytes;
}

std::uint64_t Counter::count(Regex root) {
  open(root);
  while (true) {
    Frame& frame = frames_.back();
    // Each nullable expression on the path ends a text of its own.
    if (on_path_ >= limit_ || frame.sum >= limit_) return limit_;
    const auto representatives = e_.representatives(frame.regex);
    if (frame.next == representatives.size()) {
      const Frame done = frame;
      counts_[static_cast<std::size_t>(done.regex)].count = done.sum;
      on_path_ -= store_.is_nullable(done.regex) ? 1 : 0;
      frames_.pop_back();
      if (frames_.empty()) return done.sum;
      continue;  // the frame above finds the count known
    }
    const Regex next = e_.derivative(frame.regex, representatives[frame.next]);
    if (!e_.fuel().spend()) return limit_;
    if (e_.is_nothing(next)) {
      ++frame.next;
      continue;
    }
    const auto index = static_cast<std::size_t>(next);
    if (index >= counts_.size() || !counts_[index].is_known) {
      open(next);
      continue;
    }
    const std::uint64_t count = counts_[index].count;
    if (count == Known::kOpen) return limit_;
    const std::uint64_t bytes = texts_per_byte(frame.regex, frame.next);
    if (count >= limit_ / bytes + 1) return limit_;
    frame.sum += count * bytes;
    ++frame.next;
  }
}

}  // namespace

std::uint64_t Expressions::count(Regex a, std::uint64_t limit) {
  if (limit == 0 || is_nothing(a)) return 0;
  return Counter(*this, *store_, limit).count(a);
}

}  // namespace runtime::grammar::regex
