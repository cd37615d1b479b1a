// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/interpreter.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ir/kernel/bytecode.h"
#include "ir/kernel/text.h"
#include "ir/kernel/written_bits.h"
#include "ir/support/check.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

constexpr std::uint32_t kMaxGrid = 65535;  // workgroups in one dimension (WebGPU's default limit)

// An order of workgroups or lanes: 0 ... count - 1, shuffled (Fisher and Yates) by splitmix64.
std::vector<std::uint64_t> shuffled_order(std::uint64_t count, std::uint64_t seed) {
  std::vector<std::uint64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  if (seed == 0) return order;
  const auto random = [&seed] {
    std::uint64_t z = (seed += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  };
  for (std::uint64_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

// What workgroup memory is made of, for one kernel.
struct SharedMemory {
  std::vector<std::byte> bytes;
  std::vector<std::uint8_t> written;
  RaceShadow races;
};

// Races in storage, by buffer; they live as long as the executor, so that stamps stay fresh.
struct StorageRaces {
  std::vector<RaceShadow> shadows;
  RaceClock clock;

  void start_workgroup(std::uint32_t lanes) {
    if (clock.advance(lanes)) return;
    clock.first = clock.base;
    for (RaceShadow& shadow : shadows) shadow.clear();
  }
};

}  // namespace

void Frame::order_shared_memory() {
  if (!shared_clock.advance(lanes))
    for (Binding& memory : memories)
      if (memory.shared && memory.races != nullptr) memory.races->clear();
  shared_clock.first = shared_clock.base;
}

void Frame::fail(const Code& code, FaultKind kind, std::uint32_t lane, std::uint64_t index,
                 std::uint64_t extent) {
  if (fault) return;
  const Kernel& kernel = *bytecode->kernel;
  fault = Fault{.kind = kind,
                .kernel = kernel.name,
                .instruction = print(kernel, *code.source),
                .workgroup = workgroup,
                .lane = lane,
                .index = index,
                .extent = extent};
  const Op& op = code.source->op;
  if (const auto* load = std::get_if<Load>(&op))
    fault->memory = kernel.memories[load->memory.id].name;
  if (const auto* store = std::get_if<Store>(&op))
    fault->memory = kernel.memories[store->memory.id].name;
  if (const auto* get = std::get_if<Get>(&op))
    fault->memory = kernel.variables[get->variable.id].name;
}

namespace {

// A kernel ready to run.
class CompiledKernel {
 public:
  explicit CompiledKernel(const Kernel& kernel) : bytecode_(compile(kernel)) {
    frame_.lanes = bytecode_.lanes;
    const std::size_t words = std::size_t{bytecode_.columns} * bytecode_.lanes;
    frame_.registers = std::make_unique<std::byte[]>(words * 4);
    for (const Preset& preset : bytecode_.constants) fill(preset.column, preset.bits);
    fill_local_ids(kernel.workgroup_size);
    for (const Memory& memory : kernel.memories) {
      if (memory.space != Space::workgroup) continue;
      SharedMemory& shared = shared_.emplace_back();
      shared.bytes.resize(std::size_t{memory.count} * bytes_of(memory.element));
      shared.written.resize(written_bytes(shared.bytes.size()));
      shared.races.resize(memory.count);
    }
  }

  std::optional<Fault> dispatch(std::span<const std::uint32_t> bindings,
                                std::array<std::uint32_t, 3> grid, Buffers& buffers,
                                StorageRaces& races, const RunOptions& options) {
    frame_.bytecode = &bytecode_;
    frame_.sanitize = options.sanitize;
    frame_.fault.reset();
    form_subgroups(options);
    bind(bindings, buffers, races);
    races.start_workgroup(frame_.lanes);
    races.clock.first = races.clock.base;
    const std::uint64_t count = std::uint64_t{grid[0]} * grid[1] * grid[2];
    for (const std::uint64_t ordinal : shuffled_order(count, options.seed)) {
      frame_.workgroup = {static_cast<std::uint32_t>(ordinal % grid[0]),
                          static_cast<std::uint32_t>(ordinal / grid[0] % grid[1]),
                          static_cast<std::uint32_t>(ordinal / grid[0] / grid[1])};
      frame_.fuel = options.fuel;
      frame_.storage_clock = races.clock;
      run_workgroup();
      if (frame_.fault) return std::move(frame_.fault);
      races.start_workgroup(frame_.lanes);
    }
    return std::nullopt;
  }

 private:
  void fill(std::uint32_t column, std::uint32_t bits) {
    std::fill_n(frame_.column<std::uint32_t>(column), frame_.lanes, bits);
  }

  std::uint32_t* builtin(BuiltinKind kind) {
    const std::uint32_t column = bytecode_.builtin[static_cast<std::size_t>(kind)];
    return column == kNoColumn ? nullptr : frame_.column<std::uint32_t>(column);
  }

  void fill_local_ids(const std::array<std::uint32_t, 3>& size) {
    for (std::uint32_t lane = 0; lane < frame_.lanes; ++lane) {
      if (auto* x = builtin(BuiltinKind::local_x)) x[lane] = lane % size[0];
      if (auto* y = builtin(BuiltinKind::local_y)) y[lane] = lane / size[0] % size[1];
      if (auto* z = builtin(BuiltinKind::local_z)) z[lane] = lane / size[0] / size[1];
      if (auto* index = builtin(BuiltinKind::local_index)) index[lane] = lane;
    }
  }

  void form_subgroups(const RunOptions& options) {
    const std::vector<std::uint64_t> order = shuffled_order(frame_.lanes, options.seed);
    frame_.subgroup_size = options.subgroup_size;
    frame_.subgroups.assign(order.begin(), order.end());
    for (std::uint32_t place = 0; place < frame_.lanes; ++place) {
      const std::uint32_t lane = frame_.subgroups[place];
      if (auto* number = builtin(BuiltinKind::subgroup_lane))
        number[lane] = place % options.subgroup_size;
      if (auto* size = builtin(BuiltinKind::subgroup_size)) size[lane] = options.subgroup_size;
    }
  }

  void bind(std::span<const std::uint32_t> buffers_of, Buffers& buffers, StorageRaces& races) {
    const Kernel& kernel = *bytecode_.kernel;
    CHECK(buffers_of.size() == kernel.storage_count(), "kernel {} needs {} buffers, not {}",
          kernel.name, kernel.storage_count(), buffers_of.size());
    if (races.shadows.size() < buffers.count()) races.shadows.resize(buffers.count());
    frame_.memories.clear();
    std::size_t next_shared = 0;
    for (std::size_t i = 0; i < kernel.memories.size(); ++i) {
      const Memory& memory = kernel.memories[i];
      Binding binding{.element_bytes = bytes_of(memory.element)};
      if (memory.space == Space::workgroup)
        bind_shared(shared_[next_shared++], memory, binding);
      else
        bind_storage(buffers_of, i, buffers, races, binding);
      frame_.memories.push_back(binding);
    }
  }

  void bind_shared(SharedMemory& shared, const Memory& memory, Binding& binding) const {
    binding.shared = true;
    binding.data = shared.bytes.data();
    binding.count = memory.count;
    binding.written = frame_.sanitize ? shared.written.data() : nullptr;
    binding.races = frame_.sanitize ? &shared.races : nullptr;
    binding.unit_bytes = binding.element_bytes;
  }

  // A buffer may be bound several times; races are looked for when it is stored to through any of
  // them, in units of the smallest element.
  void bind_storage(std::span<const std::uint32_t> buffers_of, std::size_t at, Buffers& buffers,
                    StorageRaces& races, Binding& binding) const {
    const Kernel& kernel = *bytecode_.kernel;
    Buffers::Storage& storage = buffers.storage(buffers_of[at]);
    binding.data = storage.bytes.data();
    binding.count = storage.bytes.size() / binding.element_bytes;
    binding.written = storage.written.empty() ? nullptr : storage.written.data();
    binding.unit_bytes = binding.element_bytes;
    bool stored = false;
    for (std::size_t i = 0; i < buffers_of.size(); ++i) {
      if (buffers_of[i] != buffers_of[at]) continue;
      stored |= kernel.memories[i].space == Space::read_write;
      binding.unit_bytes = std::min(binding.unit_bytes, bytes_of(kernel.memories[i].element));
    }
    if (!stored || !frame_.sanitize) return;
    binding.races = &races.shadows[buffers_of[at]];
    binding.races->resize(storage.bytes.size() / binding.unit_bytes);
  }

  void run_workgroup() {
    for (std::uint32_t axis = 0; axis < 3; ++axis)
      if (auto* ids = builtin(static_cast<BuiltinKind>(axis)))
        std::fill_n(ids, frame_.lanes, frame_.workgroup[axis]);
    for (SharedMemory& shared : shared_) std::fill(shared.written.begin(), shared.written.end(), 0);
    for (const std::uint32_t column : bytecode_.variables_set) fill(column, 0);
    frame_.order_shared_memory();
    frame_.enter(kEveryLane, frame_.lanes);
    frame_.next = 0;
    const auto end = static_cast<std::uint32_t>(bytecode_.codes.size());
    while (frame_.next < end && !frame_.fault) {
      const Code& code = bytecode_.codes[frame_.next++];
      code.run(frame_, code);
    }
  }

  Bytecode bytecode_;
  Frame frame_;
  std::vector<SharedMemory> shared_;  // of the workgroup memories, in order
};

std::optional<Fault> copy_buffer(const Program& program, const Copy& copy, std::uint64_t bytes,
                                 Buffers& buffers) {
  for (const std::uint32_t buffer : {copy.from, copy.to}) {
    const std::uint64_t extent = buffers.bytes(buffer).size();
    if (bytes > extent)
      return Fault{.kind = FaultKind::out_of_bounds,
                   .memory = program.buffers[buffer].name,
                   .index = bytes,
                   .extent = extent};
  }
  buffers.copy(copy.from, copy.to, bytes);
  return std::nullopt;
}

}  // namespace

struct Executor::State {
  const Program& program;
  Target target;
  std::vector<std::unique_ptr<CompiledKernel>> kernels;
  StorageRaces races;

  std::optional<Fault> run(const Dispatch& dispatch, const Symbols& symbols, Buffers& buffers,
                           const RunOptions& options) {
    std::array<std::uint32_t, 3> grid{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::uint64_t extent = evaluate(dispatch.grid[axis], symbols);
      if (extent > kMaxGrid)
        return Fault{.kind = FaultKind::grid_limit,
                     .kernel = program.kernels[dispatch.kernel].name,
                     .index = extent,
                     .extent = kMaxGrid};
      grid[axis] = static_cast<std::uint32_t>(extent);
    }
    std::unique_ptr<CompiledKernel>& kernel = kernels[dispatch.kernel];
    if (!kernel)
      kernel = std::make_unique<CompiledKernel>(program.kernel_for(dispatch.kernel, target));
    return kernel->dispatch(dispatch.buffers, grid, buffers, races, options);
  }
};

Executor::Executor(const Program& program, Target target)
    : state_(new State{program, target, {}, {}}) {
  state_->kernels.resize(program.kernels.size());
}
Executor::~Executor() = default;
Executor::Executor(Executor&&) noexcept = default;

std::optional<Fault> Executor::run(std::string_view function, const Symbols& symbols,
                                   Buffers& buffers, const RunOptions& options) {
  const Program& program = state_->program;
  const ScheduledFunction* scheduled = program.function(function);
  CHECK(scheduled != nullptr, "no function '{}'", function);
  CHECK(buffers.count() == program.buffers.size(), "{} buffers, the program has {}",
        buffers.count(), program.buffers.size());
  for (const Step& step : scheduled->steps) {
    if (evaluate(step.when, symbols) == 0) continue;
    std::optional<Fault> fault = match(
        step.action,
        [&](const Dispatch& dispatch) { return state_->run(dispatch, symbols, buffers, options); },
        [&](const Copy& copy) {
          return copy_buffer(program, copy, evaluate(copy.bytes, symbols), buffers);
        });
    if (fault) {
      fault->provenance = step.provenance;
      return fault;
    }
    if (options.after_step) options.after_step(step);
  }
  return std::nullopt;
}

std::optional<Fault> run_kernel(const Kernel& kernel, std::span<const std::uint32_t> bindings,
                                std::array<std::uint32_t, 3> grid, Buffers& buffers,
                                const RunOptions& options) {
  StorageRaces races;
  return CompiledKernel(kernel).dispatch(bindings, grid, buffers, races, options);
}

}  // namespace ir::kernel
