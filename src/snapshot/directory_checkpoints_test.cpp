#include "snapshot/directory_checkpoints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/faulty_disk.hpp"
#include "snapshot/format.hpp"

namespace daybook::snapshot {
namespace {

using sim::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Checkpoint at(std::uint64_t position, std::vector<Position> parked = {}) {
  return {.mark = {{*parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e")}, Position{position}, Chain{position + 7}},
          .parked = std::move(parked)};
}

class DirectoryCheckpointsTest : public testing::Test {
 protected:
  static std::string path(std::string_view name) { return "consumers/" + file_name_of(name) + ".checkpoint"; }

  sim::FaultyDisk disk;
  DirectoryCheckpoints checkpoints{disk, "consumers"};
};

TEST_F(DirectoryCheckpointsTest, has_none_at_first) {
  EXPECT_EQ(*checkpoints.load("mailer"), std::nullopt);
  EXPECT_THAT(*checkpoints.names(), IsEmpty());
  EXPECT_TRUE(checkpoints.remove("mailer"));
}

TEST_F(DirectoryCheckpointsTest, the_last_one_saved_survives_a_power_cut) {
  ASSERT_TRUE(checkpoints.save("mailer", at(3)));
  ASSERT_TRUE(checkpoints.save("mailer", at(5, {Position{1}, Position{4}})));
  ASSERT_TRUE(checkpoints.save("Mailer", at(9)));
  disk.power_cut();
  EXPECT_EQ(*checkpoints.load("mailer"), at(5, {Position{1}, Position{4}}));
  EXPECT_EQ(*checkpoints.load("Mailer"), at(9));
  EXPECT_THAT(*checkpoints.names(), ElementsAre("Mailer", "mailer"));
}

TEST_F(DirectoryCheckpointsTest, a_removed_one_does_not_come_back) {
  ASSERT_TRUE(checkpoints.save("mailer", at(3)));
  disk.inject({.on = Operation::SyncDirectory, .path = "consumers"});
  EXPECT_FALSE(checkpoints.remove("mailer"));
  ASSERT_TRUE(checkpoints.remove("mailer"));
  disk.power_cut();
  EXPECT_EQ(*checkpoints.load("mailer"), std::nullopt);
}

TEST(DirectoryCheckpointsCrash, one_that_is_half_removed_is_still_a_checkpoint) {
  for (std::uint64_t k = 0;; ++k) {
    sim::FaultyDisk disk;
    bool done = false;
    {
      DirectoryCheckpoints checkpoints(disk, "consumers");
      ASSERT_TRUE(checkpoints.save("mailer", at(3)));
      disk.inject({.on = Operation::SyncDirectory, .path = "consumers"});
      EXPECT_FALSE(checkpoints.remove("mailer"));
      disk.crash_at(k);
      done = checkpoints.remove("mailer").has_value();
    }
    k % 2 ? disk.process_kill() : disk.power_cut();
    const DirectoryCheckpoints checkpoints(disk, "consumers");
    const auto left = checkpoints.load("mailer");
    ASSERT_TRUE(left) << left.error().message << ", killed at " << k;
    EXPECT_TRUE(!*left || **left == at(3));
    EXPECT_TRUE(checkpoints.names()) << "killed at " << k;
    if (done) {
      EXPECT_EQ(*left, std::nullopt);
      break;
    }
  }
}

TEST_F(DirectoryCheckpointsTest, names_may_be_any_bytes) {
  const std::vector<std::string> names{"../x", "a/b", "a\\b", ".", "ü", std::string(512, 'n'), std::string("a\0b", 3)};
  for (std::size_t i = 0; i < names.size(); ++i) ASSERT_TRUE(checkpoints.save(names[i], at(i)));
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(*checkpoints.load(names[i]), at(i));
  EXPECT_THAT(*checkpoints.names(), testing::UnorderedElementsAreArray(names));
  EXPECT_EQ(checkpoints.save("", at(1)).error().code, ErrorCode::InvalidArgument);
}

TEST_F(DirectoryCheckpointsTest, every_flipped_byte_stops_the_consumer_and_is_never_taken_for_none) {
  ASSERT_TRUE(checkpoints.save("mailer", at(5, {Position{1}})));
  ASSERT_TRUE(checkpoints.save("other", at(1)));
  const auto size = disk.cached(path("mailer"))->size();
  for (std::uint64_t offset = 0; offset < size; ++offset) {
    disk.flip(path("mailer"), offset, static_cast<unsigned>(offset % 8));
    const auto loaded = checkpoints.load("mailer");
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(loaded.error().code == ErrorCode::Damage || loaded.error().code == ErrorCode::UnsupportedVersion);
    EXPECT_THAT(loaded.error().message, HasSubstr(path("mailer")));
    EXPECT_FALSE(checkpoints.names());
    EXPECT_TRUE(checkpoints.load("other"));
    disk.flip(path("mailer"), offset, static_cast<unsigned>(offset % 8));
  }
  EXPECT_TRUE(checkpoints.load("mailer"));
}

TEST_F(DirectoryCheckpointsTest, a_renamed_truncated_or_foreign_file_is_refused) {
  ASSERT_TRUE(checkpoints.save("mailer", at(5)));
  ASSERT_TRUE(disk.rename(path("mailer"), path("other")));
  const auto renamed = checkpoints.load("other");
  EXPECT_EQ(renamed.error().code, ErrorCode::Damage);
  EXPECT_THAT(renamed.error().message, HasSubstr("the checkpoint of \"mailer\"; \"other\" was expected"));
  EXPECT_THAT(checkpoints.names().error().message, HasSubstr("belongs in"));
  disk.cut_file(path("other"), 30);
  EXPECT_EQ(checkpoints.load("other").error().code, ErrorCode::Damage);
  disk.put(path("other"), "");
  EXPECT_EQ(checkpoints.load("other").error().code, ErrorCode::Damage);
  ASSERT_TRUE(checkpoints.remove("other"));
  disk.put("consumers/notes", "hello");
  EXPECT_THAT(checkpoints.names().error().message, HasSubstr("consumers/notes is not a checkpoint"));
}

TEST_F(DirectoryCheckpointsTest, a_disk_that_fails_is_an_error_and_not_a_missing_checkpoint) {
  ASSERT_TRUE(checkpoints.save("mailer", at(5)));
  disk.inject({.on = Operation::Read});
  EXPECT_EQ(checkpoints.load("mailer").error().code, ErrorCode::IoError);
  disk.inject({.on = Operation::Open, .code = ErrorCode::PermissionDenied});
  EXPECT_EQ(checkpoints.names().error().code, ErrorCode::PermissionDenied);
  disk.inject({.on = Operation::Sync});
  EXPECT_FALSE(checkpoints.save("mailer", at(6)));
  EXPECT_EQ(*checkpoints.load("mailer"), at(5));
}

TEST_F(DirectoryCheckpointsTest, a_power_cut_anywhere_in_a_save_leaves_the_old_or_the_new) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (std::uint64_t k = 0;; ++k) {
      sim::FaultyDisk failing({.seed = seed, .sector = 1});
      DirectoryCheckpoints stored(failing, "consumers");
      ASSERT_TRUE(stored.save("mailer", at(5)));
      failing.crash_at(k);
      const bool done = stored.save("mailer", at(6)).has_value();
      failing.power_cut();
      const auto loaded = stored.load("mailer");
      ASSERT_TRUE(loaded && *loaded) << loaded.error().message;
      EXPECT_TRUE(**loaded == at(6) || (**loaded == at(5) && !done));
      EXPECT_THAT(*stored.names(), ElementsAre("mailer"));
      seen.insert((*loaded)->mark.position.value);
      if (done) break;
    }
  }
  EXPECT_EQ(seen.size(), 2u);
}

}  // namespace
}  // namespace daybook::snapshot
