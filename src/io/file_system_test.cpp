#include "io/file_system.hpp"

#include <gtest/gtest.h>

#include "io/posix_file.hpp"

namespace daybook::io {
namespace {

// The numbers as statfs(2) lists them.
TEST(FileSystems, of_the_network_and_of_user_space_are_refused_by_name) {
  const std::pair<std::uint32_t, std::string> refused[] = {
      {0x6969, "NFS"},    {0x517b, "SMB"},      {0xff534d42, "SMB"},    {0xfe534d42, "SMB"}, {0x65735546, "FUSE"},
      {0x01021997, "9P"}, {0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"}};
  for (const auto& [type, name] : refused) {
    std::string warning;
    const auto checked = check_file_system_type(type, "/mnt/shop", warning);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::UnsupportedSystem);
    EXPECT_EQ(checked.error().message, "/mnt/shop is on " + name +
                                           ": a network or user-space file system, on which locks, syncs and shared "
                                           "pages are not promised; use a local ext4 or XFS");
    EXPECT_EQ(warning, "");
  }
}

TEST(FileSystems, that_are_tested_pass_without_a_word_and_others_with_a_warning) {
  const std::pair<std::uint32_t, std::string> passed[] = {
      {0xef53, ""},
      {0x58465342, ""},
      {0x01021994, "tmpfs: nothing on it outlives the machine"},
      {0x9123683e, "btrfs is not among the tested file systems (ext4, XFS)"},
      {0x2fc12fc1, "file system type 0x2fc12fc1 is not among the tested ones (ext4, XFS)"}};
  for (const auto& [type, says] : passed) {
    std::string warning;
    EXPECT_TRUE(check_file_system_type(type, "/mnt/shop", warning)) << type;
    EXPECT_EQ(warning, says);
  }
}

TEST(FileSystems, are_told_by_the_directory_that_is_asked_for) {
  std::string warning;
  EXPECT_TRUE(posix_files().check_file_system("/proc", warning));
  EXPECT_EQ(warning, "file system type 0x9fa0 is not among the tested ones (ext4, XFS)");
  const auto nowhere = posix_files().check_file_system("/proc/not-there", warning);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace daybook::io
