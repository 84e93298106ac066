#include "sim/faulty_disk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "sim/faulty_machine.hpp"

namespace daybook::sim {
namespace {

std::string_view doing(Operation operation) {
  switch (operation) {
    case Operation::Open: return "opening";
    case Operation::Create: return "creating";
    case Operation::Read: return "reading";
    case Operation::Write: return "writing";
    case Operation::Sync: return "syncing";
    case Operation::Truncate: return "truncating";
    case Operation::Map: return "mapping";
    case Operation::List: return "listing";
    case Operation::MakeDirectory: return "making directory";
    case Operation::Rename: return "renaming";
    case Operation::Remove: return "removing";
    case Operation::SyncDirectory: return "syncing directory";
    case Operation::Lock: return "locking";
    case Operation::Page: return "opening page";
    case Operation::StoreWord: return "storing into";
  }
  return "?";
}

// Opening a lock or a page may create a file; the rest of those that change nothing is plain.
bool changes(Operation operation) {
  switch (operation) {
    case Operation::Open:
    case Operation::Read:
    case Operation::Map:
    case Operation::List: return false;
    default: return true;
  }
}

std::unexpected<Error> no_entry(Operation operation, const std::string& path) {
  return fail(ErrorCode::NotFound, fmt::format("{} {}: No such file or directory", doing(operation), path));
}

}  // namespace

Status Process::Core::enter(Life& life, Operation operation, const std::string& path) {
  if (!dead(life) && calls_until_crash && changes(operation) && (*calls_until_crash)-- == 0) {
    calls_until_crash.reset();
    kill(life);
  }
  if (dead(life)) return fail(ErrorCode::IoError, fmt::format("{} {}: the process is dead", doing(operation), path));
  if (changes(operation)) ++counts.operations;
  if (operation == Operation::Read) ++counts.reads;
  if (operation == Operation::Write) ++counts.writes;
  if (operation == Operation::Sync) ++counts.syncs;
  if (operation == Operation::SyncDirectory) ++counts.directory_syncs;
  if (operation == Operation::StoreWord) return {};
  if (auto error = fault(operation, path)) return std::unexpected(*std::move(error));
  return {};
}

std::optional<Error> Process::Core::fault(Operation operation, const std::string& path) {
  std::optional<ErrorCode> code;
  for (auto& f : faults) {
    if (f.on != operation || path.find(f.path) == path.npos) continue;
    if (f.skip > 0) {
      --f.skip;
    } else if (f.times > 0) {
      --f.times;
      code = f.code;
      break;
    }
  }
  const double rate = rates[static_cast<std::size_t>(operation)];
  if (!code && rate > 0 && random.chance(rate)) code = ErrorCode::IoError;
  if (!code) return {};
  return Error{*code, fmt::format("{} {}: injected {}", doing(operation), path, name_of(*code)), {}};
}

Status Process::Core::check_room(std::uint64_t more_bytes, const std::string& path) const {
  if (!capacity || more_bytes == 0 || tree.bytes() + more_bytes <= *capacity) return {};
  return fail(ErrorCode::DiskFull, fmt::format("writing {}: No space left on device", path));
}

void Process::Core::kill(Life& life) {
  life.killed = true;
  std::erase_if(locks, [&](const auto& held) { return held.second.by == &life; });
}

Process::Process(std::shared_ptr<Core> core) : core_(std::move(core)) {
  const std::lock_guard lock(core_->mutex);
  life_ = std::make_shared<Life>(core_->boot);
}

Process::~Process() = default;

void Process::kill() {
  const std::lock_guard lock(core_->mutex);
  core_->kill(*life_);
}

bool Process::dead() const {
  const std::lock_guard lock(core_->mutex);
  return core_->dead(*life_);
}

Result<std::unique_ptr<io::File>> Process::open(const std::string& path, io::Open how) {
  const std::lock_guard lock(core_->mutex);
  const auto operation = how == io::Open::Create ? Operation::Create : Operation::Open;
  if (auto entered = core_->enter(*life_, operation, path); !entered) return std::unexpected(entered.error());
  const Node* node = core_->tree.find(path);
  if (how == io::Open::Create) {
    if (node) return fail(ErrorCode::IoError, fmt::format("creating {}: File exists", path));
    const auto place = core_->tree.place_of(path);
    if (!place.parent || place.name.empty()) return no_entry(operation, path);
    auto file = std::make_shared<CachedFile>();
    core_->tree.link(place, file);
    return make_file(core_, life_, std::move(file), path, true);
  }
  auto file = core_->tree.file(path);
  if (!file && (node || core_->tree.directory(path)))
    return fail(ErrorCode::InvalidArgument, fmt::format("{} is not a regular file", path));
  if (!file) return no_entry(operation, path);
  return make_file(core_, life_, std::move(file), path, how == io::Open::Write);
}

Result<bool> Process::exists(const std::string& path) {
  const std::lock_guard lock(core_->mutex);
  if (auto entered = core_->enter(*life_, Operation::List, path); !entered) return std::unexpected(entered.error());
  return core_->tree.find(path) || core_->tree.directory(path);
}

Result<std::vector<io::Entry>> Process::list(const std::string& directory) {
  const std::lock_guard lock(core_->mutex);
  if (auto entered = core_->enter(*life_, Operation::List, directory); !entered)
    return std::unexpected(entered.error());
  const auto found = core_->tree.directory(directory);
  if (!found) return no_entry(Operation::List, directory);
  std::vector<io::Entry> entries;
  for (const auto& [name, node] : found->entries) {
    const auto* file = std::get_if<std::shared_ptr<CachedFile>>(&node);
    entries.push_back({name, file == nullptr, file ? (*file)->size() : 0});
  }
  return entries;
}

Status Process::make_directory(const std::string& path) {
  if (const auto there = exists(path); !there || *there) return there ? Status{} : std::unexpected(there.error());
  const auto parent = io::parent_of(path);
  if (parent != path) {
    const auto there = exists(parent);
    if (!there) return std::unexpected(there.error());
    // As the real one does: who made it may have been killed before its name was durable.
    if (auto named = *there ? sync_directory(io::parent_of(parent)) : make_directory(parent); !named) return named;
  }
  {
    const std::lock_guard lock(core_->mutex);
    if (auto entered = core_->enter(*life_, Operation::MakeDirectory, path); !entered) return entered;
    if (core_->tree.find(path)) return {};  // as mkdir's EEXIST is taken, also for a file of that name
    core_->tree.link(core_->tree.place_of(path), std::make_shared<Directory>());
  }
  auto synced = sync_directory(parent);
  if (synced) return synced;
  // As the real one does: who tries again must not find it and rest on a name that may be lost.
  const std::lock_guard lock(core_->mutex);
  if (!core_->dead(*life_)) core_->tree.unlink(core_->tree.place_of(path));
  return synced;
}

Status Process::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(core_->mutex);
  if (auto entered = core_->enter(*life_, Operation::Rename, from); !entered) return entered;
  const auto target = core_->tree.place_of(to);
  if (!core_->tree.find(from) || !target.parent || target.name.empty()) return no_entry(Operation::Rename, from);
  const bool inside_itself = core_->tree.directory(from) && to.starts_with(from + "/");
  if (inside_itself || core_->tree.directory(to) || (core_->tree.directory(from) && core_->tree.find(to)))
    return fail(ErrorCode::IoError, fmt::format("renaming {} to {}: a directory is in the way", from, to));
  core_->tree.rename(core_->tree.place_of(from), target);
  return {};
}

