// A journal in memory: for tests, and for logs that need not outlive their process.
//
// Keeps the port's contract (tests/contract/journal_contract.hpp) as the directory does. reopen() is what a crash
// leaves: everything that was synced, and nothing else.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "daybook/port/journal.hpp"
#include "journal/directory.hpp"

namespace daybook::journal {

class Memory final : public Journal {
 public:
  explicit Memory(LogId id);

  // The next writer: forgets what was not synced, counts the epoch up.
  void reopen();
  const Tail& tail() const { return tail_; }

  LogId log() const override { return id_; }
  Secret secret() const override { return secret_; }
  std::uint64_t epoch() const override { return epoch_; }
  std::vector<Segment> segments() const override;
  Result<std::size_t> read(std::uint64_t segment, std::uint64_t offset, std::span<std::byte> into) const override;
  Position durable() const override { return {durable_.load(std::memory_order_acquire)}; }
  void wait_past(Position position, std::chrono::steady_clock::time_point deadline) const override;
  void wake() const override;
  Status begin_segment(const Segment& next) override;
  Status write(std::uint64_t offset, std::span<const std::byte> group) override;
  void unwrite(std::uint64_t offset) override;
  Status sync() override;
  void publish(Position durable) override;
  Status close(Position end, Chain chain, Time recorded) override;

 private:
  struct Stored {
    Segment segment;
    std::string bytes;
    std::size_t synced = 0;
  };
  void append_empty(GroupKind kind, Position end, Chain chain, Time recorded);

  const LogId id_;
  const Secret secret_;
  const std::uint64_t seed_;
  std::uint64_t epoch_ = 0;
  Tail tail_;                 // where the writer began
  mutable std::mutex mutex_;  // guards these
  bool closed_ = false;
  std::vector<Stored> stored_;
  std::atomic<std::uint64_t> durable_ = 0;
  mutable std::condition_variable published_;
};

}  // namespace daybook::journal
