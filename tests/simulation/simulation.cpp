#include "simulation/simulation.hpp"

#include "simulation/run.hpp"

namespace daybook::simulation {
namespace {

using sim::FaultyDisk;
using sim::Operation;

FaultyDisk::Options disk_options(std::uint64_t seed, sim::Random& random) {
  constexpr std::size_t kSectors[] = {1, 512, 512, 4096};
  return {.seed = seed,
          .sector = kSectors[random.below(4)],
          .order = random.one_in(2) ? sim::DirectoryOrder::PerDirectory : sim::DirectoryOrder::Journal};
}

WriterOptions writer_options(const Options& options, sim::Random& random) {
  return {.segment_bytes = random.one_in(4) ? 4'200 : 5'000 + random.below(20'000),
          .remembered = random.one_in(3) ? 10 + random.below(50) : 1'000'000,
          .seed = options.seed,
          .mutation = options.mutation};
}

// Few events to a snapshot, and states that are soon forgotten.
ProgramOptions program_options(const Options& options, const WorkloadOptions& workload, sim::Random& random) {
  return {.store = kStore,
          .seed = random.next(),
          .short_memory = workload.short_memory,
          .engine = {.payload = random.one_in(3) ? Payload::Avro : Payload::Json,
                     .snapshot_every = {.events = 2 + random.below(8),
                                        .time = std::chrono::seconds(1 + random.below(5)),
                                        .fewest = 1 + random.below(3)},
                     .snapshots_kept = 1 + random.below(3),
                     .cache_bytes = random.one_in(2) ? 1u : 1u << 20},
          .mutation = options.mutation};
}

}  // namespace

Run::Run(const Options& options)
    : options_(options),
      random_(sim::Random(options.seed).next()),  // neighbours are not one stream, shifted
      disk_(disk_options(options.seed, random_)),
      writer_options_(writer_options(options, random_)),
      prepares_(random_.one_in(2)),
      oracle_(clock_, writer_options_.remembered),
      workload_options_{.short_memory = writer_options_.remembered < 1'000'000,
                        .largest_payload = random_.one_in(4) ? 6'000u : 300u},
      workload_(random_.next(), workload_options_),
      program_options_(program_options(options, workload_options_, random_)),
      around_{.disk = disk_,
              .clock = clock_,
              .oracle = oracle_,
              .faulty = [this] { return faulty_; },
              .reads_fail = [this] { return reads_fail_; },
              .answered = [this](std::size_t ticket, const Result<Appended>& answer) { answered(ticket, answer); },
              .trace = [this](const std::string& text) { trace("{}", text); }} {
  make_projections();
}

// One that takes everything, and one that takes some.
void Run::make_projections() {
  const auto start = [&]() -> Start {
    if (random_.one_in(4)) return from_end;
    if (random_.one_in(4)) return Position{0};
    return from_beginning;
  };
  const auto add = [&](std::string name, Query of) {
    const auto seed =
        random_.next();  // named, as all that is drawn: in which order arguments are is the compiler's choice
    around_.projections.emplace_back(std::move(name), std::move(of), start(), oracle_, seed);
  };
  add("all", {});
  add("some of them", {{{.categories = {"Order", "Tally"}}, {.types = {"T1"}, .tags = {"k:1"}}}});
}

void Run::between() {
  if (disk_.dead()) return;
  for (auto n = below(4); n > 0; --n) {
    switch (below(7)) {
      case 0: submit(); break;
      case 1: writer_->drain(1 + below(4000)); break;
      case 2: writer_->hand_over(); break;
      case 3: writer_->complete(); break;
      case 4: read_here(); break;
      case 5: follow(); break;
      default:
        if (program_) program_->work();
        break;
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
  start_program();
}

void Run::start_program() {
  program_options_.seed = random_.next();
  auto program = Program::start(around_, program_options_, writer_->log(), writer_->log_of_readers());
  if (program)
    program_ = std::move(*program);
  else if (!disk_.dead())
    broken("the program can not be started: " + program.error().message);
}

// Until nothing is in flight.
void Run::settle(bool handlers) {
  constexpr int kEnough = 1'000;
  for (int i = 0; i < kEnough; ++i) {
    writer_->settle();
    if (!program_ || !program_->run_jobs(handlers)) return;
  }
  broken("the program never comes to rest");
}

// Its commands are answered first, on a disk that may be dead by now; nobody else does anything meanwhile.
void Run::end_program() {
  if (!program_) return;
  settle(random_.one_in(2));
  program_->end();
  program_.reset();
}

void Run::answered(std::size_t ticket, const Result<Appended>& answer) {
  if (disk_.dead()) oracle_.process_died();
  trace("  {} answered: {}", ticket,
        answer ? fmt::format("{} to {}{}", answer->first.value, answer->last.value, answer->repeated ? " repeated" : "")
               : answer.error().message);
  oracle_.answered(ticket, answer, faulty());
}

void Run::submit() {
  if (disk_.dead() || writer_->read_only()) return;
  for (auto& request : workload_.next(oracle_.model())) {
    const auto ticket = oracle_.submitted(request);
    trace("  {} submitted: {}", ticket, told(request));
    writer_->submit(request, [this, ticket](const Result<Appended>& answer) { answered(ticket, answer); });
  }
}

void Run::read_here() {
  if (disk_.dead() || options_.mutation == Mutation::ConsumerAhead) return;
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
  settle();
  if (program_ && !writer_->read_only()) {
    program_->append_something();
    settle();
  }
  if (disk_.dead() || writer_->read_only()) return;
  if (!oracle_.all_answered()) broken("the log is idle and has not answered everything");
  if (!reads_fail_) oracle_.compare(writer_->log(), random_);
  if (program_) program_->compare();
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
  if (kKinds[kind] == Operation::Read) {
    reads_fail_ = true;
    oracle_.reads_may_have_failed();
  }
  trace("fault: operation {}", static_cast<int>(kKinds[kind]));
  disk_.inject({.on = kKinds[kind],
                .skip = below(6),
                .times = 1 + below(3),
                .code = random_.one_in(3) ? ErrorCode::DiskFull : ErrorCode::IoError});
}

void Run::step() {
  if (program_ && random_.one_in(3)) return program_->step();
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

// A promise was broken in the middle of something, so the engine may never come to an end.
void Run::leave_as_it_is() {
  static auto& left = *new std::vector<std::shared_ptr<void>>;  // never destroyed
  left.push_back(std::shared_ptr<Program>(std::move(program_)));
  left.push_back(std::shared_ptr<Writer>(std::move(writer_)));
}

Report Run::run() {
  try {
    const auto lives = 2 + below(4);
    for (std::uint64_t life = 0; life < lives; ++life) {
      open();
      live();
      end_of_life();
      meddle();
    }
    open();
    compare();
    report_.events = writer_->log().end().value;
    if (const auto chain = writer_->log().chain_at(writer_->log().end())) report_.chain = *chain;
    end_program();
  } catch (const Broken& b) {
    report_.failure = b.what;
    leave_as_it_is();
  }
  oracle_.process_died();
  report_.acknowledged = oracle_.acknowledged();
  report_.adopted = oracle_.adopted();
  report_.program = around_.counts;
  for (const auto& projection : around_.projections) report_.projections += projection.counts();
  return report_;
}

Report& Report::operator+=(const Report& other) {
  events += other.events;
  acknowledged += other.acknowledged;
  adopted += other.adopted;
  opened += other.opened;
  power_cuts += other.power_cuts;
  kills += other.kills;
  failed_syncs += other.failed_syncs;
  damages += other.damages;
  followed += other.followed;
  put_back += other.put_back;
  spoilt += other.spoilt;
  program += other.program;
  projections += other.projections;
  return *this;
}

Report run(const Options& options) { return Run(options).run(); }

}  // namespace daybook::simulation
