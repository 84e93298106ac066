// A guide over sixteen sealed segments: which of them have a key (docs/format/index.md, "Guides").
//
// What nobody has would otherwise be asked of the index of every segment. A guide over sixteen guides is the same one
// level up, so that a look into thousands of segments asks a few dozen files. Derived from the indexes; always
// disposable: where there is none, or a damaged one, every segment is asked. It may send a look to a segment in vain,
// since it compares hashes, and never passes over one that has the key.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/types.hpp"
#include "io/file.hpp"
#include "log/checked_blocks.hpp"

namespace daybook::log {

// Which segments a guide is over: it ends with segment `last`, a multiple of their number.
struct GuidePlace {
  LogId log;
  std::uint32_t level = 1;  // over segments; above: over guides of the level below
  std::uint64_t last = 0;
  Position end{};       // behind the last segment
  Chain chain_after{};  // there: it binds all that is before
  friend bool operator==(const GuidePlace&, const GuidePlace&) = default;
};

// Ascending hashes of what a guide is to be over.
struct Hashes {
  std::uint64_t count = 0;
  std::function<Result<std::uint64_t>(std::uint64_t number)> at;
};

// Any thread may use one.
class Guide {
 public:
  static constexpr std::uint32_t kChildren = 16;
  static constexpr std::uint32_t kMaxLevel = 5;                      // a million segments
  static std::string name(std::uint64_t last, std::uint32_t level);  // "000000000016.guide1"
  // The last segment of a guide with such a name; 0 for other names.
  static std::uint64_t last_in(std::string_view file_name);
  // Segments that a guide of this level is over; 1 for level 0, a segment.
  static constexpr std::uint64_t segments(std::uint32_t level) { return 1ull << (4 * level); }

  // NotFound, Damage, UnsupportedVersion, ForeignHistory (of another place).
  static Result<std::unique_ptr<Guide>> open(io::Files& files, const std::string& path, const GuidePlace& place);

  const GuidePlace& place() const { return place_; }
  // A bit for each child that may have a key with this hash, the oldest's the lowest. All of them once damage was met.
  std::uint32_t children_with(std::uint64_t hash) const;
  // What was met; it is to be made anew.
  std::optional<Error> damage() const;
  // All of it against its checksums.
  Status check_all() const { return blocks_->check_all(); }
  // All of it against what it is over.
  Status check(const std::vector<Hashes>& children) const;

  // Its keys' hashes, without their low bits, ascending: what the guide of the next level is made from.
  static Hashes hashes_of(std::shared_ptr<const Guide> guide);
  std::size_t memory_bytes() const { return sizeof *this + blocks_->blocks() * 8; }
  std::size_t mapped_bytes() const { return blocks_->bytes(); }

 private:
  Guide() = default;
  Result<std::uint64_t> entry(std::uint64_t number) const;
  std::uint32_t give_up(const Error& why) const;

  std::string path_;
  GuidePlace place_;
  std::uint64_t keys_ = 0;
  std::unique_ptr<CheckedBlocks> blocks_;
  mutable std::atomic<bool> damaged_ = false;
  mutable std::mutex mutex_;  // guards damage_
  mutable std::optional<Error> damage_;
};

// What a guide over these says, key by key.
class GuideMerge {
 public:
  explicit GuideMerge(std::vector<Hashes> children);
  // The next entry; nothing at the end.
  Result<std::optional<std::uint64_t>> next();

 private:
  struct Child {
    Hashes hashes;
    std::uint64_t next = 0;
    std::optional<std::uint64_t> head{};  // its least that was not taken, as an entry has it
  };
  static Status advance(Child& child);

  std::vector<Child> children_;
  bool begun_ = false;
};

// A guide being made, a slice at a time, so that who makes it can do other things in between.
class GuideMaking {
 public:
  // What is in the way at `path`, or was left there half done, is replaced.
  static Result<std::unique_ptr<GuideMaking>> begin(io::Files& files, std::string path, const GuidePlace& place,
                                                    std::vector<Hashes> children);
  ~GuideMaking();  // removes what is not finished

  const GuidePlace& place() const { return place_; }
  // Some milliseconds' worth more; true once the guide is there, durable. After an error there will be none.
  Result<bool> some();

 private:
  GuideMaking(io::Files& files, std::string path, const GuidePlace& place, std::vector<Hashes> children);
  Status write(std::string_view slice);
  Status finish();

  io::Files& files_;
  const std::string path_;
  const GuidePlace place_;
  GuideMerge merge_;
  std::unique_ptr<io::File> file_;
  std::uint64_t keys_ = 0;
  std::vector<std::uint64_t> checksums_;
  bool finished_ = false;
};

}  // namespace daybook::log
