#include "snapshot/directory_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "snapshot/format.hpp"

namespace daybook::snapshot {
namespace {

constexpr std::string_view kSuffix = ".checkpoint";
constexpr std::string_view kLeftover = ".checkpoint.new";  // of io::replace_whole

}  // namespace

DirectoryCheckpoints::DirectoryCheckpoints(io::Files& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

std::string DirectoryCheckpoints::path_of(std::string_view name) const {
  return fmt::format("{}/{}{}", directory_, file_name_of(name), kSuffix);
}

Result<std::optional<Checkpoint>> DirectoryCheckpoints::load(std::string_view name) const {
  const std::string path = path_of(name);
  const auto bytes = io::read_whole(files_, path, kMaxCheckpointBytes);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) return std::nullopt;
  if (!bytes) return std::unexpected(bytes.error());
  auto named = decode_checkpoint(*bytes, path);
  if (!named) return std::unexpected(named.error());
  if (named->name != name)
    return fail(ErrorCode::Damage, fmt::format("{} holds the checkpoint of {}; {} was expected", path,
                                               base::quoted(named->name), base::quoted(name)));
  return std::move(named->checkpoint);
}

Status DirectoryCheckpoints::save(std::string_view name, const Checkpoint& checkpoint) {
  const auto bytes = encode_checkpoint(name, checkpoint);
  if (!bytes) return std::unexpected(bytes.error());
  const std::lock_guard lock(writing_);
  if (auto made = files_.make_directory(directory_); !made) return made;
  return io::replace_whole(files_, path_of(name), *bytes);
}

Status DirectoryCheckpoints::remove(std::string_view name) {
  const std::lock_guard lock(writing_);
  const auto path = path_of(name);
  const auto held = io::read_whole(files_, path, kMaxCheckpointBytes);
  auto removed = files_.remove(path);
  const auto unsure = unsure_.find(path);
  if (!removed && removed.error().code == ErrorCode::NotFound && unsure != unsure_.end()) {
    // That it was removed may be known to the cache alone, and another sync would say yes all the same. So the name is
    // given and taken once more, which is a change of its own; to what it held, for who is killed in between leaves it.
    if (auto named = io::replace_whole(files_, path, unsure->second); !named) return named;
    removed = files_.remove(path);
  }
  if (!removed && removed.error().code != ErrorCode::NotFound) return removed;
  if (!removed) return {};
  if (held) unsure_[path] = *held;
  unsure_.try_emplace(path);  // it could not even be read
  if (auto synced = files_.sync_directory(directory_); !synced) return synced;
  unsure_.erase(path);
  return {};
}

Result<std::vector<std::string>> DirectoryCheckpoints::names() const {
  const auto entries = files_.list(directory_);
  if (!entries && entries.error().code == ErrorCode::NotFound) return std::vector<std::string>{};
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::string> all;
  for (const auto& entry : *entries) {
    if (entry.name.ends_with(kLeftover)) continue;
    const std::string path = directory_ + "/" + entry.name;
    if (entry.directory || !entry.name.ends_with(kSuffix))
      return fail(ErrorCode::Damage, fmt::format("{} is not a checkpoint", path));
    const auto bytes = io::read_whole(files_, path, kMaxCheckpointBytes);
    if (!bytes && bytes.error().code == ErrorCode::NotFound) continue;  // removed since the directory was listed
    if (!bytes) return std::unexpected(bytes.error());
    auto named = decode_checkpoint(*bytes, path);
    if (!named) return std::unexpected(named.error());
    if (path_of(named->name) != path)
      return fail(ErrorCode::Damage, fmt::format("{} holds the checkpoint of {}, which belongs in {}", path,
                                                 base::quoted(named->name), path_of(named->name)));
    all.push_back(std::move(named->name));
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace daybook::snapshot