Status Process::remove(const std::string& path) {
  const std::lock_guard lock(core_->mutex);
  if (auto entered = core_->enter(*life_, Operation::Remove, path); !entered) return entered;
  if (core_->tree.directory(path)) return fail(ErrorCode::IoError, fmt::format("removing {}: Is a directory", path));
  if (!core_->tree.find(path)) return no_entry(Operation::Remove, path);
  core_->tree.unlink(core_->tree.place_of(path));
  return {};
}

Status Process::sync_directory(const std::string& path) {
  const std::lock_guard lock(core_->mutex);
  const auto entered = core_->enter(*life_, Operation::SyncDirectory, path);
  const auto directory = core_->tree.directory(path);
  if (!entered) {
    if (directory && !core_->dead(*life_)) core_->tree.fail_sync(directory, core_->random);
    return entered;
  }
  if (!directory) return no_entry(Operation::SyncDirectory, path);
  core_->tree.sync(directory);
  return {};
}

Result<std::unique_ptr<io::Lock>> Process::lock(const std::string& path, std::string_view holder) {
  const std::lock_guard lock(core_->mutex);
  if (auto entered = core_->enter(*life_, Operation::Lock, path); !entered) return std::unexpected(entered.error());
  auto file = core_->tree.file(path);
  if (!file) {
    const auto place = core_->tree.place_of(path);
    if (!place.parent || place.name.empty() || core_->tree.directory(path)) return no_entry(Operation::Lock, path);
    file = std::make_shared<CachedFile>();
    core_->tree.link(place, file);
  }
  if (core_->locks.contains(file.get())) {
    const std::string who(base::as_text(file->bytes()));
    return fail(ErrorCode::Locked, fmt::format("{} is held by another writer: {}", path,
                                               who.empty() ? "it has not said who it is" : base::quoted(who)));
  }
  file->truncate(0);
  file->write(0, base::as_bytes(holder));
  core_->locks[file.get()] = {life_.get(), ++core_->tickets};
  const std::uint64_t ticket = core_->tickets;
  return make_lock(core_, std::move(file), ticket);
}

