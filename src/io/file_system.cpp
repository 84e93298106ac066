#include "io/file_system.hpp"

#include <fmt/format.h>
#include <linux/magic.h>

namespace daybook::io {
namespace {

// Those that <linux/magic.h> does not have everywhere.
constexpr std::uint32_t kXfs = 0x58465342, kBtrfs = 0x9123683e, kFuse = 0x65735546, kCifs = 0xff534d42,
                        kSmb2 = 0xfe534d42, kCeph = 0x00c36400, kLustre = 0x0bd00bd0, kGpfs = 0x47504653;

}  // namespace

Status check_file_system_type(std::uint32_t type, const std::string& directory, std::string& warning) {
  const auto refused = [&](std::string_view name) {
    return fail(ErrorCode::UnsupportedSystem, fmt::format("{} is on {}: a network or user-space file system, on "
                                                          "which locks, syncs and shared pages are not promised; "
                                                          "use a local ext4 or XFS",
                                                          directory, name));
  };
  switch (type) {
    case EXT4_SUPER_MAGIC:
    case kXfs: return {};
    case NFS_SUPER_MAGIC: return refused("NFS");
    case kCifs:
    case kSmb2:
    case SMB_SUPER_MAGIC: return refused("SMB");
    case kFuse: return refused("FUSE");
    case V9FS_MAGIC: return refused("9P");
    case kCeph: return refused("Ceph");
    case kLustre: return refused("Lustre");
    case kGpfs: return refused("GPFS");
    case TMPFS_MAGIC: warning = "tmpfs: nothing on it outlives the machine"; return {};
    case kBtrfs: warning = "btrfs is not among the tested file systems (ext4, XFS)"; return {};
    default: warning = fmt::format("file system type {:#x} is not among the tested ones (ext4, XFS)", type); return {};
  }
}

}  // namespace daybook::io
