// One file as a kernel and a disk have it: bytes in a page cache, bytes on the medium, and what lies between the two.
//
// Not locked: FaultyDisk, which owns these, is. Only the memory behind `mapped()` may be read meanwhile, as that of a
// real mapping may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/random.hpp"

namespace daybook::sim {

// Memory that grows without moving, so that whoever maps a file sees later writes to it. Read as zeros until written.
class Region {
 public:
  static constexpr std::size_t kCapacity = 256u << 20;

  Region();
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  void grow(std::size_t size);  // makes the first `size` bytes usable
  std::byte* data() const { return data_; }

 private:
  std::byte* data_;
  std::size_t usable_ = 0;
};

class CachedFile {
 public:
  static constexpr std::uint64_t kMaxSize = Region::kCapacity;
  static constexpr std::uint64_t kPage = 4096;  // what the kernel marks dirty and clean

  // A file whose `content` is on the medium.
  explicit CachedFile(std::string content = {});

  // -- the cache: what every process sees
  std::uint64_t size() const { return size_; }
  std::span<const std::byte> bytes() const { return {region_->data(), size_}; }
  std::shared_ptr<const Region> mapped() const { return region_; }
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  void truncate(std::uint64_t size);
  // 64-bit words stored through a shared mapping.
  void store_word(std::size_t word, std::uint64_t value);
  std::uint64_t load_word(std::size_t word) const;

  // -- the medium
  const std::string& durable() const { return durable_; }
  void sync();
  // A sync that reports an error: what was dirty is now marked clean, and only a part of it, by the seed, is on the
  // medium. It reads back until drop_clean_pages() or the next boot; a later sync does not write it, unless another
  // write makes its page dirty again.
  void fail_sync(Random& random, std::size_t sector);
  // Memory pressure: pages that are clean are read from the medium again.
  void drop_clean_pages();
  // The file that a machine finds which lost its power now. Every sector of `sector` bytes holds what it held after
  // some number of the writes since the last sync, by the seed; for a sector they keep their order, between sectors
  // they do not. Where the file grew and no byte arrived, it is short or holds zeros.
  std::shared_ptr<CachedFile> after_power_cut(Random& random, std::size_t sector) const;

  // -- damage at rest
  void flip(std::uint64_t offset, unsigned bit);
  void set_unreadable(std::uint64_t offset, std::uint64_t size);  // until somebody writes there
  bool readable(std::uint64_t offset, std::uint64_t size) const;

 private:
  struct Write {
    std::uint64_t offset;
    std::string bytes;
  };
  struct Truncate {
    std::uint64_t size;
  };
  using Change = std::variant<Write, Truncate>;
  enum class Survival { Nothing, Everything, Parts };

  std::string with_survivors(Random& random, std::size_t sector, Survival survival) const;
  void set_durable(std::uint64_t offset, std::string_view bytes);

  std::shared_ptr<Region> region_;
  std::uint64_t size_ = 0;
  std::string durable_;
  std::vector<Change> dirty_;                                        // since the last sync, in order
  std::map<std::size_t, std::vector<std::uint64_t>> words_;          // values stored since the last sync
  std::set<std::uint64_t> clean_but_lost_;                           // pages whose bytes a failed sync lost
  std::vector<std::pair<std::uint64_t, std::uint64_t>> unreadable_;  // offset, size
};

}  // namespace daybook::sim
