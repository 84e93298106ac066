#include "sim/directory_tree.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "base/ensure.hpp"

namespace daybook::sim {
namespace {

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = end + 1;
  }
  return parts;
}

std::shared_ptr<Directory> as_directory(const Node* node) {
  const auto* directory = node ? std::get_if<std::shared_ptr<Directory>>(node) : nullptr;
  return directory ? *directory : nullptr;
}

std::shared_ptr<Directory> booted(const Directory& old, Random& random, std::size_t sector) {
  auto directory = std::make_shared<Directory>();
  for (const auto& [name, node] : old.durable) {
    if (const auto* file = std::get_if<std::shared_ptr<CachedFile>>(&node)) {
      directory->entries.emplace(name, (*file)->after_power_cut(random, sector));
    } else {
      directory->entries.emplace(name, booted(*std::get<std::shared_ptr<Directory>>(node), random, sector));
    }
  }
  directory->durable = directory->entries;
  return directory;
}

void each_file(const Directory& directory, const std::function<void(CachedFile&)>& visit) {
  for (const auto& [name, node] : directory.entries) {
    if (const auto* file = std::get_if<std::shared_ptr<CachedFile>>(&node)) {
      visit(**file);
    } else {
      each_file(*std::get<std::shared_ptr<Directory>>(node), visit);
    }
  }
}

}  // namespace

DirectoryTree::Place DirectoryTree::place_of(const std::string& path) const {
  const auto parts = parts_of(path);
  if (parts.empty()) return {root_, ""};
  auto at = root_;
  for (std::size_t i = 0; at && i + 1 < parts.size(); ++i) {
    const auto entry = at->entries.find(parts[i]);
    at = entry == at->entries.end() ? nullptr : as_directory(&entry->second);
  }
  return {at, parts.back()};
}

const Node* DirectoryTree::find(const std::string& path) const {
  const auto place = place_of(path);
  if (!place.parent || place.name.empty()) return nullptr;
  const auto entry = place.parent->entries.find(place.name);
  return entry == place.parent->entries.end() ? nullptr : &entry->second;
}

std::shared_ptr<Directory> DirectoryTree::directory(const std::string& path) const {
  const auto place = place_of(path);
  if (place.name.empty()) return place.parent;
  return as_directory(find(path));
}

std::shared_ptr<CachedFile> DirectoryTree::file(const std::string& path) const {
  const auto* node = find(path);
  const auto* file = node ? std::get_if<std::shared_ptr<CachedFile>>(node) : nullptr;
  return file ? *file : nullptr;
}

void DirectoryTree::link(const Place& at, Node node) {
  ENSURE(at.parent && !at.name.empty());
  at.parent->entries.insert_or_assign(at.name, node);
  pending_.push_back({{}, at, std::move(node)});
}

void DirectoryTree::unlink(const Place& at) {
  const auto entry = at.parent->entries.find(at.name);
  ENSURE(entry != at.parent->entries.end());
  pending_.push_back({at, {}, entry->second});
  at.parent->entries.erase(entry);
}

void DirectoryTree::rename(const Place& from, const Place& to) {
  const auto entry = from.parent->entries.find(from.name);
  ENSURE(entry != from.parent->entries.end());
  Node node = entry->second;
  from.parent->entries.erase(entry);
  to.parent->entries.insert_or_assign(to.name, node);
  pending_.push_back({from, to, std::move(node)});
}

void DirectoryTree::Change::make_durable() const {
  if (from.parent) from.parent->durable.erase(from.name);
  if (to.parent) to.parent->durable.insert_or_assign(to.name, node);
}

// Which of the pending changes a sync of the directory brings to the medium.
std::vector<bool> DirectoryTree::wanted_by(const Directory* directory) const {
  // Backwards, to find what the directory's changes rest on: a rename between two directories is one change, so it
  // brings with it what the other one had seen before.
  std::vector<bool> wanted(pending_.size(), false);
  std::set<const Directory*> reached{directory};
  bool all_before = false;
  for (std::size_t i = pending_.size(); i-- > 0;) {
    const auto& change = pending_[i];
    wanted[i] = all_before || std::ranges::any_of(reached, [&](const Directory* d) { return change.touches(d); });
    if (!wanted[i]) continue;
    if (change.from.parent) reached.insert(change.from.parent.get());
    if (change.to.parent) reached.insert(change.to.parent.get());
    if (order_ == DirectoryOrder::Journal) all_before = true;
  }
  return wanted;
}

void DirectoryTree::sync(const std::shared_ptr<Directory>& directory) {
  const auto wanted = wanted_by(directory.get());
  std::vector<Change> left;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (wanted[i]) {
      pending_[i].make_durable();
    } else {
      left.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(left);
}

void DirectoryTree::fail_sync(const std::shared_ptr<Directory>& directory, Random& random) {
  const auto wanted = wanted_by(directory.get());
  const auto count = static_cast<std::uint64_t>(std::ranges::count(wanted, true));
  if (count == 0) return;
  auto kept = random.below(count);
  std::vector<Change> left;
  for (std::size_t i = 0; i < pending_.size(); ++i)
    if (!wanted[i] || (kept > 0 && kept-- > 0)) left.push_back(std::move(pending_[i]));
  pending_ = std::move(left);
}

DirectoryTree DirectoryTree::after_power_cut(Random& random, std::size_t sector) && {
  // This machine is gone: its directories may be changed to what the medium had.
  const auto fate = random.below(4);  // 0: nothing of what is pending survives, 1: everything does
  std::set<const Directory*> stopped;
  bool all_stopped = false;
  for (const auto& change : pending_) {
    const bool lost = all_stopped || stopped.contains(change.from.parent.get()) ||
                      stopped.contains(change.to.parent.get()) || fate == 0 || (fate > 1 && random.one_in(4));
    if (!lost) {
      change.make_durable();
      continue;
    }
    if (order_ == DirectoryOrder::Journal) all_stopped = true;
    if (change.from.parent) stopped.insert(change.from.parent.get());
    if (change.to.parent) stopped.insert(change.to.parent.get());
  }
  DirectoryTree tree(order_);
  tree.root_ = booted(*root_, random, sector);
  return tree;
}

std::uint64_t DirectoryTree::bytes() const {
  std::uint64_t sum = 0;
  each_file(*root_, [&](const CachedFile& file) { sum += file.size(); });
  return sum;
}

void DirectoryTree::drop_clean_pages() {
  each_file(*root_, [](CachedFile& file) { file.drop_clean_pages(); });
}

}  // namespace daybook::sim
