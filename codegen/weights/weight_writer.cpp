// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/weight_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "codegen/weights/journal.h"
#include "codegen/weights/output_file.h"
#include "codegen/weights/sha256.h"
#include "codegen/weights/tensor_encoder.h"

namespace codegen::weights {
namespace {

constexpr std::uint64_t kJobBytes = 256 << 10;  // encoded; the least that is worth handing out
constexpr unsigned kMostOpenSegments = 5;

// A segment in memory, from its first encoded band until it is on disk.
struct OpenSegment {
  std::vector<std::byte> bytes;
  std::size_t jobs_left = 0;               // unencoded
  std::map<std::uint32_t, float> largest;  // magnitude of each tensor in it
};

// What a thread does next: encode some bands of a strip, or write a segment that is full (no
// strip).
struct Job {
  std::uint32_t segment = 0;
  const Strip* strip = nullptr;
  std::uint64_t first_band = 0, bands = 0;  // within the strip
  std::size_t order = 0;                    // of two faults the one of the earlier job is reported
  OpenSegment* open = nullptr;              // set when the job is handed out
};

class Conversion {
 public:
  Conversion(std::span<const ir::graph::WeightDecl> tensors, const ir::TensorSource& source,
             const std::filesystem::path& bundle, const WeightOptions& options, SegmentPlan plan,
             Journal journal)
      : bundle_(bundle), options_(options), plan_(std::move(plan)), journal_(std::move(journal)) {
    for (const ir::graph::WeightDecl& tensor : tensors) encoders_.emplace_back(source, tensor);
    largest_.resize(tensors.size());
    segments_.resize(plan_.segments.size());
    for (const FinishedSegment& done : journal_.finished()) keep(done);
    plan_jobs();
    if (options.measure_errors) errors_.resize(jobs_.size());
  }

