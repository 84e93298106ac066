// Which names a power cut leaves.
#include <set>

#include "sim/test_disk.hpp"

namespace daybook::sim {
namespace {

// The names in "d" after a power cut, under many seeds.
template <class Prepare>
std::set<std::string> names_after(Prepare prepare, DirectoryOrder order = DirectoryOrder::PerDirectory) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    FaultyDisk disk({.seed = seed, .order = order});
    EXPECT_TRUE(disk.make_directory("d"));
    EXPECT_TRUE(disk.make_directory("e"));
    prepare(disk);
    disk.power_cut();
    found.insert(names(disk, "d") + "| " + names(disk, "e"));
  }
  return found;
}

TEST(FaultyDisk, a_new_name_is_durable_only_after_its_directory_was_synced) {
  EXPECT_EQ(names_after([](FaultyDisk& disk) { create(disk, "d/a", ""); }), (std::set<std::string>{"| ", "a | "}));
  EXPECT_EQ(names_after([](FaultyDisk& disk) {
              create(disk, "d/a", "");
              EXPECT_TRUE(disk.sync_directory("d"));
            }),
            std::set<std::string>{"a | "});
}

TEST(FaultyDisk, changes_of_one_directory_survive_in_their_order) {
  const auto found = names_after([](FaultyDisk& disk) {
    create(disk, "d/a", "");
    create(disk, "d/b", "");
    EXPECT_TRUE(disk.remove("d/a"));
  });
  EXPECT_EQ(found, (std::set<std::string>{"| ", "a | ", "a b | ", "b | "}));
}

TEST(FaultyDisk, directories_lose_their_changes_each_by_itself_unless_they_share_a_journal) {
  const auto prepare = [](FaultyDisk& disk) {
    create(disk, "d/a", "");
    create(disk, "e/b", "");
  };
  EXPECT_EQ(names_after(prepare), (std::set<std::string>{"| ", "a | ", "| b ", "a | b "}));
  EXPECT_EQ(names_after(prepare, DirectoryOrder::Journal), (std::set<std::string>{"| ", "a | ", "a | b "}));

  const auto synced = [](FaultyDisk& disk) {
    create(disk, "d/a", "");
    create(disk, "e/b", "");
    EXPECT_TRUE(disk.sync_directory("e"));
  };
  EXPECT_EQ(names_after(synced), (std::set<std::string>{"| b ", "a | b "}));
  EXPECT_EQ(names_after(synced, DirectoryOrder::Journal), (std::set<std::string>{"a | b "}));
}

TEST(FaultyDisk, a_failed_directory_sync_loses_names_that_no_later_one_brings_back) {
  const auto lost = [](FaultyDisk& disk) {
    create(disk, "d/a", "");
    disk.inject({.on = Operation::SyncDirectory});
    EXPECT_FALSE(disk.sync_directory("d"));
    EXPECT_TRUE(*disk.exists("d/a"));
    EXPECT_TRUE(disk.sync_directory("d"));
    EXPECT_TRUE(*disk.exists("d/a"));
  };
  EXPECT_EQ(names_after(lost), std::set<std::string>{"| "});
  const auto named_again = [&](FaultyDisk& disk) {
    lost(disk);
    EXPECT_TRUE(disk.rename("d/a", "d/b"));
    EXPECT_TRUE(disk.rename("d/b", "d/a"));
    EXPECT_TRUE(disk.sync_directory("d"));
  };
  EXPECT_EQ(names_after(named_again), std::set<std::string>{"a | "});
  const auto two = names_after([](FaultyDisk& disk) {
    create(disk, "d/a", "");
    create(disk, "d/b", "");
    disk.inject({.on = Operation::SyncDirectory});
    EXPECT_FALSE(disk.sync_directory("d"));
    EXPECT_TRUE(disk.sync_directory("d"));
  });
  EXPECT_EQ(two, (std::set<std::string>{"| ", "a | "})) << "all, or the last of them";
}

TEST(FaultyDisk, a_rename_is_atomic_also_between_directories) {
  const auto found = names_after([](FaultyDisk& disk) {
    create(disk, "d/a", "");
    EXPECT_TRUE(disk.sync_directory("d"));
    EXPECT_TRUE(disk.rename("d/a", "e/b"));
  });
  EXPECT_EQ(found, (std::set<std::string>{"a | ", "| b "}));
  const auto synced = names_after([](FaultyDisk& disk) {
    create(disk, "d/a", "");
    EXPECT_TRUE(disk.rename("d/a", "e/b"));
    EXPECT_TRUE(disk.sync_directory("e"));
  });
  EXPECT_EQ(synced, (std::set<std::string>{"| b "}));
}

}  // namespace
}  // namespace daybook::sim
