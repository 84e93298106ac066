#include "simulation/simulation.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "journal/scan.hpp"
#include "sim/faulty_disk.hpp"
#include "simulation/follower.hpp"
#include "simulation/writer.hpp"

namespace daybook::simulation {
namespace {

using sim::FaultyDisk;
using sim::Operation;

const std::string kStore = "store";

class Run {
 public:
  explicit Run(const Options& options);
  Report run();

 private:
  void open();
  void live();
  void step();
  void submit();
  void read_here();
  void follow(bool after_crash = false);
  void compare();
  void some_fault();
  void end_of_life();
  void close_and_go_on();
  void crash(bool power);
  void flip_below_the_mark();
  void between();
  std::uint64_t end_of_groups(const std::string& path) const;
  std::uint64_t last_segment() const;
  bool faulty() const { return faulty_; }
  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  template <class... A>
  void trace(fmt::format_string<A...> text, A&&... args) const {
    if (options_.trace) fmt::print(stderr, "{}\n", fmt::format(text, std::forward<A>(args)...));
  }

  const Options options_;
  sim::Random random_;
  sim::SteppingClock clock_;
  FaultyDisk disk_;
  WriterOptions writer_options_;
  bool prepares_;
  Oracle oracle_;
  Workload workload_;
  Report report_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Cursor> cursor_;  // in the writer's process
  Position next_here_{};
  std::unique_ptr<Follower> follower_;
  bool faulty_ = false;      // the disk was told to fail in this life
  bool reads_fail_ = false;  // reading, too
  bool mark_holds_ = false;  // no power cut since the log was opened
  bool crash_armed_ = false;
};

FaultyDisk::Options disk_options(std::uint64_t seed, sim::Random& random) {
  constexpr std::size_t kSectors[] = {1, 512, 512, 4096};
  return {.seed = seed,
          .sector = kSectors[random.below(4)],
          .order = random.one_in(2) ? sim::DirectoryOrder::PerDirectory : sim::DirectoryOrder::Journal};
}

WriterOptions writer_options(const Options& options, sim::Random& random) {
  return {.segment_bytes = 5'000 + random.below(20'000),
          .remembered = random.one_in(3) ? 10 + random.below(50) : 1'000'000,
          .seed = options.seed,
          .mutation = options.mutation};
}

Run::Run(const Options& options)
    : options_(options),
      random_(sim::Random(options.seed).next()),  // neighbours are not one stream, shifted
      disk_(disk_options(options.seed, random_)),
      writer_options_(writer_options(options, random_)),
      prepares_(random_.one_in(2)),
      oracle_(clock_, writer_options_.remembered),
      workload_(random_.next(), {.short_memory = writer_options_.remembered < 1'000'000,
                                 .largest_payload = random_.one_in(4) ? 6'000u : 300u}) {}

void Run::between() {
  if (disk_.dead()) return;
  for (auto n = below(4); n > 0; --n) {
    switch (below(6)) {
      case 0: submit(); break;
      case 1: writer_->drain(1 + below(4000)); break;
      case 2: writer_->hand_over(); break;
      case 3: writer_->complete(); break;
      case 4: read_here(); break;
      default: follow(); break;
    }
  }
}

void Run::open() {
  bool may_fail = false;
  for (int attempt = 0;; ++attempt) {
    if (attempt > 2) {
      disk_.clear_faults();
      disk_.set_capacity({});
      faulty_ = reads_fail_ = false;
    }
    if (attempt > 8) broken("the log can not be opened");
    if (disk_.dead()) crash(random_.one_in(2));
    may_fail = faulty_ || crash_armed_;
    auto writer = Writer::open(disk_, kStore, clock_, writer_options_, [this] { between(); });
    if (disk_.dead()) {
      crash_armed_ = false;
      trace("died while opening: {}", writer ? "" : writer.error().message);
      continue;
    }
    if (!writer) {
      trace("opening: {}", writer.error().message);
      if (!may_fail || writer.error().code == ErrorCode::Damage || writer.error().code == ErrorCode::ForeignHistory)
        broken("opening: " + writer.error().message);
      continue;
    }
    writer_ = std::move(*writer);
    break;
  }
  disk_.clear_faults();
  disk_.set_capacity({});
  faulty_ = reads_fail_ = false;
  mark_holds_ = true;
  ++report_.opened;
  const auto& recovery = writer_->journal().recovery();
  trace("opened: end {}, {} rewritten, {} bytes cut{}", writer_->log().end().value, recovery.rewritten_events,
        recovery.cut_bytes, recovery.clean ? ", clean" : "");
  oracle_.recovered(writer_->log(), false);
  for (const auto& w : writer_->warnings())
    if (!may_fail && !w.ends_with("made anew")) broken("a warning: " + w);
  cursor_.reset();
}

void Run::submit() {
  if (disk_.dead() || writer_->read_only()) return;
  for (auto& request : workload_.next(oracle_.model())) {
    const auto ticket = oracle_.submitted(request);
    trace("  {} submitted: {}", ticket, told(request));
    writer_->submit(request, [this, ticket](const Result<Appended>& answer) {
      if (disk_.dead()) oracle_.process_died();
      trace("  {} answered: {}", ticket,
            answer ? fmt::format("{} to {}{}", answer->first.value, answer->last.value,
                                 answer->repeated ? " repeated" : "")
                   : answer.error().message);
      oracle_.answered(ticket, answer, faulty());
    });
  }
}

void Run::read_here() {
  if (disk_.dead()) return;
  auto& log = writer_->log();
  if (!cursor_) {
    next_here_ = {below(log.end().value + 1)};
    cursor_ = std::move(*log.read({.from = next_here_}));
  }
  for (auto n = 1 + below(20); n > 0; --n) {
    const auto event = cursor_->next();
    if (!event) {
      if (!reads_fail_) broken("reading: " + event.error().message);
      cursor_.reset();
      return;
    }
    if (!*event) break;
    if ((*event)->position != next_here_) broken("the events do not come in order");
    oracle_.seen(**event);
    next_here_ = next_here_.next();
  }
  if (const auto chain = log.chain_at(next_here_)) oracle_.seen_chain(next_here_, *chain);
  const auto at = log.end_at(clock_.now() + std::chrono::hours(1));
  const auto end = log.end();
  if (at && *at != end) broken(fmt::format("the end at a later time is {}, not {}", at->value, end.value));
  if (random_.one_in(10)) cursor_.reset();
}

void Run::follow(bool after_crash) {
  if (!follower_ || follower_->dead()) follower_ = std::make_unique<Follower>(disk_, kStore);
  report_.followed += follower_->read_on(oracle_, 1 + below(40), reads_fail_ && !after_crash);
}

void Run::compare() {
  writer_->settle();
  if (disk_.dead() || writer_->read_only()) return;
  if (!oracle_.all_answered()) broken("the log is idle and has not answered everything");
  if (!reads_fail_) oracle_.compare(writer_->log(), random_);
}

void Run::some_fault() {
  constexpr Operation kKinds[] = {Operation::Write,         Operation::Write,  Operation::Sync,   Operation::Sync,
                                  Operation::Truncate,      Operation::Create, Operation::Rename, Operation::Remove,
                                  Operation::SyncDirectory, Operation::Read,   Operation::Write,  Operation::Write};
  const auto kind = below(14);
  faulty_ = true;
  if (kind == 12) {
    trace("the disk gets full");
    return disk_.set_capacity(0);
  }
  if (kind == 13) {
    trace("the disk has room again");
    disk_.clear_faults();
    return disk_.set_capacity({});
  }
  reads_fail_ |= kKinds[kind] == Operation::Read;
  trace("fault: operation {}", static_cast<int>(kKinds[kind]));
  disk_.inject({.on = kKinds[kind],
                .skip = below(6),
                .times = 1 + below(3),
                .code = random_.one_in(3) ? ErrorCode::DiskFull : ErrorCode::IoError});
}

void Run::step() {
  const auto what = below(100);
  if (what < 34) return submit();
  if (what < 50) return writer_->drain(random_.one_in(2) ? SIZE_MAX : 1 + below(3000));
  if (what < 62) return writer_->hand_over();
  if (what < 76) return writer_->commit();
  if (what < 84) return writer_->complete();
  if (what < 88) {
    const auto tended = writer_->tend(prepares_ ? 1 + below(8000) : 0);
    if (!tended && !faulty_ && !disk_.dead()) broken("tending: " + tended.error().message);
    return;
  }
  if (what < 91) return read_here();
  if (what < 94) return follow();
  if (what < 96) return clock_.advance(std::chrono::milliseconds(static_cast<int>(below(5000)) - 1000));
  if (what < 98) return compare();
  if (random_.one_in(2)) return some_fault();
  if (random_.one_in(2)) {
    trace("it is to crash soon");
    crash_armed_ = true;
    return disk_.crash_at(below(80));
  }
  disk_.drop_caches();
}

void Run::live() {
  const auto steps = 20 + below(options_.steps / 2);
  for (std::size_t i = 0; i < steps; ++i) {
    if (disk_.dead()) return;
    if (writer_->read_only() && random_.one_in(10)) return;
    step();
  }
}

void Run::crash(bool power) {
  oracle_.process_died();
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
  const auto closed = writer_->close();
  trace("closed: {}", closed ? "well" : closed.error().message);
  if (!closed && !faulty_ && !disk_.dead()) broken("closing: " + closed.error().message);
  if (disk_.dead()) return;
  if (!oracle_.all_answered()) broken("the log is closed and has not answered everything");
  cursor_.reset();
  writer_.reset();
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
  writer_->settle();
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

Report Run::run() {
  try {
    const auto lives = 2 + below(4);
    for (std::uint64_t life = 0; life < lives; ++life) {
      open();
      live();
      end_of_life();
    }
    open();
    compare();
    report_.events = writer_->log().end().value;
  } catch (const Broken& b) {
    report_.failure = b.what;
  }
  oracle_.process_died();
  report_.acknowledged = oracle_.acknowledged();
  report_.adopted = oracle_.adopted();
  return report_;
}

}  // namespace

Report run(const Options& options) { return Run(options).run(); }

}  // namespace daybook::simulation
