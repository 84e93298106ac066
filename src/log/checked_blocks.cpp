#include "log/checked_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"

namespace daybook::log {
namespace {

// A file that is no sooner made than it is damaged again is not made for ever.
constexpr std::size_t kMostBodies = 4;

}  // namespace

CheckedBlocks::CheckedBlocks(std::string path, std::unique_ptr<io::Mapping> map, Layout layout, Position position,
                             Remake remake)
    : path_(std::move(path)),
      layout_(std::move(layout)),
      position_(position),
      remake_(std::move(remake)),
      body_(take(std::move(map))) {}

const CheckedBlocks::Body* CheckedBlocks::take(std::unique_ptr<io::Mapping> map) const {
  bodies_.push_back(std::make_unique<const Body>(
      Body{std::move(map), std::make_unique<std::atomic<std::uint64_t>[]>(blocks() / 64 + 1)}));
  return bodies_.back().get();
}

Status CheckedBlocks::check_block(const Body& body, std::uint64_t block) const {
  const auto from = layout_.begin + block * kBlock;
  const auto size = std::min(kBlock, layout_.end - from);
  if (auto there = body.map->populate(from, size); !there) return there;
  if (base::checksum(base::as_text(body.map->bytes().subspan(from, size))) != layout_.checksums[block])
    return fail(ErrorCode::Damage,
                fmt::format("{}: bytes {} to {} do not match their checksum", path_, from, from + size), position_);
  body.checked[block / 64].fetch_or(1ull << (block % 64), std::memory_order_release);
  return {};
}

Status CheckedBlocks::check(const Body& body, std::uint64_t offset, std::uint64_t size) const {
  const auto last = (offset + size - 1 - layout_.begin) / kBlock;
  for (auto block = (offset - layout_.begin) / kBlock; block <= last; ++block)
    if (!(body.checked[block / 64].load(std::memory_order_acquire) >> (block % 64) & 1))
      if (auto sound = check_block(body, block); !sound) return sound;
  return {};
}

Result<const std::byte*> CheckedBlocks::at(std::uint64_t offset, std::uint64_t size) const {
  for (;;) {
    const auto& body = *body_.load(std::memory_order_acquire);
    const auto sound = size == 0 ? Status{} : check(body, offset, size);
    if (sound) return body.map->bytes().data() + offset;
    if (auto done = replace(body, sound.error()); !done) return std::unexpected(done.error());
  }
}

Status CheckedBlocks::replace(const Body& unsound, const Error& why) const {
  const std::lock_guard guard(mutex_);
  if (body_.load(std::memory_order_relaxed) != &unsound) return {};  // another thread has met with the same
  if (!remake_ || bodies_.size() == kMostBodies) return std::unexpected(why);
  if (given_up_) return std::unexpected(*given_up_);
  auto made = remake_(why);
  if (made && (*made)->bytes().size() != unsound.map->bytes().size())
    made = fail(ErrorCode::Damage, fmt::format("{}; made anew, it has another size", why.message), position_);
  if (!made) {
    given_up_ = made.error();  // what it is made from can not be read: reading it at every look would change nothing
    return std::unexpected(made.error());
  }
  body_.store(take(std::move(*made)), std::memory_order_release);
  return {};
}

Status CheckedBlocks::check_all() const {
  for (std::uint64_t block = 0; block < blocks(); ++block)
    if (auto sound = at(layout_.begin + block * kBlock, 1); !sound) return std::unexpected(sound.error());
  return {};
}

}  // namespace daybook::log
