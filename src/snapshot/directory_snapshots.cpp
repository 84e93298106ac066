#include "snapshot/directory_snapshots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <tuple>

#include "base/checksum.hpp"
#include "base/utf8.hpp"
#include "snapshot/format.hpp"

namespace daybook::snapshot {
namespace {

constexpr std::string_view kSuffix = ".snapshot";
constexpr std::string_view kLeftover = ".new";  // of io::replace_whole
constexpr std::size_t kDigits = 20;             // of the greatest position, so that names sort as numbers

std::string name_of(Position position) { return fmt::format("{:0{}}{}", position.value, kDigits, kSuffix); }

std::optional<Position> position_of(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  Position position;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, position.value);
  if (error != std::errc{} || end != name.data() + kDigits) return {};
  return position;
}

// One snapshot, whole, and standing where its content says it belongs. `bytes` holds what the view points into.
Result<SnapshotView> read_sound(io::Files& files, const std::string& folder, const std::string& name,
                                const std::function<bool(std::string_view)>& is_of_folder, std::string& bytes) {
  const std::string path = folder + "/" + name;
  auto content = io::read_whole(files, path, kMaxSnapshotBytes);
  if (!content) return std::unexpected(content.error());
  bytes = *std::move(content);
  auto view = decode_snapshot(bytes, path);
  if (!view) return view;
  if (!is_of_folder(view->info.key))
    return fail(ErrorCode::Damage, fmt::format("{} holds a snapshot of {}, which belongs in {}", path,
                                               base::quoted(view->info.key), file_name_of(view->info.key)));
  if (name_of(view->info.mark.position) != name)
    return fail(ErrorCode::Damage, fmt::format("{} holds a snapshot of position {}, which belongs in {}", path,
                                               view->info.mark.position.value, name_of(view->info.mark.position)));
  return view;
}

}  // namespace

DirectorySnapshots::DirectorySnapshots(io::Files& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

std::string DirectorySnapshots::folder_of(std::string_view key) const { return directory_ + "/" + file_name_of(key); }

std::mutex& DirectorySnapshots::mutex_of(std::string_view key) const {
  return mutexes_[base::checksum(key) % mutexes_.size()];
}

Result<std::vector<std::string>> DirectorySnapshots::names_in(const std::string& folder) const {
  const auto entries = files_.list(folder);
  if (!entries && entries.error().code == ErrorCode::NotFound) return std::vector<std::string>{};
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::string> names;
  for (const auto& entry : *entries)
    if (!entry.directory && position_of(entry.name)) names.push_back(entry.name);
  std::ranges::sort(names, std::greater{});
  return names;
}

Status DirectorySnapshots::remove_leftovers(const std::string& folder) {
  const auto entries = files_.list(folder);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries) {
    if (entry.directory || !entry.name.ends_with(kLeftover)) continue;
    if (auto removed = files_.remove(folder + "/" + entry.name); !removed) return removed;
  }
  return {};  // not synced: should one come back, it is removed again
}

Status DirectorySnapshots::save(const SnapshotInfo& info, std::string_view state) {
  auto bytes = encode_snapshot(info, state);
  if (!bytes) return std::unexpected(bytes.error());
  const std::string folder = folder_of(info.key);
  const std::lock_guard lock(mutex_of(info.key));
  if (auto made = files_.make_directory(folder); !made) return made;
  if (auto clean = remove_leftovers(folder); !clean) return clean;
  return io::replace_whole(files_, folder + "/" + name_of(info.mark.position), *bytes);
}

