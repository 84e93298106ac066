#include "snapshot/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "io/posix_file.hpp"

namespace daybook::snapshot {
namespace {

using testing::HasSubstr;

HistoryMark fixed_mark() {
  return {{*parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e")}, Position{1000}, Chain{0x1122334455667788}};
}

SnapshotInfo fixed_info() {
  return {.key = "Account-alice",
          .mark = fixed_mark(),
          .revision = Revision{6},
          .last_recorded = *parse_time("2026-01-30T12:00:00.000000001Z"),
          .latest_occurred = *parse_time("2026-01-30T11:59:59Z"),
          .fingerprint = 0x0102030405060708};
}
constexpr std::string_view kFixedState = R"({"balance":5000,"open":true})";

Checkpoint fixed_checkpoint() { return {.mark = fixed_mark(), .parked = {Position{17}, Position{998}}}; }

// The bytes with a checksum that fits, so that what lies behind the checksum is reached.
std::string resealed(std::string bytes) {
  const std::size_t body = bytes.size() - kChecksumBytes;
  base::store(bytes.data() + body, base::checksum(std::string_view(bytes).substr(0, body)));
  return bytes;
}

TEST(SnapshotFormat, gives_back_what_it_was_given) {
  const auto bytes = *encode_snapshot(fixed_info(), kFixedState);
  const auto view = decode_snapshot(bytes, "f");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->info, fixed_info());
  EXPECT_EQ(view->state, kFixedState);
}

TEST(SnapshotFormat, every_flipped_bit_is_noticed) {
  const auto bytes = *encode_snapshot(fixed_info(), kFixedState);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      const auto view = decode_snapshot(flipped, "f");
      ASSERT_FALSE(view) << at;
      // Of version 1, every flip but that to 0 makes a greater one.
      const bool newer = at >= 8 && at < 12 && !(at == 8 && bit == 0);
      EXPECT_EQ(view.error().code, newer ? ErrorCode::UnsupportedVersion : ErrorCode::Damage);
      EXPECT_THAT(view.error().message, testing::StartsWith("f "));
    }
  }
}

TEST(SnapshotFormat, every_shorter_and_longer_file_is_noticed) {
  const auto bytes = *encode_snapshot(fixed_info(), kFixedState);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode_snapshot(std::string_view(bytes).substr(0, size), "f").error().code, ErrorCode::Damage) << size;
  EXPECT_EQ(decode_snapshot(bytes + '\0', "f").error().code, ErrorCode::Damage);
}

TEST(SnapshotFormat, sizes_that_lie_under_a_sound_checksum_are_noticed) {
  const auto bytes = *encode_snapshot(fixed_info(), kFixedState);
  const auto with = [&](std::size_t at, auto value) {
    auto changed = bytes;
    base::store(changed.data() + at, value);
    return decode_snapshot(resealed(changed), "f");
  };
  EXPECT_THAT(with(12, std::uint32_t{0}).error().message, HasSubstr("a key of 0 bytes"));
  EXPECT_THAT(with(12, std::uint32_t{14}).error().message, HasSubstr("a key of 14 bytes"));
  EXPECT_THAT(with(12, UINT32_MAX).error().message, HasSubstr("4294967295"));
  EXPECT_THAT(with(16, UINT64_MAX).error().message, HasSubstr("a state of 18446744073709551615"));
  EXPECT_THAT(with(16, UINT64_MAX - 12).error().message, HasSubstr("in 41 bytes for both"));
  EXPECT_THAT(with(88, std::uint64_t{1}).error().message, HasSubstr("reserved"));
  EXPECT_TRUE(with(80, std::uint64_t{1}));  // another fingerprint is only another snapshot
}

TEST(SnapshotFormat, a_newer_version_is_named_even_when_nothing_else_can_be_read) {
  auto bytes = *encode_snapshot(fixed_info(), kFixedState);
  base::store(bytes.data() + 8, std::uint32_t{2});
  const auto newer = decode_snapshot(std::string_view(bytes).substr(0, 20), "f");
  EXPECT_EQ(newer.error().code, ErrorCode::UnsupportedVersion);
  EXPECT_EQ(newer.error().message, "f has snapshot format version 2; this program reads up to 1");
}

TEST(SnapshotFormat, another_file_is_not_taken_for_a_snapshot) {
  EXPECT_THAT(decode_snapshot(*encode_checkpoint("c", fixed_checkpoint()), "f").error().message,
              HasSubstr("does not begin as a snapshot does"));
  EXPECT_THAT(decode_checkpoint(*encode_snapshot(fixed_info(), ""), "f").error().message,
              HasSubstr("does not begin as a checkpoint does"));
}

TEST(SnapshotFormat, a_revision_that_cannot_be_is_refused) {
  auto info = fixed_info();
  info.revision = Revision{UINT64_MAX};
  EXPECT_EQ(encode_snapshot(info, "").error().code, ErrorCode::InvalidArgument);
}