Result<std::unique_ptr<io::SharedPage>> Process::shared_page(const std::string& path, bool writable) {
  constexpr std::uint64_t kSize = io::SharedPage::kWords * sizeof(std::uint64_t);
  const std::lock_guard lock(core_->mutex);
  if (auto entered = core_->enter(*life_, Operation::Page, path); !entered) return std::unexpected(entered.error());
  auto file = core_->tree.file(path);
  const auto place = core_->tree.place_of(path);
  if (!file && (!writable || !place.parent || place.name.empty() || core_->tree.directory(path)))
    return no_entry(Operation::Page, path);
  if (file && file->size() < kSize && !writable)
    return fail(ErrorCode::Damage, fmt::format("{} has {} bytes; {} were expected", path, file->size(), kSize));
  if (!file || file->size() < kSize) {
    const std::uint64_t size = file ? file->size() : 0;
    if (auto room = core_->check_room(kSize - size, path); !room) return std::unexpected(room.error());
    if (!file) {
      file = std::make_shared<CachedFile>();
      core_->tree.link(place, file);
    }
    const std::string zeros(kSize - size, '\0');
    file->write(size, base::as_bytes(zeros));
    file->sync();  // the real one syncs what it created
    core_->tree.sync(place.parent);
  }
  return make_page(core_, life_, std::move(file), path, writable);
}

Status Process::check_file_system(const std::string& directory, std::string& warning) {
  const std::lock_guard lock(core_->mutex);
  if (core_->dead(*life_))
    return fail(ErrorCode::IoError, fmt::format("looking at {}: the process is dead", directory));
  warning.clear();
  return {};
}

FaultyDisk::FaultyDisk() : FaultyDisk(Options{}) {}

FaultyDisk::FaultyDisk(const Options& options) : Process(std::make_shared<Core>(options)) {
  ENSURE(options.sector > 0);
}

std::unique_ptr<Process> FaultyDisk::process() {
  return std::unique_ptr<Process>(new Process(core_));  // its constructor is nobody else's
}

