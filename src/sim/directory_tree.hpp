// Names: the directories of a simulated disk, as processes see them and as the medium has them.
//
// Not locked: FaultyDisk, which owns one, is.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "sim/cached_file.hpp"
#include "sim/random.hpp"

namespace daybook::sim {

// How far a file system keeps the order of changes whose directories were not synced.
enum class DirectoryOrder : std::uint8_t {
  // Each directory by itself: what POSIX promises at most. Harsher than ext4 and XFS, so it finds every missing sync.
  PerDirectory,
  // One journal for all, as ext4 and XFS have: what survives is a prefix of all changes, and syncing one directory
  // makes durable whatever was changed before.
  Journal,
};

struct Directory;
using Node = std::variant<std::shared_ptr<CachedFile>, std::shared_ptr<Directory>>;

struct Directory {
  std::map<std::string, Node> entries;  // as processes see it
  std::map<std::string, Node> durable;  // as the medium has it
};

class DirectoryTree {
 public:
  // Where a path leads: the directory it is in (null if there is none) and its last name ("" for the root).
  struct Place {
    std::shared_ptr<Directory> parent;
    std::string name;
  };

  explicit DirectoryTree(DirectoryOrder order) : order_(order) {}

  // Absolute and relative paths start at the same root; "." and "" are it.
  Place place_of(const std::string& path) const;
  const Node* find(const std::string& path) const;
  std::shared_ptr<Directory> directory(const std::string& path) const;  // null if there is none
  std::shared_ptr<CachedFile> file(const std::string& path) const;      // null if there is none

  // Changes that processes see at once. Each is whole on the medium or not at all.
  void link(const Place& at, Node node);
  void unlink(const Place& at);
  void rename(const Place& from, const Place& to);
  // Makes the changes of one directory durable, and what they rest on.
  void sync(const std::shared_ptr<Directory>& directory);
  // A sync that fails: the last of those changes, or all of them, will never be durable, though processes go on seeing
  // them. What is changed after it is another change.
  void fail_sync(const std::shared_ptr<Directory>& directory, Random& random);

  // The tree that a machine finds which lost its power now: names and files.
  DirectoryTree after_power_cut(Random& random, std::size_t sector) &&;
  // The bytes of all files that processes can name.
  std::uint64_t bytes() const;
  void drop_clean_pages();  // of all files

 private:
  struct Change {
    Place from;  // no parent: a new name
    Place to;    // no parent: a removal
    Node node;
    bool touches(const Directory* d) const { return from.parent.get() == d || to.parent.get() == d; }
    void make_durable() const;
  };
  std::vector<bool> wanted_by(const Directory* directory) const;

  DirectoryOrder order_;
  std::shared_ptr<Directory> root_ = std::make_shared<Directory>();
  std::vector<Change> pending_;  // not known durable, in order
};

}  // namespace daybook::sim