TEST(CheckpointFormat, gives_back_what_it_was_given) {
  EXPECT_EQ(*decode_checkpoint(*encode_checkpoint("mailer", fixed_checkpoint()), "f"),
            (NamedCheckpoint{"mailer", fixed_checkpoint()}));
  EXPECT_EQ(*decode_checkpoint(*encode_checkpoint("m", {}), "f"), (NamedCheckpoint{"m", {}}));
  EXPECT_EQ(encode_checkpoint("", {}).error().code, ErrorCode::InvalidArgument);
  const Checkpoint crowded{.mark = {}, .parked = std::vector<Position>(kMaxParked + 1)};
  EXPECT_EQ(encode_checkpoint("m", crowded).error().code, ErrorCode::InvalidArgument);
}

TEST(CheckpointFormat, every_flipped_bit_and_every_other_size_is_noticed) {
  const auto bytes = *encode_checkpoint("mailer", fixed_checkpoint());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      EXPECT_FALSE(decode_checkpoint(flipped, "f")) << at;
    }
    EXPECT_FALSE(decode_checkpoint(std::string_view(bytes).substr(0, at), "f")) << at;
  }
  EXPECT_FALSE(decode_checkpoint(bytes + '\0', "f"));
}

TEST(CheckpointFormat, sizes_that_lie_under_a_sound_checksum_are_noticed) {
  const auto bytes = *encode_checkpoint("mailer", fixed_checkpoint());
  const auto with = [&](std::size_t at, auto value) {
    auto changed = bytes;
    base::store(changed.data() + at, value);
    return decode_checkpoint(resealed(changed), "f").error();
  };
  EXPECT_EQ(with(12, std::uint32_t{0}).code, ErrorCode::Damage);
  EXPECT_EQ(with(12, std::uint32_t{7}).code, ErrorCode::Damage);
  EXPECT_EQ(with(16, std::uint64_t{3}).code, ErrorCode::Damage);
  EXPECT_THAT(with(16, (std::uint64_t{1} << 61) + 2).message, HasSubstr("2305843009213693954 parked"));
}

TEST(FileNames, are_safe_short_and_different_for_every_key) {
  std::set<std::string> names;
  const std::vector<std::string> keys{"a",
                                      "A",
                                      "a/b",
                                      "a_b",
                                      "..",
                                      ".",
                                      "/",
                                      std::string(512, 'x'),
                                      std::string(511, 'x'),
                                      std::string("a\0b", 3),
                                      "ü",
                                      "u\xcc\x88"};
  for (const auto& key : keys) {
    const auto name = file_name_of(key);
    EXPECT_LE(name.size(), 80u);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"), name.npos);
    std::string folded;
    for (const char c : name) folded += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    EXPECT_TRUE(names.insert(folded).second) << key;
  }
  EXPECT_THAT(file_name_of("Account-alice/1"), testing::EndsWith("-Account-alice_1"));
}

// The files of format version 1 that stand in the tree: whoever changes the format finds here that he did. With
// DAYBOOK_WRITE_GOLDEN set they are written instead; then bump the version.
class Golden : public testing::Test {
 protected:
  static std::string committed(const std::string& name, const std::string& now) {
    const std::string path = std::string(DAYBOOK_GOLDEN) + "/" + name;
    if (std::getenv("DAYBOOK_WRITE_GOLDEN")) {
      EXPECT_TRUE(io::replace_whole(io::posix_files(), path, now));
    }
    const auto bytes = io::read_whole(io::posix_files(), path);
    EXPECT_TRUE(bytes) << bytes.error().message;
    return bytes ? *bytes : "";
  }
};

TEST_F(Golden, a_snapshot_of_version_1_is_read_and_written_as_ever) {
  const auto now = *encode_snapshot(fixed_info(), kFixedState);
  const auto golden = committed("snapshot-v1.snapshot", now);
  EXPECT_EQ(golden, now);
  const auto view = decode_snapshot(golden, "golden");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->info, fixed_info());
  EXPECT_EQ(view->state, kFixedState);
}

TEST_F(Golden, a_checkpoint_of_version_1_is_read_and_written_as_ever) {
  const auto now = *encode_checkpoint("mailer", fixed_checkpoint());
  const auto golden = committed("checkpoint-v1.checkpoint", now);
  EXPECT_EQ(golden, now);
  EXPECT_EQ(*decode_checkpoint(golden, "golden"), (NamedCheckpoint{"mailer", fixed_checkpoint()}));
}

TEST_F(Golden, files_are_named_as_ever) {
  EXPECT_EQ(file_name_of("Account-alice"), "63ed28527b0b8c41b36d6c642afb4e1b-Account-alice");
  EXPECT_EQ(file_name_of("mailer"), "ed5703bbb0f48e42a676347edc9c51ba-mailer");
}

}  // namespace
}  // namespace daybook::snapshot
