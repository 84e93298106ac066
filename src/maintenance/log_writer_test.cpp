// The log that LogWriter makes is one that everything else reads; and what it makes of one event, always the same
// bytes, is the worked example of docs/format.
#include "maintenance/log_writer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/bytes.hpp"
#include "journal/archive.hpp"
#include "log/active_index.hpp"
#include "log/cut_heads.hpp"
#include "log/guide.hpp"
#include "log/record.hpp"
#include "log/sealed_index.hpp"
#include "maintenance/archive_owner.hpp"
#include "maintenance/backup_files.hpp"
#include "maintenance/test_store.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::maintenance {
namespace {

using testing::HasSubstr;

const LogId kLog{*parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e")};
const journal::Identity kIdentity{kLog, {*parse_uuid("7d1f0a52-93c4-4be8-8a61-5e02c7d94b3f")}};
const Time kWhen = *parse_time("2026-11-23T10:15:00.123456789Z");

std::string record_of(std::string_view stream, std::string_view type, std::string_view data) {
  static constexpr std::array<std::string_view, 1> kTags{"branch:12"};
  std::string record;
  log::append_record({.stream = stream,
                      .type = type,
                      .data = data,
                      .metadata = R"({"$actor":"teller-7"})",
                      .id = parse_uuid("0198c5a3-8000-7abc-8def-0123456789ab"),
                      .occurred = kWhen,
                      .tags = kTags},
                     record);
  return record;
}

void write_example(io::Files& files, const std::string& path) {
  auto writer = LogWriter::make(files, path, kIdentity, {});
  ASSERT_TRUE(writer) << writer.error().message;
  (*writer)->add(base::as_bytes(record_of("Account-alice", "Opened", R"({"owner":"alice"})")), {0}, kWhen);
  ASSERT_TRUE((*writer)->end_batch());
  ASSERT_TRUE((*writer)->finish());
}

// As `hexdump -C`, indented as Markdown wants it; lines of zeros are left out.
std::string dump(std::string_view bytes, std::size_t from, std::size_t until) {
  std::string out;
  for (auto at = from; at < until; at += 16) {
    const auto line = bytes.substr(at, std::min<std::size_t>(16, until - at));
    if (line.find_first_not_of('\0') == line.npos) continue;
    std::string hex, text;
    for (const char c : line) {
      fmt::format_to(std::back_inserter(hex), "{:02x} ", static_cast<unsigned char>(c));
      text += c >= 0x20 && c < 0x7f ? c : '.';
    }
    fmt::format_to(std::back_inserter(out), "    {:08x}  {:<48} |{}|\n", at, hex, text);
  }
  return out;
}

std::string indented(std::string_view text) {
  std::string out = "    ";
  for (const char c : text.substr(0, text.size() - 1)) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return out + "\n";
}

std::string document(const std::string& name) {
  std::ifstream in(std::string(DAYBOOK_DOCS) + "/format/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(LogWriter, makes_a_store_that_opens_reads_and_goes_on) {
  sim::FaultyDisk disk;
  constexpr std::uint64_t kSmall = 16'000;
  auto writer = LogWriter::make(disk, "/made", kIdentity, {}, kSmall);
  ASSERT_TRUE(writer);
  const std::string large(600'000, 'x');
  for (std::uint64_t i = 0; i < 10; ++i) {
    (*writer)->add(base::as_bytes(record_of("A-1", "T", large)), {i}, kWhen);
    (*writer)->add(base::as_bytes(record_of("B-1", "T", "1")), {i}, kWhen);
    ASSERT_TRUE((*writer)->end_batch());
  }
  ASSERT_TRUE((*writer)->finish());
  auto store = open_store(disk, "/made");
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->recovery().clean);
  EXPECT_EQ(all_of(store->log().read({})).size(), 20u);
  EXPECT_GT(store->details().catalog().segments()->size(), 3u);
  EXPECT_EQ(*append(store->log(), {{.stream = "A-1", .type = "T", .data = "1"}}), Position{20});
}

TEST(LogWriter, a_segment_ends_before_its_index_would_be_full) {
  // Room for 2^24 names; an event has one for its stream, its category, its type and each of its tags.
  constexpr std::uint64_t kEvents = (1u << 24) / 35 + 1'000;
  static constexpr std::array<std::string_view, 4> kFour{"a", "b", "c", "d"};
  std::vector<std::string_view> tags;
  while (tags.size() < kHardLimits.tags) tags.push_back(kFour[tags.size() % kFour.size()]);
  std::string record;
  log::append_record({.stream = "A", .type = "T", .tags = tags}, record);
  sim::FaultyDisk disk;
  auto writer = LogWriter::make(disk, "/made", kIdentity, {});
  ASSERT_TRUE(writer);
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    (*writer)->add(base::as_bytes(record), {i}, kWhen);
    ASSERT_TRUE((*writer)->end_batch());
  }
  ASSERT_TRUE((*writer)->finish());
  const auto made = disk.list("/made/log");
  ASSERT_TRUE(made);
  EXPECT_THAT(*made, testing::SizeIs(2));
}

TEST(LogWriter, nothing_is_a_store_before_it_is_finished) {
  sim::FaultyDisk disk;
  {
    auto writer = LogWriter::make(disk, "/made", kIdentity, {});
    ASSERT_TRUE(writer);
    (*writer)->add(base::as_bytes(record_of("A-1", "T", "1")), {0}, kWhen);
    ASSERT_TRUE((*writer)->end_batch());
  }
  EXPECT_FALSE(runtime::DiskLog::follow(disk, "/made", {}));
  const auto again = LogWriter::make(disk, "/made", kIdentity, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::InvalidArgument);
  EXPECT_THAT(again.error().message, HasSubstr("remove it first"));
}

TEST(LogWriter, a_store_that_lost_its_STORE_is_not_said_to_be_what_a_repair_left) {
  sim::FaultyDisk disk;
  write_example(disk, "/made");
  ASSERT_TRUE(disk.remove("/made/STORE"));
  const auto writer = LogWriter::make(disk, "/made", kIdentity, {});
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().message, HasSubstr("it may be a store that has lost it"));
  EXPECT_THAT(writer.error().message, testing::Not(HasSubstr("remove")));
}

TEST(FormatExample, the_segment_in_the_description_is_what_the_code_writes) {
  sim::FaultyDisk disk;
  write_example(disk, "/example");
  const auto segment = *disk.cached("/example/log/000000000001.seg");
  const auto described = document("log.md");
  EXPECT_THAT(described, HasSubstr(dump(segment, 0, 4096)));
  EXPECT_THAT(described, HasSubstr(dump(segment, 4096, 4096 + 88)));
  const auto record = 4096 + 88, end = record + 8 + 76 + 13 + 6 + 11 + 21 + 17;
  EXPECT_THAT(described, HasSubstr(dump(segment, static_cast<std::size_t>(record), static_cast<std::size_t>(end))));
  EXPECT_THAT(described, HasSubstr(dump(segment, static_cast<std::size_t>(end), segment.size())));
}

TEST(FormatExample, the_texts_in_the_description_are_what_the_code_writes) {
  sim::FaultyDisk disk;
  write_example(disk, "/example");
  const auto described = document("log.md");
  EXPECT_THAT(described, HasSubstr(indented(*disk.cached("/example/STORE"))));
  const auto owner = *parse_uuid("5b0e7d7e-1c7d-4c5b-9a53-0d4d5f6f8a11");
  const journal::Archive archive{5, {40960}, {{5, 12, "/mnt/archive/shop"}}, owner};
  ASSERT_TRUE(journal::write_archive(disk, "/example", kLog, archive));
  EXPECT_THAT(described, HasSubstr(indented(*disk.cached("/example/ARCHIVE"))));
  EXPECT_EQ(*journal::read_archive(disk, "/example", kLog), archive);
  ASSERT_TRUE(own_archive(disk, "/example", {kLog, owner, "/srv/shop"}));
  EXPECT_THAT(described, HasSubstr(indented(*disk.cached("/example/OWNER"))));
}

TEST(FormatExample, the_backup_in_the_description_is_what_the_code_writes) {
  const BackupEnd end{kLog, 1, {0}, {4711}, Chain{0x0123456789abcdef}, 3, 81920};
  const auto described = document("backup.md");
  EXPECT_THAT(described, HasSubstr(indented(text_of(end))));
  sim::FaultyDisk disk;
  ASSERT_TRUE(disk.make_directory("/b"));
  const std::string bytes(86, 'x');
  ASSERT_TRUE(write_consumers(disk, "/b", end, {{"ed5703bbb0f48e42a676347edc9c51ba-mailer.checkpoint", bytes}}));
  const auto written = *disk.cached("/b/consumers-4711");
  EXPECT_THAT(described, HasSubstr(indented(written.substr(0, written.find(bytes)))));
  EXPECT_EQ(written.size(),
            written.find(bytes) + bytes.size() + std::string_view("checksum 0123456789abcdef\n").size());
}

TEST(FormatExample, the_index_in_the_description_is_what_the_code_writes) {
  sim::FaultyDisk disk;
  write_example(disk, "/example");
  const auto segment = *disk.cached("/example/log/000000000001.seg");
  const auto body = base::as_bytes(segment).subspan(4096 + 88);
  const auto event = log::decode_record(body.subspan(8, journal::frame_bytes(body) - 8));
  ASSERT_TRUE(event);
  log::ActiveIndex active(log::key_seed(kIdentity.secret));
  active.begin_group(4096);
  active.add(*event, 4096 + 88);
  const auto index = log::SealedIndex::encode(
      {kLog, 1, {0}, 1, Chain{base::load<std::uint64_t>(segment.data() + 4096 + 64)}, kWhen}, active);
  EXPECT_THAT(document("index.md"), HasSubstr(dump(index, 0, index.size())));
}

TEST(FormatExample, the_guide_in_the_description_is_what_the_code_writes) {
  sim::FaultyDisk disk;
  ASSERT_TRUE(disk.make_directory("/x"));
  // The first of the segments has both keys, the third and the last have the second.
  std::vector<log::Hashes> children(log::Guide::kChildren);
  const auto hashes = [](std::vector<std::uint64_t> all) {
    return log::Hashes{all.size(), [all](std::uint64_t n) { return Result<std::uint64_t>(all[n]); }};
  };
  for (auto& child : children) child = hashes({});
  children[0] = hashes({0x0123456789abcdef, 0xad49017aa982ce28});
  children[2] = children[15] = hashes({0xad49017aa982ce28});
  const log::GuidePlace place{kLog, 1, 16, {4711}, Chain{0x0123456789abcdef}};
  auto making = log::GuideMaking::begin(disk, "/x/guide", place, children);
  ASSERT_TRUE(making && *(*making)->some());
  const auto bytes = *disk.cached("/x/guide");
  EXPECT_THAT(document("index.md"), HasSubstr(dump(bytes, 0, bytes.size())));
}

TEST(FormatExample, the_heads_in_the_description_are_what_the_code_writes) {
  sim::FaultyDisk disk;
  ASSERT_TRUE(disk.make_directory("/x"));
  ASSERT_TRUE(
      log::CutHeads::write(disk, "/x/HEADS", kLog, {{"Account-alice", {{3}, {40}}}, {"Account-bob", {{0}, {7}}}}));
  const auto bytes = *disk.cached("/x/HEADS");
  EXPECT_THAT(document("index.md"), HasSubstr(dump(bytes, 0, bytes.size())));
}

}  // namespace
}  // namespace daybook::maintenance