void FaultyDisk::power_cut() {
  const std::lock_guard lock(core_->mutex);
  core_->tree = std::move(core_->tree).after_power_cut(core_->random, core_->sector);
  core_->locks.clear();
  core_->calls_until_crash.reset();
  life_ = std::make_shared<Life>(++core_->boot);
  core_->woken.notify_all();
}

void FaultyDisk::process_kill() {
  const std::lock_guard lock(core_->mutex);
  core_->kill(*life_);
  core_->calls_until_crash.reset();
  life_ = std::make_shared<Life>(core_->boot);
}

void FaultyDisk::crash_at(std::uint64_t k) {
  const std::lock_guard lock(core_->mutex);
  core_->calls_until_crash = k;
}

void FaultyDisk::reboot() {
  const std::lock_guard lock(core_->mutex);
  core_->calls_until_crash.reset();
  if (core_->dead(*life_)) life_ = std::make_shared<Life>(core_->boot);
}

void FaultyDisk::inject(Fault fault) {
  const std::lock_guard lock(core_->mutex);
  core_->faults.push_back(std::move(fault));
}

void FaultyDisk::set_fault_rate(Operation on, double probability) {
  const std::lock_guard lock(core_->mutex);
  core_->rates[static_cast<std::size_t>(on)] = probability;
}

void FaultyDisk::clear_faults() {
  const std::lock_guard lock(core_->mutex);
  core_->faults.clear();
  core_->rates.fill(0);
}

void FaultyDisk::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(core_->mutex);
  core_->capacity = bytes;
}

void FaultyDisk::drop_caches() {
  const std::lock_guard lock(core_->mutex);
  core_->tree.drop_clean_pages();
}

void FaultyDisk::flip(const std::string& path, std::uint64_t offset, unsigned bit) {
  const std::lock_guard lock(core_->mutex);
  const auto file = core_->tree.file(path);
  ENSURE(file);
  file->flip(offset, bit);
}

void FaultyDisk::make_unreadable(const std::string& path, std::uint64_t offset, std::uint64_t size) {
  const std::lock_guard lock(core_->mutex);
  const auto file = core_->tree.file(path);
  ENSURE(file);
  file->set_unreadable(offset, size);
}

void FaultyDisk::put(const std::string& path, std::string content) {
  const std::lock_guard lock(core_->mutex);
  auto& tree = core_->tree;
  for (std::size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (tree.directory(directory)) continue;
    const auto place = tree.place_of(directory);
    tree.link(place, std::make_shared<Directory>());
    tree.sync(place.parent);
  }
  const auto place = tree.place_of(path);
  tree.link(place, std::make_shared<CachedFile>(std::move(content)));
  tree.sync(place.parent);
}

void FaultyDisk::cut_file(const std::string& path, std::uint64_t size) {
  const std::lock_guard lock(core_->mutex);
  const auto file = core_->tree.file(path);
  ENSURE(file);
  file->truncate(size);
  file->sync();
  core_->tree.sync(core_->tree.place_of(path).parent);
}

void FaultyDisk::erase(const std::string& path) {
  const std::lock_guard lock(core_->mutex);
  const auto place = core_->tree.place_of(path);
  ENSURE(core_->tree.file(path));
  core_->tree.unlink(place);
  core_->tree.sync(place.parent);
}

std::optional<std::string> FaultyDisk::cached(const std::string& path) const {
  const std::lock_guard lock(core_->mutex);
  const auto file = core_->tree.file(path);
  if (!file) return {};
  return std::string(base::as_text(file->bytes()));
}

std::optional<std::string> FaultyDisk::medium(const std::string& path) const {
  const std::lock_guard lock(core_->mutex);
  const auto file = core_->tree.file(path);
  if (!file) return {};
  return file->durable();
}

FaultyDisk::Counts FaultyDisk::counts() const {
  const std::lock_guard lock(core_->mutex);
  return core_->counts;
}

}  // namespace daybook::sim
