// Any bytes as the last segment of a store: it opens for writing or for reading, or says what is wrong; what it holds
// is read or is an error; and what was opened once opens again with the same end.
//
// The input comes twice: as bytes behind a sound header, and as a recipe for groups whose checksums fit, so that what
// lies behind the checksums is reached.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "journal/directory.hpp"
#include "log/log.hpp"
#include "sim/faulty_disk.hpp"
#include "sim/model_log.hpp"

using namespace daybook;

namespace {

const LogId kLog{Uuid{{0xf, 0xf}}};
// That of the golden log, whose groups are among the seeds.
const Journal::Secret kSecret{*parse_uuid("7d1f0a52-93c4-4be8-8a61-5e02c7d94b3f")};

// Takes bytes from the front of the input; zeros once it is used up.
class Recipe {
 public:
  explicit Recipe(std::string_view bytes) : rest_(bytes) {}
  bool more() const { return !rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto b = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return b;
  }
  std::string_view some(std::size_t n) {
    const auto part = rest_.substr(0, n);
    rest_.remove_prefix(part.size());
    return part;
  }

 private:
  std::string_view rest_;
};

std::string groups_of(Recipe recipe) {
  std::string out;
  journal::GroupHeader h;
  while (recipe.more() && out.size() < 60'000) {
    const auto kind = recipe.byte();
    h.kind = kind < 200   ? journal::GroupKind::Events
             : kind < 230 ? journal::GroupKind::Close
                          : journal::GroupKind::Seal;
    h.epoch = 1;
    h.events = 0;
    h.durable = h.first;
    h.chain_before = h.chain_after;
    std::string body;
    std::vector<std::uint32_t> batches;
    for (int n = h.kind == journal::GroupKind::Events ? 1 + kind % 4 : 0; n > 0; --n) {
      std::string record(recipe.some(journal::kMinRecordBytes + recipe.byte()));
      record.resize(std::max(record.size(), journal::kMinRecordBytes));
      base::store(record.data(), static_cast<std::uint32_t>(record.size()));
      if (kind % 8 != 7) base::store(record.data() + 8, h.first.value + h.events);
      const auto digest = base::checksum(record);
      body.append(8, '\0');
      base::store(body.data() + body.size() - 8, digest);
      body += record;
      h.chain_after.value = base::chained(h.chain_after.value, digest);
      ++h.events;
      batches.push_back(1);
    }
    h.batches = static_cast<std::uint32_t>(batches.size());
    h.body_bytes = body.size();
    h.recorded += std::chrono::seconds(1);
    // Now and then a header that its own checksum covers and that lies.
    auto lie = h;
    switch (recipe.byte()) {
      case 1: ++lie.first.value; break;
      case 2: lie.durable.value += 5; break;
      case 3: lie.chain_before.value ^= 1; break;
      case 4: lie.recorded -= std::chrono::hours(1); break;
      case 5: lie.body_bytes += 1'000; break;
      case 6: ++lie.events; break;
      case 7: lie.chain_after.value ^= 1; break;
      default: break;
    }
    out += base::as_text(journal::encode(lie, batches, journal::group_seed(kSecret)));
    out += body + std::string(base::as_text(std::as_bytes(std::span(batches))));
    h.first = h.end();
    if (recipe.byte() == 255) out += recipe.some(recipe.byte());  // and something between them
  }
  return out;
}

// Opens, reads everything and closes without a word; the end, if it could be written to.
std::optional<Position> open_and_read(sim::FaultyDisk& disk) {
  const sim::SteppingClock clock;
  auto journal = journal::Directory::open(disk, "store", {.segment_bytes = 1u << 20}, true);
  if (!journal) {
    ENSURE(!journal.error().message.empty());
    return {};
  }
  auto& j = **journal;
  const log::IndexFiles files{&disk, [&j](std::uint64_t n) { return j.path_of(journal::index_name(n)); }};
  const auto& tail = j.tail();
  auto log = j.recovery().damage
                 ? log::Log::for_reader(j, files, [] { return Status{}; }, {.damage = j.recovery().damage})
                 : log::Log::for_writer(j, files, clock,
                                        {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr}, {});
  if (!log) {
    ENSURE(log.error().code == ErrorCode::Damage || log.error().code == ErrorCode::UnsupportedVersion);
    return {};
  }
  std::uint64_t next = 0;
  const auto cursor = (*log)->read({});
  ENSURE(cursor);
  for (auto event = (*cursor)->next(); event && *event; event = (*cursor)->next()) {
    ENSURE((*event)->position.value == next++);
    const auto head = (*log)->head((*event)->stream);
    ENSURE(!head || (*head && (*head)->revision >= (*event)->revision));
  }
  ENSURE(next == (*log)->end().value);
  return (*log)->damage() ? std::nullopt : std::optional((*log)->end());
}

void try_one(const std::string& groups) {
  sim::FaultyDisk disk;
  {
    auto made =
        journal::Directory::open(disk, "store", {.segment_bytes = 1u << 20, .id = kLog, .secret = kSecret}, true);
    ENSURE(made);
  }
  disk.erase("store/mark");
  std::string header(
      base::as_text(journal::encode(journal::SegmentHeader{.log = kLog, .epoch = 1, .secret = kSecret})));
  disk.put("store/log/000000000001.seg", header + groups);
  const auto end = open_and_read(disk);
  if (!end) return;
  disk.process_kill();
  ENSURE(open_and_read(disk) == end);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  try_one(std::string(input));
  try_one(groups_of(Recipe(input)));
  // And the two headers by themselves.
  const auto bytes = base::as_bytes(input);
  if (const auto h = journal::decode_segment_header(bytes, "fuzzed"))
    ENSURE(journal::decode_segment_header(journal::encode(*h), "again") == *h);
  if (const auto h = journal::decode_group_header(bytes, 1); h && bytes.size() >= h->whole_bytes())
    (void)journal::body_is_sound(*h, bytes.first(h->whole_bytes()));
  return 0;
}
