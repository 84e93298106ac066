// Groups of records with nothing in them but what the journal looks at: for tests of journals and of recovery.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "daybook/port/journal.hpp"
#include "journal/directory.hpp"
#include "journal/format.hpp"

namespace daybook::contract {

// Writes groups one behind the other, as the log does.
class GroupWriter {
 public:
  GroupWriter(Journal& journal, const journal::Tail& tail)
      : journal_(&journal), tail_(tail), seed_(journal::group_seed(journal.secret())) {}

  // The bytes of the next group: batches of so many events, each with a payload of `fill`.
  std::string group(const std::vector<std::uint32_t>& batches, const std::string& fill = "payload") {
    journal::GroupHeader header;
    std::string body;
    auto chain = tail_.chain.value;
    for (const auto events : batches)
      for (std::uint32_t i = 0; i < events; ++i) {
        std::string record(journal::kMinRecordBytes, '\0');
        base::store(record.data() + 8, tail_.end.value + header.events);
        record += fill;
        base::store(record.data(), static_cast<std::uint32_t>(record.size()));
        const auto digest = base::checksum(record);
        std::string frame(8, '\0');
        base::store(frame.data(), digest);
        body += frame + record;
        chain = base::chained(chain, digest);
        ++header.events;
      }
    header.first = header.durable = tail_.end;
    header.body_bytes = body.size();
    header.epoch = journal_->epoch();
    header.chain_before = tail_.chain;
    header.chain_after = {chain};
    header.recorded = tail_.recorded + std::chrono::seconds(1);
    end_ = {header.end(), header.chain_after, header.recorded};
    std::string bytes(base::as_text(journal::encode(header, batches, seed_)));
    return bytes + body + std::string(base::as_text(std::as_bytes(std::span(batches))));
  }

  // Writes it; it becomes the log's with commit().
  Status write(const std::string& group) {
    bytes_ = group.size();
    return journal_->write(tail_.offset, base::as_bytes(group));
  }
  Status commit() {
    if (auto done = journal_->sync(); !done) return done;
    wrote();
    journal_->publish(tail_.end);
    return {};
  }
  // As if a sync had returned without the journal's being told.
  void wrote() {
    tail_.offset += bytes_;
    tail_.end = end_.end;
    tail_.chain = end_.chain;
    tail_.recorded = end_.recorded;
  }
  Status append(const std::vector<std::uint32_t>& batches, const std::string& fill = "payload") {
    if (auto done = write(group(batches, fill)); !done) return done;
    return commit();
  }
  Status begin_segment() {
    const Journal::Segment next{tail_.segment + 1, tail_.end, tail_.chain, tail_.recorded};
    if (auto done = journal_->begin_segment(next); !done) return done;
    tail_.segment = next.number;
    tail_.offset = journal::kSegmentHeaderBytes;
    return {};
  }
  Status close() { return journal_->close(tail_.end, tail_.chain, tail_.recorded); }

  const journal::Tail& tail() const { return tail_; }

 private:
  struct End {
    Position end;
    Chain chain;
    Time recorded;
  };
  Journal* journal_;
  journal::Tail tail_;
  std::uint64_t seed_;
  End end_;
  std::size_t bytes_ = 0;
};

}  // namespace daybook::contract
