// A mapped file whose blocks are each checked before they are first read.
//
// For a file that is derived from another: a block that is not sound, or can not be read, is no loss if the file can be
// made anew. Another mapping of the same bytes then takes its place; what was handed out before stays where it is.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daybook/types.hpp"
#include "io/file.hpp"

namespace daybook::log {

class CheckedBlocks {
 public:
  static constexpr std::uint64_t kBlock = 64u << 10;
  // The same bytes again, made from what they were derived from.
  using Remake = std::function<Result<std::unique_ptr<io::Mapping>>(const Error& why)>;

  struct Layout {
    std::uint64_t begin = 0;               // of the first block
    std::uint64_t end = 0;                 // of the last, which may be shorter
    std::vector<std::uint64_t> checksums;  // of each; sound
  };
  // Without `remake` what is not sound is an error for good. `position` is what such an error names.
  CheckedBlocks(std::string path, std::unique_ptr<io::Mapping> map, Layout layout, Position position, Remake remake);

  // Any thread. These bytes, of sound blocks; valid for as long as this lives.
  Result<const std::byte*> at(std::uint64_t offset, std::uint64_t size) const;
  Status check_all() const;
  std::size_t blocks() const { return layout_.checksums.size(); }
  std::size_t bytes() const { return body_.load(std::memory_order_acquire)->map->bytes().size(); }

 private:
  struct Body {
    std::unique_ptr<io::Mapping> map;
    std::unique_ptr<std::atomic<std::uint64_t>[]> checked;  // a bit a block
  };
  Status check(const Body& body, std::uint64_t offset, std::uint64_t size) const;
  Status check_block(const Body& body, std::uint64_t block) const;
  Status replace(const Body& unsound, const Error& why) const;
  const Body* take(std::unique_ptr<io::Mapping> map) const;

  const std::string path_;
  const Layout layout_;
  const Position position_;
  const Remake remake_;
  mutable std::mutex mutex_;  // guards what follows, but for reading body_
  mutable std::vector<std::unique_ptr<const Body>> bodies_;
  mutable std::optional<Error> given_up_;
  mutable std::atomic<const Body*> body_;
};

}  // namespace daybook::log
