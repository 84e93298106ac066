#include "maintenance/bad_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

namespace daybook::maintenance {
namespace {

// What the kernel reads at once, and so loses at once, for a sector that is bad.
constexpr std::uint64_t kPage = 4096;

class BadPages {
 public:
  BadPages(const io::File& file, const SegmentFile& segment, OnFinding found)
      : file_(&file), name_(segment.name), number_(segment.number), found_(std::move(found)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) {
    // A page that was bad is not tried again: a disk may take seconds to give up on it.
    const auto known = bad_.lower_bound(offset / kPage);
    if (known == bad_.end() || *known * kPage >= offset + into.size()) {
      auto got = file_->read_at(offset, into);
      if (got || got.error().code != ErrorCode::IoError) return got;
    }
    return read_by_page(offset, into);
  }

 private:
  Result<std::size_t> read_by_page(std::uint64_t offset, std::span<std::byte> into) {
    const auto size = file_->size();
    if (!size) return std::unexpected(size.error());
    const auto end = std::min(offset + into.size(), std::max(*size, offset));
    for (auto at = offset; at < end;) {
      const auto page = at / kPage, until = std::min(end, (page + 1) * kPage);
      const auto part = into.subspan(at - offset, until - at);
      if (!bad_.contains(page)) {
        const auto got = file_->read_at(at, part);
        if (got && *got < part.size()) return at - offset + *got;
        if (!got && got.error().code != ErrorCode::IoError) return got;
        if (!got) is_bad(page, got.error());
      }
      if (bad_.contains(page)) std::ranges::fill(part, std::byte{0});
      at = until;
    }
    return end - offset;
  }

  void is_bad(std::uint64_t page, const Error& why) {
    bad_.insert(page);
    found_({ErrorCode::IoError,
            name_,
            number_,
            page * kPage,
            {},
            {},
            fmt::format("the {} bytes from here on can not be read: {}", kPage, why.message)});
  }

  const io::File* file_;
  std::string name_;
  std::uint64_t number_;
  OnFinding found_;
  std::set<std::uint64_t> bad_;
};

}  // namespace

journal::ReadBytes read_past_bad_pages(const io::File& file, const SegmentFile& segment, OnFinding found) {
  auto pages = std::make_shared<BadPages>(file, segment, std::move(found));  // std::function wants to be copied
  return [pages](std::uint64_t offset, std::span<std::byte> into) { return pages->read(offset, into); };
}

}  // namespace daybook::maintenance
