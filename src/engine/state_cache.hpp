// The states kept in memory, bounded in bytes: what was used longest ago goes first, and what was used last never.
//
// Guarded by the engine's mutex.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/resident.hpp"

namespace daybook::engine {

class StateCache {
 public:
  explicit StateCache(std::size_t limit_bytes) : limit_(limit_bytes) {}

  // The resident of this state, made if there is none; it is now the one used last. There is one at most, as long as
  // anybody holds it.
  std::shared_ptr<Resident> of(const erased::Target& target);
  void set_bytes(Resident& resident, std::size_t bytes);
  // Takes out what is too much and held by nobody; to be destroyed outside the lock.
  std::vector<std::shared_ptr<Resident>> evict();

  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return residents_.size(); }
  template <class F>
  void for_each(F&& f) {
    for (auto& [key, resident] : residents_) f(*resident);
  }

 private:
  struct Key {
    const erased::StateType* type;
    std::string_view stream;
    std::string boundary;  // empty: a stream
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  static Key key_of(const erased::Target& target);

  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::unordered_map<Key, std::shared_ptr<Resident>, Hash> residents_;  // a key views its resident's own name
  std::list<Resident*> by_use_;                                         // used last: first
};

}  // namespace daybook::engine
