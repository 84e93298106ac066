#include "journal/mark.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"

namespace daybook::journal {
namespace {

// Words of the page (docs/format/log.md).
constexpr std::size_t kMagicWord = 0, kLogLow = 1, kLogHigh = 2, kLive = 3, kEpoch = 4;
// Two slots of a position and its check, written in turn: a kill between the two words of one leaves the other whole.
constexpr std::size_t kSlots = 8;
constexpr std::uint64_t kMagic = 0x314b52414d594244;  // "DBYMARK1"

}  // namespace

Mark::Mark(std::unique_ptr<io::SharedPage> page, const LogId& log)
    : page_(std::move(page)),
      low_(base::load<std::uint64_t>(log.uuid.bytes.data())),
      high_(base::load<std::uint64_t>(log.uuid.bytes.data() + 8)) {}

Result<Mark> Mark::open(io::Files& files, const std::string& path, const LogId& log, bool writable) {
  auto page = files.shared_page(path, writable);
  if (!page) return std::unexpected(page.error());
  return Mark(std::move(*page), log);
}

bool Mark::ours() const {
  return page_->load(kMagicWord) == kMagic && page_->load(kLogLow) == low_ && page_->load(kLogHigh) == high_;
}

std::uint64_t Mark::check(std::uint64_t value) const { return base::chained(base::chained(low_, high_), value); }

std::optional<Position> Mark::durable() const {
  if (!ours()) return {};
  std::optional<Position> best;
  // A writer that moves twice meanwhile can spoil the look at either slot. Where nothing is found again and again there
  // is nothing.
  constexpr int kMostLooks = 8;
  for (int look = 0; look < kMostLooks && !best; ++look)
    for (const std::size_t slot : {kSlots, kSlots + 2}) {
      const auto value = page_->load(slot);
      if (page_->load(slot + 1) == check(value)) best = std::max(best.value_or(Position{}), Position{value});
    }
  return best;
}

std::uint64_t Mark::epoch() const { return ours() ? page_->load(kEpoch) : 0; }

void Mark::begin(std::uint64_t epoch, Position durable) {
  // A mark that is there is moved, not made anew: a kill in between must not leave less than was known before, since
  // readers have gone by it.
  if (ours()) {
    page_->store(kEpoch, epoch);
    for (int slot = 0; slot < 2; ++slot) advance(durable);
    return;
  }
  page_->store(kMagicWord, 0);
  page_->store(kLogLow, low_);
  page_->store(kLogHigh, high_);
  for (const std::size_t slot : {kSlots, kSlots + 2}) {
    page_->store(slot, durable.value);
    page_->store(slot + 1, check(durable.value));
  }
  page_->store(kEpoch, epoch);
  page_->store(kLive, durable.value);
  page_->store(kMagicWord, kMagic);
  page_->wake(kLive);
}

void Mark::advance(Position durable) {
  const std::size_t slot = kSlots + 2 * (turn_++ % 2);
  page_->store(slot, durable.value);
  page_->store(slot + 1, check(durable.value));
  page_->store(kLive, durable.value);
  page_->wake(kLive);
}

// The word that wakes has no check of its own; one of the two slots, written before it, always has.
Position Mark::live() const {
  if (!ours()) return {};
  return std::min(Position{page_->load(kLive)}, durable().value_or(Position{}));
}

void Mark::wait_past(Position position, std::chrono::steady_clock::time_point deadline) const {
  const auto seen = page_->load(kLive);
  if (seen <= position.value) page_->wait(kLive, seen, deadline);
}

void Mark::wake() const { page_->wake(kLive); }

}  // namespace daybook::journal
