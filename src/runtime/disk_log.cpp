#include "runtime/disk_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

namespace daybook::runtime {
namespace {

using namespace std::chrono_literals;

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

log::IndexFiles index_files(io::Files& files, const journal::Directory& journal) {
  return {&files, [&journal](std::uint64_t number) { return journal.index_path(number); }, journal.cut_heads_path(),
          [&journal](const std::string& name) { return journal.path_of(name); }};
}

std::string holder() {
  std::array<char, 256> host{};
  (void)::gethostname(host.data(), host.size() - 1);
  return fmt::format("process {} on {}, since {}", ::getpid(), host.data(), to_string(system_clock().now()));
}

Status prepare_segments(journal::Directory& journal) {
  if (auto done = journal.prepare_current(); !done) return done;
  for (bool more = true; more;) {
    const auto some = journal.prepare_some(8u << 20);
    if (!some) return std::unexpected(some.error());
    more = *some;
  }
  return {};
}

class SystemClock final : public Clock {
 public:
  Time now() const override { return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now()); }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Result<std::unique_ptr<DiskLog>> DiskLog::open(io::Files& files, const std::string& directory, const Clock& clock,
                                               DiskLogOptions options) {
  std::unique_ptr<DiskLog> disk(new DiskLog(directory, std::move(options)));
  auto began = std::chrono::steady_clock::now();
  auto journal = journal::Directory::open(
      files, directory, {.segment_bytes = disk->options_.segment_bytes, .holder = holder()}, disk->options_.create);
  if (!journal) return std::unexpected(journal.error());
  disk->journal_ = std::move(*journal);
  auto& j = *disk->journal_;
  disk->opening_.journal_seconds = seconds_since(began);
  for (const auto& warning : j.recovery().warnings) disk->options_.warn(warning);
  began = std::chrono::steady_clock::now();
  log::LogOptions o;
  o.limits = disk->options_.limits;
  o.segment_bytes = disk->options_.segment_bytes;
  o.remembered_ids = disk->options_.remembered_ids;
  o.wake = [wake = &disk->wake_] { wake->wake(); };
  o.warn = disk->options_.warn;
  o.damage = j.recovery().damage;
  const auto& tail = j.tail();
  auto log = o.damage ? log::Log::for_reader(
                            j, index_files(files, j), [] { return Status{}; }, std::move(o))
                      : log::Log::for_writer(j, index_files(files, j), clock,
                                             {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                                             std::move(o));
  if (!log) return std::unexpected(log.error());
  disk->opened(std::move(*log));
  if (!disk->log_->sequencer()) return disk;
  disk->opening_.index_seconds = seconds_since(began);
  if (disk->options_.prepare)
    if (auto done = prepare_segments(j); !done)
      disk->options_.warn(
          {done.error().code, "no zeros could be written ahead, so syncs take longer: " + done.error().message, {}});
  disk->threads_ = std::make_unique<LogThreads>(*disk->log_, disk->wake_, [d = disk.get()] { return d->tend(); });
  return disk;
}

Result<std::unique_ptr<DiskLog>> DiskLog::follow(io::Files& files, const std::string& directory,
                                                 DiskLogOptions options) {
  std::unique_ptr<DiskLog> disk(new DiskLog(directory, std::move(options)));
  auto journal = journal::Directory::follow(files, directory);
  if (!journal) return std::unexpected(journal.error());
  disk->journal_ = std::move(*journal);
  auto& j = *disk->journal_;
  for (const auto& warning : j.recovery().warnings) disk->options_.warn(warning);
  log::LogOptions o;
  o.limits = disk->options_.limits;
  o.remembered_ids = disk->options_.remembered_ids;
  o.warn = disk->options_.warn;
  o.damage = j.recovery().damage;
  auto log = log::Log::for_reader(j, index_files(files, j), [&j] { return j.refresh(); }, std::move(o));
  if (!log) return std::unexpected(log.error());
  disk->opened(std::move(*log));
  return disk;
}

// What the journal passed over may turn out to be damaged when the log reads it.
void DiskLog::opened(std::unique_ptr<log::Log> log) {
  log_ = std::move(log);
  recovery_ = journal_->recovery();
  if (!log_->damage()) return;
  recovery_.damage = *log_->damage();
  recovery_.clean = false;
  options_.warn(
      log::and_so(*recovery_.damage, "; the log takes no appends, and what is behind that position is not read"));
}

DiskLog::~DiskLog() { (void)close(true); }

Status DiskLog::close(bool refuse) {
  if (closed_ || !log_) return {};  // not even opened
  closed_ = true;
  if (threads_) threads_->stop(refuse);
  log_->drop_unfinished_guide();
  log_->stop_waiting();
  Status closed;
  if (threads_) {
    // A long segment without an index would have to be read when the store is opened again. If it can not be had now,
    // it is made then.
    if (journal_->writable() && journal_->current_bytes() > options_.seal_on_close_bytes)
      if (auto begun = log_->begin_next_segment(); !begun) options_.warn(begun.error());
    // Likewise of one that was full just now, if the tending thread did not come to it. Never more than two are, unless
    // their indexes can not be written; then trying all of them would only make closing slow.
    for (int left = 2; left > 0 && journal_->writable(); --left) {
      const auto sealed = log_->seal_some();
      if (!sealed) options_.warn(sealed.error());
      if (!sealed || !*sealed) break;
    }
    const auto end = log_->sequencer()->end();
    closed = journal_->close(end.position, end.chain, end.recorded);
  }
  journal_->unlock();  // reads may go on for long
  return closed;
}

// Zeros for the next segment are made while this one fills: a sync of a file that grows takes two to three times as
// long. But in quiet moments only, and not all at once: who appends while some are synced waits for several
// milliseconds, and a log that is written at full speed gains nothing from writing its bytes twice.
std::chrono::nanoseconds DiskLog::tend() {
  constexpr std::chrono::nanoseconds kRest = 100ms;
  constexpr double kBusyBytesPerSecond = 16e6;
  const auto now = std::chrono::steady_clock::now();
  const auto bytes = journal_->current_bytes();
  if (now - tended_ >= kRest) {
    const auto written =
        static_cast<double>(bytes - tended_bytes_ + (bytes < tended_bytes_ ? options_.segment_bytes : 0));
    busy_ = written / std::chrono::duration<double>(now - tended_).count() > kBusyBytesPerSecond;
    tended_ = now;
    tended_bytes_ = bytes;
  }
  if (busy_ || bytes * 4 < options_.segment_bytes || now < next_prepare_) return kRest;
  const auto more = journal_->prepare_some(1u << 20);
  const auto took = std::chrono::steady_clock::now() - now;
  if (!more) next_prepare_ = now + std::chrono::minutes(1);  // the disk may need what room is left for events
  return more && *more ? std::min(3 * took, kRest) : kRest;
}

}  // namespace daybook::runtime