Result<std::optional<Snapshot>> DirectorySnapshots::newest(std::string_view key, const Accept& accept,
                                                           const Skipped& skipped) const {
  const std::string folder = folder_of(key);
  std::vector<std::string> refused, gone;
  for (;;) {
    const auto names = names_in(folder);
    if (!names) return std::unexpected(names.error());
    std::vector<std::string> gone_now;
    for (const auto& name : *names) {
      if (std::ranges::find(refused, name) != refused.end()) continue;
      std::string bytes;
      const auto view = read_sound(files_, folder, name, [&](std::string_view k) { return k == key; }, bytes);
      if (!view && view.error().code == ErrorCode::NotFound) {
        gone_now.push_back(name);  // pruned since the folder was listed: nothing to tell
        continue;
      }
      const Status accepted = view ? accept(view->info) : Status(std::unexpected(view.error()));
      if (accepted) return Snapshot{view->info, std::string(view->state)};
      skipped(folder + "/" + name, accepted.error());
      refused.push_back(name);
    }
    // No lock is held, as other processes prune too: those that were listed may all have been pruned for newer ones,
    // which a new list has. It ends: nobody prunes without saving, and a name that is listed and never there is seen
    // twice.
    if (gone_now.empty() || gone_now == gone) return std::nullopt;
    gone = std::move(gone_now);
  }
}

Result<std::vector<SnapshotInfo>> DirectorySnapshots::list(const Skipped& skipped) const {
  const auto folders = files_.list(directory_);
  if (!folders && folders.error().code == ErrorCode::NotFound) return std::vector<SnapshotInfo>{};
  if (!folders) return std::unexpected(folders.error());
  std::vector<SnapshotInfo> all;
  for (const auto& folder : *folders) {
    const std::string path = directory_ + "/" + folder.name;
    if (!folder.directory) {
      skipped(path, Error{ErrorCode::Damage, fmt::format("{} is not a folder of snapshots", path), {}});
      continue;
    }
    const auto entries = files_.list(path);
    if (!entries) {
      skipped(path, entries.error());
      continue;
    }
    for (const auto& entry : *entries) {
      const std::string file = path + "/" + entry.name;
      if (entry.name.ends_with(kLeftover)) continue;  // being written, or of a crash: no snapshot yet
      if (entry.directory || !position_of(entry.name)) {
        skipped(file, Error{ErrorCode::Damage,
                            fmt::format("{} is not named as a snapshot is: {} digits and {}", file, kDigits, kSuffix),
                            {}});
        continue;
      }
      std::string bytes;
      auto view = read_sound(
          files_, path, entry.name, [&](std::string_view key) { return file_name_of(key) == folder.name; }, bytes);
      if (view) {
        all.push_back(std::move(view->info));
      } else if (view.error().code != ErrorCode::NotFound) {
        skipped(file, view.error());
      }
    }
  }
  std::ranges::sort(all, [](const SnapshotInfo& a, const SnapshotInfo& b) {
    return std::tie(a.key, a.mark.position) < std::tie(b.key, b.mark.position);
  });
  return all;
}

Status DirectorySnapshots::prune(std::string_view key, std::size_t keep) {
  const std::string folder = folder_of(key);
  const std::lock_guard lock(mutex_of(key));
  const auto names = names_in(folder);
  if (!names) return std::unexpected(names.error());
  if (names->empty()) return {};
  if (auto clean = remove_leftovers(folder); !clean) return clean;
  // Within one history what stands later was recorded later; of two histories the younger one counts, though its
  // positions may be smaller.
  struct Sound {
    Time recorded;
    std::string name;
    auto operator<=>(const Sound&) const = default;
  };
  std::vector<Sound> kept;
  std::vector<std::string> surplus, unsound;
  for (const auto& name : *names) {
    std::string bytes;
    const auto view = read_sound(files_, folder, name, [&](std::string_view k) { return k == key; }, bytes);
    if (view) {
      kept.push_back({view->info.last_recorded, name});
    } else {
      unsound.push_back(name);
    }
  }
  std::ranges::sort(kept, std::greater{});
  for (; kept.size() > keep; kept.pop_back()) surplus.push_back(std::move(kept.back().name));
  // A damaged one may be looked at by whoever wonders, until as many sound ones are newer.
  if (kept.size() == keep) {
    for (const auto& name : unsound)
      if (std::ranges::all_of(kept, [&](const Sound& k) { return name < k.name; })) surplus.push_back(name);
  }
  for (const auto& name : surplus)
    if (auto removed = files_.remove(folder + "/" + name); !removed) return removed;
  return surplus.empty() ? Status{} : files_.sync_directory(folder);
}

}  // namespace daybook::snapshot
