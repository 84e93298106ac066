// What revision each stream has come to, in little memory: 24 bytes a stream and no names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/checksum.hpp"
#include "base/uuid.hpp"

namespace daybook::maintenance {

// Streams are told apart by 128 bits of hash, seeded anew in each process: nobody can choose names that collide.
template <class T>
class ByStream {
 public:
  T* find(std::string_view stream) {
    const auto it = map_.find(key(stream));
    return it == map_.end() ? nullptr : &it->second;
  }
  T& operator[](std::string_view stream) { return map_[key(stream)]; }
  std::size_t size() const { return map_.size(); }

 private:
  using Key = std::array<std::uint64_t, 2>;
  struct Hash {
    std::size_t operator()(const Key& key) const { return key[0]; }
  };
  Key key(std::string_view stream) const { return {base::hash(stream, seed_[0]), base::hash(stream, seed_[1])}; }
  static std::array<std::uint64_t, 2> seeds() {
    const auto id = base::random_uuid();
    const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    return {base::hash(bytes, 1), base::hash(bytes, 2)};
  }

  const std::array<std::uint64_t, 2> seed_ = seeds();
  std::unordered_map<Key, T, Hash> map_;
};

}  // namespace daybook::maintenance
