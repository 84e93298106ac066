// Retention where bytes are wrong: nothing is planned, moved or removed over what cannot be read.
#include "maintenance/test_retention.hpp"

namespace daybook::maintenance {
namespace {

TEST_F(Retention, a_damaged_segment_is_not_moved) {
  disk.flip(kStore + "/log/000000000002.seg", 4300, 3);
  const auto moved = move();
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::Damage);
  EXPECT_TRUE(*disk.exists(kStore + "/log/000000000001.seg"));
}

TEST_F(Retention, a_deletion_is_not_planned_over_what_can_not_be_read) {
  ASSERT_TRUE(move());
  const auto first = kArchive + "/000000000001.seg";
  const auto content = *disk.cached(first);
  // The header of the first group, of the last one with events, and of the seal; and the end of the file gone.
  for (const std::size_t at :
       {std::size_t{4096 + 30}, content.rfind("DBKG", content.size() - 89), content.size() - 60}) {
    disk.flip(first, at, 2);
    const auto planned = plan({20});
    disk.flip(first, at, 2);
    ASSERT_FALSE(planned) << "byte " << at;
    EXPECT_EQ(planned.error().code, ErrorCode::Damage);
    EXPECT_THAT(planned.error().message, testing::HasSubstr("000000000001.seg: position "));
  }
  EXPECT_TRUE(plan({20}));
  EXPECT_EQ(everything(disk, kStore), before);
}

TEST_F(Retention, whether_a_stream_goes_on_is_known_though_what_stays_is_damaged) {
  std::string again;
  {
    auto store = open_store(disk, "/two");
    ASSERT_TRUE(append(store->log(), {{.stream = "Twice-1", .type = "T", .data = "1"}}));
    fill(store->log(), 10);
    ASSERT_TRUE(append(store->log(), {{.stream = "Twice-1", .type = "T", .data = "2"}}));
    again = "/two/log/" + journal::segment_name(store->details().catalog().segments()->back().place.number);
    fill(store->log(), 10);
  }
  ASSERT_TRUE(open_store(disk, "/two")->close());  // every sealed segment has its index
  ASSERT_TRUE(archive(disk, "/two", "/two-archive", {10}, {}));
  ASSERT_NE(disk.cached(again)->find("Twice-1"), std::string::npos);
  disk.flip(again, 4096 + 30, 2);
  const auto planned = plan_deletion(disk, "/two", {10}, nullptr, nullptr);
  ASSERT_TRUE(planned) << planned.error().message;
  const auto twice = std::ranges::find(planned->streams, "Twice-1", &Deletion::Stream::name);
  ASSERT_NE(twice, planned->streams.end());
  EXPECT_TRUE(twice->goes_on);
}

TEST_F(Retention, the_only_sound_copy_is_never_removed) {
  ASSERT_TRUE(move());
  const auto archived = kArchive + "/000000000001.seg", put_back = kStore + "/log/000000000001.seg";
  const auto content = *disk.cached(archived);
  // The archive lost it, or has it damaged: its header, a group, its seal, its end.
  for (const std::size_t at : {std::size_t{0}, std::size_t{50}, std::size_t{4096 + 30}, std::size_t{4096 + 100},
                               content.size() - 60, content.size()}) {
    disk.put(put_back, content);
    if (at == 0)
      disk.erase(archived);
    else if (at == content.size())
      disk.cut_file(archived, at - 300);
    else
      disk.flip(archived, at, 1);
    std::vector<std::string> notes;
    ArchiveOptions options;
    options.note = [&](const std::string& text) { notes.push_back(text); };
    const auto again = archive(disk, kStore, kArchive, {40}, options);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_THAT(notes, testing::Contains(testing::HasSubstr(archived))) << at;
    EXPECT_TRUE(disk.cached(archived) == content) << "the sound copy took its place";
    EXPECT_FALSE(*disk.exists(put_back));
    ASSERT_TRUE(everything(disk, kStore) == before) << at;
  }
}

TEST_F(Retention, two_damaged_copies_both_stay) {
  ASSERT_TRUE(move());
  const auto archived = kArchive + "/000000000001.seg", put_back = kStore + "/log/000000000001.seg";
  disk.put(put_back, *disk.cached(archived));
  disk.flip(put_back, 4096 + 100, 1);
  disk.flip(archived, 4096 + 30, 1);
  const auto again = move();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::Damage);
  EXPECT_TRUE(*disk.exists(archived));
  EXPECT_TRUE(*disk.exists(put_back));
}

}  // namespace
}  // namespace daybook::maintenance
