#include "maintenance/log_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "journal/archive.hpp"
#include "log/record.hpp"
#include "maintenance/store_files.hpp"

namespace daybook::maintenance {
namespace {

constexpr std::size_t kGroupBytes = 1u << 20;
constexpr std::uint64_t kEpoch = 1;

}  // namespace

LogWriter::LogWriter(io::Files& files, std::string directory, const journal::Identity& identity, const Begin& begin,
                     std::uint64_t segment_bytes)
    : files_(files),
      directory_(std::move(directory)),
      identity_(identity),
      seed_(journal::group_seed(identity.secret)),
      segment_bytes_(segment_bytes),
      begin_(begin),
      segment_(begin.segment),
      end_(begin.first),
      first_(begin.first),
      chain_(begin.chain),
      chain_before_(begin.chain),
      recorded_(begin.recorded) {}

Result<std::unique_ptr<LogWriter>> LogWriter::make(io::Files& files, const std::string& directory,
                                                   const journal::Identity& identity, const Begin& begin,
                                                   std::uint64_t segment_bytes) {
  if (auto made = files.make_directory(directory); !made) return std::unexpected(made.error());
  const auto entries = files.list(directory);
  if (!entries) return std::unexpected(entries.error());
  if (!entries->empty()) {
    const auto has = [&](std::string_view name) {
      return std::ranges::find(*entries, name, &io::Entry::name) != entries->end();
    };
    const auto* why =
        has(kUnfinished) && !has("STORE")
            ? " holds what a repair that did not come to its end has left; remove it first"
        : has("log") && !has("STORE")
            ? " holds a log and no STORE: it may be a store that has lost it, and be repaired itself; a new "
              "store needs a directory of its own"
            : " is not empty; a new store needs a directory of its own";
    return fail(ErrorCode::InvalidArgument, directory + why);
  }
  if (auto done = io::replace_whole(files, fmt::format("{}/{}", directory, kUnfinished),
                                    "a store that is being made of another\n");
      !done)
    return std::unexpected(done.error());
  for (const auto* part : {"/log", "/cut"})
    if (auto made = files.make_directory(directory + part); !made) return std::unexpected(made.error());
  std::unique_ptr<LogWriter> writer(new LogWriter(files, directory, identity, begin, segment_bytes));
  if (auto begun = writer->begin_segment(0); !begun) return std::unexpected(begun.error());
  return writer;
}

Status LogWriter::begin_segment(std::uint64_t previous_bytes) {
  auto file = files_.open(directory_ + "/log/" + journal::segment_name(segment_), io::Open::Create);
  if (!file) return std::unexpected(file.error());
  file_ = std::move(*file);
  offset_ = journal::kSegmentHeaderBytes;
  in_segment_ = {};
  return file_->write_at(
      0, journal::encode({identity_.log, segment_, end_, chain_, recorded_, previous_bytes, kEpoch, identity_.secret}));
}

void LogWriter::add(std::span<const std::byte> record, Revision revision, Time recorded) {
  const auto event = log::decode_record(record);
  ENSURE(event);
  ++in_group_.events;
  in_group_.tags += event->tags.size();
  const auto at = frames_.size();
  frames_.resize(at + journal::kFrameBytes);
  frames_ += base::as_text(record);
  auto* bytes = reinterpret_cast<std::byte*>(frames_.data()) + at;
  recorded_ = std::max(recorded_, recorded);
  log::place(bytes + journal::kFrameBytes, {end_, revision, recorded_});
  const auto digest = base::checksum(std::string_view(frames_).substr(at + journal::kFrameBytes));
  base::store(bytes, digest);
  chain_.value = base::chained(chain_.value, digest);
  end_ = end_.next();
  ++in_batch_;
}

Status LogWriter::end_batch() {
  if (in_batch_ == 0) return {};
  batches_.push_back(in_batch_);
  in_batch_ = 0;
  return frames_.size() >= kGroupBytes ? write_group() : Status{};
}

Status LogWriter::write_empty(journal::GroupKind kind) {
  journal::GroupHeader header;
  header.kind = kind;
  header.first = header.durable = end_;
  header.chain_before = header.chain_after = chain_;
  header.recorded = recorded_;
  header.epoch = kEpoch;
  auto done = file_->write_at(offset_, journal::encode(header, {}, seed_));
  if (done) done = file_->sync();
  offset_ += journal::kGroupHeaderBytes;
  return done;
}

Status LogWriter::write_group() {
  ENSURE(in_batch_ == 0);
  if (batches_.empty()) return {};
  const auto whole = journal::kGroupHeaderBytes + frames_.size() + 4 * batches_.size();
  const bool full = offset_ + whole + journal::kGroupHeaderBytes > segment_bytes_ ||
                    !empty_.has_room(in_segment_.events + in_group_.events, in_segment_.tags + in_group_.tags);
  if (full && offset_ > journal::kSegmentHeaderBytes) {
    // The group's events were counted on already: the segment before ends where they begin.
    const auto end = std::exchange(end_, first_);
    const auto chain = std::exchange(chain_, chain_before_);
    if (auto done = write_empty(journal::GroupKind::Seal); !done) return done;
    ++segment_;
    if (auto done = begin_segment(offset_); !done) return done;
    end_ = end;
    chain_ = chain;
  }
  journal::GroupHeader header;
  header.body_bytes = frames_.size();
  header.first = header.durable = first_;
  header.events = static_cast<std::uint32_t>(end_.value - first_.value);
  header.batches = static_cast<std::uint32_t>(batches_.size());
  header.epoch = kEpoch;
  header.chain_before = chain_before_;
  header.chain_after = chain_;
  header.recorded = recorded_;
  const auto table = base::as_text(std::as_bytes(std::span(batches_)));
  header.batches_checksum = base::checksum(table);
  std::string bytes(base::as_text(journal::encode(header, batches_, seed_)));
  bytes += frames_;
  bytes += table;
  if (auto done = file_->write_at(offset_, base::as_bytes(bytes)); !done) return done;
  offset_ += bytes.size();
  frames_.clear();
  batches_.clear();
  in_segment_.events += in_group_.events;
  in_segment_.tags += in_group_.tags;
  in_group_ = {};
  first_ = end_;
  chain_before_ = chain_;
  return {};
}

Status LogWriter::finish() {
  if (auto done = write_group(); !done) return done;
  if (auto done = write_empty(journal::GroupKind::Close); !done) return done;
  // A reader wants a page to wait on, also before the first writer.
  if (auto page = files_.shared_page(directory_ + "/mark", true); !page) return std::unexpected(page.error());
  if (begin_.segment > 1)
    if (auto done = journal::write_archive(files_, directory_, identity_.log,
                                           {.first_segment = begin_.segment, .first_position = begin_.first});
        !done)
      return done;
  if (auto done = files_.sync_directory(directory_ + "/log"); !done) return done;
  // Before there is a store: nothing would ever take it out of one. All of the log is there now.
  if (auto done = files_.remove(fmt::format("{}/{}", directory_, kUnfinished)); !done) return done;
  if (auto done = files_.sync_directory(directory_); !done) return done;
  return journal::write_identity(files_, directory_, identity_);
}

}  // namespace daybook::maintenance
