// Writes a whole log into a new directory, record by record: how repair makes a store. The store comes into being with
// finish(); what is there before it no one takes for one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/file.hpp"
#include "journal/format.hpp"
#include "journal/identity.hpp"
#include "log/active_index.hpp"

namespace daybook::maintenance {

// For one thread. After an error nothing more may be done with it.
class LogWriter {
 public:
  // Where the log begins: a log whose oldest segments were deleted goes on from where they ended.
  struct Begin {
    std::uint64_t segment = 1;
    Position first{};
    Chain chain{};
    Time recorded{};
  };
  // The directory must be empty or not there: InvalidArgument if not.
  static Result<std::unique_ptr<LogWriter>> make(io::Files& files, const std::string& directory,
                                                 const journal::Identity& identity, const Begin& begin,
                                                 std::uint64_t segment_bytes = 256u << 20);

  // The next event: its canonical bytes, which get the position that comes next and this revision.
  void add(std::span<const std::byte> record, Revision revision, Time recorded);
  // Those added since the last call are one batch.
  Status end_batch();
  // Everything is durable, and the store is there.
  Status finish();

  Position end() const { return end_; }

 private:
  LogWriter(io::Files& files, std::string directory, const journal::Identity& identity, const Begin& begin,
            std::uint64_t segment_bytes);
  Status write_group();
  Status begin_segment(std::uint64_t previous_bytes);
  Status write_empty(journal::GroupKind kind);

  io::Files& files_;
  const std::string directory_;
  const journal::Identity identity_;
  const std::uint64_t seed_;
  const std::uint64_t segment_bytes_;
  const Begin begin_;
  std::unique_ptr<io::File> file_;
  std::uint64_t segment_;
  std::uint64_t offset_ = 0;
  Position end_;    // behind the last event added
  Position first_;  // of the group at hand
  Chain chain_;
  Chain chain_before_;
  Time recorded_;
  std::string frames_;
  std::vector<std::uint32_t> batches_;
  std::uint32_t in_batch_ = 0;
  // What a segment's index has to have room for. Names that come again are counted again: too soon is fine here.
  struct Indexed {
    std::size_t events = 0;
    std::size_t tags = 0;
  };
  Indexed in_segment_;
  Indexed in_group_;
  const log::ActiveIndex empty_{0};  // knows how much an index can hold
};

}  // namespace daybook::maintenance
