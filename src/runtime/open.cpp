#include "daybook/open.hpp"

#include <fmt/format.h>

#include "engine/engine.hpp"
#include "io/posix_file.hpp"
#include "journal/format.hpp"
#include "runtime/disk_log.hpp"
#include "runtime/elsewhere.hpp"
#include "runtime/thread_executor.hpp"
#include "snapshot/directory_checkpoints.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace daybook {
namespace {

constexpr std::uint64_t kMinSegmentBytes = 64u << 10;

Status check(const StoreOptions& options) {
  const auto wrong = [](std::string what) { return fail(ErrorCode::InvalidArgument, std::move(what)); };
  if (options.segment_bytes < kMinSegmentBytes || options.segment_bytes > journal::kMaxSegmentBytes)
    return wrong(fmt::format("segment_bytes is {}; {} to {} were expected", options.segment_bytes, kMinSegmentBytes,
                             journal::kMaxSegmentBytes));
  const auto& l = options.limits;
  const auto limit = [&](std::string_view name, std::size_t value, std::size_t hard) -> Status {
    if (value >= 1 && value <= hard) return {};
    return wrong(fmt::format("the limit {} is {}; 1 to {} were expected", name, value, hard));
  };
  auto good = limit("stream_name_bytes", l.stream_name_bytes, kHardLimits.stream_name_bytes);
  if (good) good = limit("type_bytes", l.type_bytes, kHardLimits.type_bytes);
  if (good) good = limit("payload_bytes", l.payload_bytes, kHardLimits.payload_bytes);
  if (good) good = limit("metadata_bytes", l.metadata_bytes, kHardLimits.metadata_bytes);
  if (good) good = limit("tags", l.tags, kHardLimits.tags);
  if (good) good = limit("tag_bytes", l.tag_bytes, kHardLimits.tag_bytes);
  if (good) good = limit("batch_bytes", l.batch_bytes, kHardLimits.batch_bytes);
  if (good) good = limit("batch_events", l.batch_events, kHardLimits.batch_events);
  if (good) good = limit("conditions", l.conditions, kHardLimits.conditions);
  if (good) good = limit("query_alternatives", l.query_alternatives, kHardLimits.query_alternatives);
  if (good) good = limit("query_terms", l.query_terms, kHardLimits.query_terms);
  if (good) good = limit("condition_bytes", l.condition_bytes, kHardLimits.condition_bytes);
  if (good) good = limit("queue_bytes", l.queue_bytes, kHardLimits.queue_bytes);
  if (!good) return good;
  if (options.snapshot_every.events == 0)
    return wrong("snapshot_every.events is 0; 1 or more were expected, or daybook::never for no snapshots");
  if (options.snapshot_every.time < std::chrono::nanoseconds::zero())
    return wrong(
        fmt::format("snapshot_every.time is {} ns; no less than 0 was expected", options.snapshot_every.time.count()));
  if (options.snapshots_kept == 0)
    return wrong("snapshots_kept is 0; 1 or more were expected (snapshot_every = daybook::never saves none)");
  if (options.commands_in_flight == 0) return wrong("commands_in_flight is 0; 1 or more were expected");
  if (options.bytes_in_flight == 0 || options.bytes_in_flight >= l.queue_bytes)
    return wrong(
        fmt::format("bytes_in_flight is {}; at least 1, and less than the limit queue_bytes, {}, were expected",
                    options.bytes_in_flight, l.queue_bytes));
  return {};
}

// What goes when the store was closed: the threads first, then the log they worked for.
struct Lifetime {
  std::shared_ptr<runtime::DiskLog> disk;
  std::shared_ptr<runtime::ThreadExecutor> background;
  std::shared_ptr<runtime::ThreadExecutor> handlers;

  ~Lifetime() {
    handlers->stop();
    background->stop();
    (void)disk->close();
  }
};

OpeningReport told(runtime::DiskLog& disk) {
  const auto& r = disk.recovery();
  return {disk.log().id(), disk.log().end(), r.clean, r.rewritten_events, r.cut_bytes, r.cut_file, r.damage};
}

}  // namespace

Result<Store> open(const std::string& directory, StoreOptions options) {
  if (auto good = check(options); !good) return std::unexpected(good.error());
  runtime::DiskLogOptions o;
  o.create = options.create;
  o.prepare = options.prepare;
  o.segment_bytes = options.segment_bytes;
  o.limits = options.limits;
  o.remembered_ids = options.remembered_ids;
  o.warn = [warn = options.on_warning, directory](Error what) noexcept {
    if (warn) warn({directory, std::move(what)});
  };
  auto opened = options.read_only
                    ? runtime::DiskLog::follow(io::posix_files(), directory, std::move(o))
                    : runtime::DiskLog::open(io::posix_files(), directory, runtime::system_clock(), std::move(o));
  if (!opened) return std::unexpected(opened.error());
  const std::shared_ptr<runtime::DiskLog> disk(std::move(*opened));
  if (options.on_opened) [&]() noexcept { options.on_opened(told(*disk)); }();

  auto lifetime = std::make_shared<Lifetime>();
  lifetime->disk = disk;
  lifetime->background = std::make_shared<runtime::ThreadExecutor>(runtime::ThreadExecutorOptions{.threads = 2});
  // What handlers wait for may depend on other handlers, so there are always as many threads as there are at work.
  lifetime->handlers = std::make_shared<runtime::ThreadExecutor>(
      runtime::ThreadExecutorOptions{.name = "daybook-handler", .threads = 0, .grows = true});
  engine::Parts parts;
  parts.log = {disk, &disk->log()};
  parts.background = lifetime->background;
  parts.handlers = lifetime->handlers;
  parts.elsewhere = runtime::elsewhere();
  parts.clock = {std::shared_ptr<void>(), &runtime::system_clock()};
  parts.snapshots = std::make_shared<snapshot::DirectorySnapshots>(io::posix_files(), directory + "/snapshots");
  parts.checkpoints = std::make_shared<snapshot::DirectoryCheckpoints>(io::posix_files(), directory + "/consumers");
  parts.read_only = options.read_only || disk->recovery().damage;
  parts.options = {.payload = options.payload,
                   .snapshot_every = options.snapshot_every,
                   .snapshots_kept = options.snapshots_kept,
                   .cache_bytes = options.cache_bytes,
                   .commands_in_flight = options.commands_in_flight,
                   .bytes_in_flight = options.bytes_in_flight,
                   .on_warning = std::move(options.on_warning)};
  return engine::make_store(std::move(parts), lifetime);
}

}  // namespace daybook