  ir::Result<WrittenWeights> run() {
    const unsigned threads =
        std::max(1U, options_.threads > 0 ? options_.threads : std::thread::hardware_concurrency());
    most_open_ = threads == 1 ? 1 : std::min(threads + 1, kMostOpenSegments);
    {
      std::vector<std::jthread> others;
      for (unsigned i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
      work();
    }
    if (fault_) return std::move(fault_->second);
    return result();
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void plan_jobs() {
    jobs_per_segment_.resize(plan_.segments.size());
    for (std::uint32_t segment = 0; segment < plan_.segments.size(); ++segment) {
      if (!segments_[segment].path.empty()) continue;  // an earlier run has made it
      for (const Strip& strip : plan_.segments[segment].strips) {
        const TensorLayout& layout = encoders_[strip.tensor].layout();
        const std::uint64_t band_bytes = layout.band_code_bytes + layout.band_scale_bytes;
        const std::uint64_t step = std::max<std::uint64_t>(1, kJobBytes / band_bytes);
        total_bytes_ += strip.bands * band_bytes;
        for (std::uint64_t band = 0; band < strip.bands; band += step) {
          jobs_.push_back(
              {segment, &strip, band, std::min(step, strip.bands - band), jobs_.size()});
          ++jobs_per_segment_[segment];
        }
      }
    }
  }

  void work() {
    Lock lock(mutex_);
    while (const std::optional<Job> job = next_job(lock)) {
      lock.unlock();
      if (job->strip != nullptr)
        encode(*job);
      else
        write(*job);
      lock.lock();
    }
  }

  // Waits for work; nullopt when there is none to come. A full segment goes before new bands, which
  // need its memory. Jobs are handed out in order, so that when one fails, all before it still run.
  std::optional<Job> next_job(Lock& lock) {
    for (;; changed_.wait(lock)) {
      if (options_.interrupted != nullptr && *options_.interrupted)
        fail(jobs_.size(), {.kind = ir::DiagnosticKind::interrupted,
                            .message = "stopped before all weights were converted"});
      if (fault_ || written_ == plan_.segments.size()) return std::nullopt;
      if (!full_.empty()) {
        const Job job = full_.back();
        full_.pop_back();
        return job;
      }
      if (next_ < jobs_.size() && open(jobs_[next_])) return jobs_[next_++];
    }
  }

  // Gives the job the memory of its segment, if there is some.
  bool open(Job& job) {
    auto found = open_.find(job.segment);
    if (found == open_.end()) {
      if (open_.size() == most_open_) return false;
      found = open_.try_emplace(job.segment).first;
      if (!spare_.empty()) {
        found->second.bytes = std::move(spare_.back());
        spare_.pop_back();
      }
      found->second.bytes.assign(plan_.segments[job.segment].bytes, std::byte{0});
      found->second.jobs_left = jobs_per_segment_[job.segment];
    }
    job.open = &found->second;
    return true;
  }

  void encode(const Job& job) {
    const Strip& strip = *job.strip;
    const TensorEncoder& encoder = encoders_[strip.tensor];
    const TensorLayout& layout = encoder.layout();
    const auto plane = [&](std::uint64_t offset, std::uint64_t band_bytes) {
      return std::span(job.open->bytes)
          .subspan(offset + job.first_band * band_bytes, job.bands * band_bytes);
    };
    const ir::Result<float> largest =
        encoder.encode_bands(strip.first_band + job.first_band, job.bands,
                             plane(strip.codes_offset, layout.band_code_bytes),
                             plane(strip.scales_offset, layout.band_scale_bytes),
                             errors_.empty() ? nullptr : &errors_[job.order]);

    const Lock lock(mutex_);
    changed_.notify_all();
    if (!largest) return fail(job.order, largest.error());
    const auto out_of_range = encoder.check_magnitude(*largest);
    if (out_of_range && out_of_range->severity == ir::Severity::error)
      return fail(job.order, *out_of_range);
    float& largest_here = job.open->largest[strip.tensor];
    largest_here = std::max(largest_here, *largest);
    done_bytes_ += job.bands * (layout.band_code_bytes + layout.band_scale_bytes);
    if (options_.progress) options_.progress(done_bytes_, total_bytes_);
    if (--job.open->jobs_left == 0)
      full_.push_back({.segment = job.segment, .order = job.order, .open = job.open});
  }

  void write(const Job& job) {
    const std::vector<std::byte>& bytes = job.open->bytes;
    const std::string hash = sha256_hex(bytes);
    FinishedSegment done{job.segment, {segment_path(hash), bytes.size(), hash}};
    ir::Result<void> written;
    if (is_first_of(hash)) written = write_file(bundle_ / done.file.path, bytes);

    const Lock lock(mutex_);
    changed_.notify_all();
    if (!written) return fail(job.order, written.error());
    done.largest = std::move(job.open->largest);
    journal_.add(done);
    keep(done);
    spare_.push_back(std::move(job.open->bytes));
    open_.erase(job.segment);
  }

  // Notes a segment that is on disk.
  void keep(const FinishedSegment& done) {
    segments_[done.segment] = done.file;
    unique_.emplace(done.file.sha256, 0);
    for (const auto& [tensor, largest] : done.largest)
      if (tensor < largest_.size()) largest_[tensor] = std::max(largest_[tensor], largest);
    ++written_;
  }

  // Equal segments are one file.
  bool is_first_of(const std::string& hash) {
    const Lock lock(mutex_);
    return unique_.emplace(hash, 0).second;
  }

  void fail(std::size_t order, ir::Diagnostic diagnostic) {
    if (!fault_ || order < fault_->first) fault_.emplace(order, std::move(diagnostic));
  }

  ir::Result<WrittenWeights> result() {
    WrittenWeights written{.resumed = journal_.finished().size(), .pieces = plan_.pieces};
    unique_.clear();
    for (const WrittenFile& segment : segments_) {
      const auto index = static_cast<std::uint32_t>(written.segments.size());
      if (unique_.emplace(segment.sha256, index).second) written.segments.push_back(segment);
    }
    for (std::vector<Piece>& pieces : written.pieces)
      for (Piece& piece : pieces) piece.segment = unique_[segments_[piece.segment].sha256];
    for (std::size_t i = 0; i < encoders_.size(); ++i)
      if (auto warning = encoders_[i].check_magnitude(largest_[i]))
        written.warnings.push_back(*std::move(warning));
    if (!errors_.empty()) written.errors.resize(encoders_.size());
    for (std::size_t i = 0; i < errors_.size(); ++i)  // in one order, whoever measured them
      written.errors[jobs_[i].strip->tensor].add(errors_[i]);
    return written;
  }

  const std::filesystem::path& bundle_;
  const WeightOptions& options_;
  const SegmentPlan plan_;
  Journal journal_;
  std::vector<TensorEncoder> encoders_;
  std::vector<std::size_t> jobs_per_segment_;
  std::uint64_t total_bytes_ = 0;
  unsigned most_open_ = 1;

  std::mutex mutex_;                 // guards all that follows
  std::condition_variable changed_;  // a job is done
  std::vector<Job> jobs_;            // to encode, in the order of the segments
  std::size_t next_ = 0;
  std::vector<Job> full_;
  std::map<std::uint32_t, OpenSegment> open_;
  std::vector<std::vector<std::byte>> spare_;
  std::vector<WrittenFile> segments_;
  std::map<std::string, std::uint32_t> unique_;  // segments by hash
  std::vector<float> largest_;                   // magnitude in each tensor
  std::vector<TensorError> errors_;              // of each job, which alone writes it
  std::size_t written_ = 0;
  std::uint64_t done_bytes_ = 0;
  std::optional<std::pair<std::size_t, ir::Diagnostic>> fault_;
};

}  // namespace

ir::Result<WrittenWeights> write_weights(std::span<const ir::graph::WeightDecl> tensors,
                                         const ir::TensorSource& source,
                                         const std::filesystem::path& bundle,
                                         const WeightOptions& options) {
  SegmentPlan plan = plan_segments(tensors, options.segment_bytes);
  TRY(Journal journal,
      Journal::open(bundle, options.resume_key, static_cast<std::uint32_t>(plan.segments.size())));
  return Conversion(tensors, source, bundle, options, std::move(plan), std::move(journal)).run();
}

}  // namespace codegen::weights
