// How a life of the log ends, and what becomes of its files before the next.
#include "journal/scan.hpp"
#include "simulation/run.hpp"

namespace daybook::simulation {

void Run::crash(bool power) {
  oracle_.process_died();
  disk_.kill();
  if (program_) program_->die();
  end_program();
  cursor_.reset();
  writer_.reset();
  crash_armed_ = false;
  if (power) {
    trace("power cut");
    disk_.power_cut();
    mark_holds_ = false;
    ++report_.power_cuts;
  } else {
    trace("kill");
    disk_.process_kill();
    ++report_.kills;
  }
  disk_.clear_faults();
  disk_.set_capacity({});
  faulty_ = reads_fail_ = false;
  if (random_.one_in(2)) follow(true);
}

void Run::close_and_go_on() {
  end_program();
  const auto closed = writer_->close();
  trace("closed: {}", closed ? "well" : closed.error().message);
  if (!closed && !faulty_ && !disk_.dead()) broken("closing: " + closed.error().message);
  if (disk_.dead()) return;
  if (!oracle_.all_answered()) broken("the log is closed and has not answered everything");
  const bool whole = closed && !faulty_;
  const auto end = writer_->log().end();
  cursor_.reset();
  writer_.reset();
  if (whole && random_.one_in(2)) take_a_copy(end);
  if (random_.one_in(3)) disk_.drop_caches();
  if (random_.one_in(2)) some_fault();
}

void Run::end_of_life() {
  if (disk_.dead()) return crash(random_.one_in(2));
  if (writer_->read_only()) ++report_.failed_syncs;
  switch (below(6)) {
    case 0:
    case 1: return crash(true);
    case 2: return crash(false);
    case 3: return flip_below_the_mark();
    default: return close_and_go_on();
  }
}

std::uint64_t Run::last_segment() const {
  std::uint64_t last = 1;
  while (disk_.cached(kStore + "/log/" + journal::segment_name(last + 1))) ++last;
  return last;
}

// Behind the last group of events.
std::uint64_t Run::end_of_groups(const std::string& path) const {
  const auto bytes = *disk_.cached(path);
  journal::GroupScan scan(
      [&](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
        const auto part = base::as_bytes(bytes).subspan(std::min<std::size_t>(offset, bytes.size()));
        const auto size = std::min(part.size(), into.size());
        std::copy_n(part.begin(), size, into.begin());
        return size;
      },
      journal::kSegmentHeaderBytes, journal::group_seed(writer_->journal().secret()), path);
  std::uint64_t end = journal::kSegmentHeaderBytes;
  for (auto group = scan.next(); group && *group; group = scan.next())
    if ((*group)->header.kind == journal::GroupKind::Events) end = scan.offset();
  return end;
}

// One bit of what was acknowledged, in the last segment, with the mark that outlived the kill, or in one before it that
// has lost its index: the log opens for reading at most, says where, and cuts nothing.
void Run::flip_below_the_mark() {
  settle();
  if (disk_.dead() || !mark_holds_ || writer_->read_only() || faulty_) return crash(false);
  const auto last = last_segment(), number = random_.one_in(2) ? last : 1 + below(last);
  const auto path = kStore + "/log/" + journal::segment_name(number);
  const auto index = kStore + "/log/" + journal::index_name(number);
  const auto offset = below(end_of_groups(path));
  const auto bit = static_cast<unsigned>(below(8));
  crash(false);
  follower_.reset();
  if (disk_.cached(index)) disk_.erase(index);
  disk_.flip(path, offset, bit);
  const auto before = *disk_.cached(path);
  trace("flipped bit {} of byte {} of {}", bit, offset, path);
  auto writer = Writer::open(disk_, kStore, clock_, writer_options_, [] {});
  if (disk_.dead()) broken("died without a reason");
  if (writer) broken(fmt::format("a flipped bit at byte {} of {} was not noticed", offset, path));
  if (writer.error().code != ErrorCode::Damage && writer.error().code != ErrorCode::UnsupportedVersion &&
      writer.error().code != ErrorCode::ForeignHistory)
    broken("a flipped bit is called " + std::string(name_of(writer.error().code)));
  if (writer.error().message.find(path.substr(kStore.size() + 1)) == std::string::npos)
    broken("damage does not name its segment: " + writer.error().message);
  trace("found: {}", writer.error().message);
  if (*disk_.cached(path) != before || last_segment() != last) broken("a damaged log was changed");
  disk_.flip(path, offset, bit);
  ++report_.damages;
}

// ---- what somebody does to the files, while nobody runs ----------------------------------------------------------

namespace {

bool of_the_log(const io::Entry& entry) {
  return entry.name != "snapshots" && entry.name != "consumers" && entry.name != "lock";
}

std::vector<io::Entry> listed(sim::FaultyDisk& disk, const std::string& directory) {
  auto entries = disk.list(directory);
  return entries ? std::move(*entries) : std::vector<io::Entry>();
}

}  // namespace

void Run::take_a_copy(Position end) {
  Copy copy{{}, end};
  for (const auto& entry : listed(disk_, kStore)) {
    if (!of_the_log(entry)) continue;
    const auto path = kStore + "/" + entry.name;
    if (!entry.directory) copy.files[path] = *disk_.cached(path);
    if (entry.directory)
      for (const auto& file : listed(disk_, path))
        copy.files[path + "/" + file.name] = *disk_.cached(path + "/" + file.name);
  }
  trace("a copy is taken, which ends at {}", end.value);
  copy_ = std::move(copy);
}

// The log is what it was, and is written on from there: what was saved since is of another history.
void Run::put_the_copy_back() {
  trace("the copy is put back, which ends at {}", copy_->end.value);
  follower_.reset();
  for (const auto& entry : listed(disk_, kStore)) {
    if (!of_the_log(entry) || !entry.directory) continue;
    const auto path = kStore + "/" + entry.name;
    for (const auto& file : listed(disk_, path)) disk_.erase(path + "/" + file.name);
  }
  for (const auto& [path, content] : copy_->files) disk_.put(path, content);
  oracle_.go_back_to(copy_->end);
  for (auto& projection : around_.projections) projection.history_changed(copy_->end);
  around_.refused.clear();
  around_.snapshots_foreign = true;
  ++report_.put_back;
}

// A flipped bit, a file cut short, or one that stands in the place of another.
void Run::spoil(const std::string& path) {
  const auto content = *disk_.cached(path);
  if (content.empty()) return;
  trace("{} is spoilt", path);
  if (random_.one_in(2)) {
    const auto bit = static_cast<unsigned>(below(8));
    disk_.flip(path, below(content.size()), bit);
  } else {
    disk_.cut_file(path, below(content.size()));
  }
  ++report_.spoilt;
}

void Run::meddle() {
  if (disk_.dead() || faulty_) return;
  if (copy_ && random_.one_in(3)) put_the_copy_back();
  if (random_.one_in(6)) spoil_what_is_saved();
}

void Run::spoil_what_is_saved() {
  const auto consumers = listed(disk_, kStore + "/consumers");
  if (!consumers.empty() && random_.one_in(4)) {
    for (const auto& projection : around_.projections) around_.checkpoints_spoilt.insert(projection.name());
    return spoil(kStore + "/consumers/" + consumers[below(consumers.size())].name);
  }
  const auto keys = listed(disk_, kStore + "/snapshots");
  if (keys.empty()) return;
  const auto folder = kStore + "/snapshots/" + keys[below(keys.size())].name;
  const auto files = listed(disk_, folder);
  if (files.empty()) return;
  const auto path = folder + "/" + files[below(files.size())].name;
  around_.snapshots_spoilt = true;
  if (!random_.one_in(3)) return spoil(path);
  const auto other = kStore + "/snapshots/" + keys[below(keys.size())].name;
  const auto others = listed(disk_, other);
  if (others.empty()) return;
  disk_.put(path, *disk_.cached(other + "/" + others[below(others.size())].name));
  ++report_.spoilt;
}

}  // namespace daybook::simulation
