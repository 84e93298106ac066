// `read` and `tail`: events of a stream or of the whole log.
#include <fmt/format.h>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <thread>

#include "base/utf8.hpp"
#include "cli/event_printer.hpp"
#include "cli/open_store.hpp"
#include "cli/verbs.hpp"

namespace daybook::cli {
namespace {

struct From {
  std::optional<std::uint64_t> from;
  bool backwards;
};

// The events that are asked for. A stream's are picked by the query as they come.
Result<std::unique_ptr<Cursor>> cursor_over(const EventLog& log, const std::string& stream, const From& how,
                                            const Query& query) {
  const auto direction = how.backwards ? Direction::Backwards : Direction::Forwards;
  const bool from_end = how.backwards && !how.from;
  if (!stream.empty())
    return log.read_stream(stream, {.from = {how.from.value_or(0)}, .direction = direction, .from_end = from_end});
  const Position from = how.from ? Position{*how.from} : log.begin();
  return log.read({.from = from, .direction = direction, .from_end = from_end, .filter = query});
}

// Prints what the cursor has, at most `limit`. False: there will be no more.
Result<bool> print_all(Cursor& cursor, const Query& query, std::uint64_t& limit, EventPrinter& printer, Output& out) {
  while (limit > 0 && out.open()) {
    const auto event = cursor.next();
    if (!event) return std::unexpected(event.error());
    if (!*event) return true;
    if (!query.matches(**event)) continue;
    if (auto done = printer.print(**event); !done) return std::unexpected(done.error());
    --limit;
  }
  return false;
}

// Ctrl-C is how a tail ends, or whoever reads it goes away, also while nothing happens: what was begun is finished, and
// the exit is a clean one. A process that only reads holds nothing that must be given back.
class CleanEnd {
 public:
  CleanEnd() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    // Before any other thread begins, so that they all leave these signals to the one that waits for them.
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([this, signals] {
      int signal = 0;
      sigwait(&signals, &signal);
      leave();
    }).detach();
    std::thread([this] {
      pollfd reader{STDOUT_FILENO, 0, 0};  // of no event but that there is no reader
      while (::poll(&reader, 1, -1) < 0 && errno == EINTR) {
      }
      if ((reader.revents & (POLLERR | POLLHUP)) != 0) leave();
    }).detach();
  }
  std::timed_mutex& printing() { return printing_; }

  // Ends with the store too: who removes or renames one wakes no reader. NotFound: it has been.
  Status come_with(const std::string& store) {
    const int changes = ::inotify_init1(IN_CLOEXEC);
    if (changes < 0) return {};  // there are too many watches already
    for (const auto& path : {store + "/STORE", store})
      if (::inotify_add_watch(changes, path.c_str(), IN_DELETE_SELF | IN_MOVE_SELF) < 0 &&
          (errno == ENOENT || errno == ENOTDIR)) {
        ::close(changes);
        return gone(store);
      }
    std::thread([this, store, changes] {
      inotify_event change{};  // of a path itself: it has no name
      while (::read(changes, &change, sizeof change) < 0)
        if (errno != EINTR) return;
      leave(gone(store));
    }).detach();
    return {};
  }

 private:
  static std::unexpected<Error> gone(const std::string& store) {
    return fail(ErrorCode::NotFound, fmt::format("the store in {} was removed or renamed", store));
  }

  void leave(const Status& why = {}) {
    // A reader who does not read may hold the printing up for ever.
    (void)printing_.try_lock_for(std::chrono::milliseconds(500));
    std::_Exit(static_cast<int>(why ? ExitCode::Ok : report(why.error())));
  }

  std::timed_mutex printing_;
};

Status follow(const EventLog& log, Cursor& cursor, const Query& query, EventPrinter& printer, Output& out,
              std::timed_mutex& printing) {
  auto limit = std::numeric_limits<std::uint64_t>::max();
  for (;;) {
    const auto seen = log.end();
    {
      const std::lock_guard guard(printing);
      const auto more = print_all(cursor, query, limit, printer, out);
      out.flush();
      if (!more) return std::unexpected(more.error());
      if (!*more || !out.open()) return {};
    }
    (void)log.wait_past(seen, std::chrono::steady_clock::now() + std::chrono::hours(1));
  }
}

}  // namespace

ExitCode run(const Common& common, const Read& how) {
  const auto query = query_of(how.filter);
  if (!query) return report(query.error());
  auto disk = follow_store(common);
  if (!disk) return report(disk.error());
  const auto& log = (*disk)->log();
  auto cursor = cursor_over(log, how.stream, {how.from, how.backwards}, *query);
  if (!cursor) return report(cursor.error());
  const auto t = terminal();
  Output out;
  EventPrinter printer(log, out, t, common.json(t));
  auto limit = how.limit.value_or(std::numeric_limits<std::uint64_t>::max());
  const auto asked = limit;
  const auto done = print_all(**cursor, *query, limit, printer, out);
  const auto told = out.finish();
  // The whole log is what is left of it, in either direction.
  const bool all_that_is_left = !done && done.error().code == ErrorCode::HistoryCut && how.backwards &&
                                how.stream.empty() && Position{how.from.value_or(UINT64_MAX)} >= log.begin();
  if (!done && !all_that_is_left) return report(done.error());
  if (limit == asked && asked > 0 && t.out && t.err) note("no such event");
  return told;
}

ExitCode run(const Common& common, const Tail& how) {
  CleanEnd end;
  const auto query = query_of(how.filter);
  if (!query) return report(query.error());
  auto disk = follow_store(common);
  if (!disk) return report(disk.error());
  if (const auto there = end.come_with(common.store); !there) return report(there.error());
  const auto& log = (*disk)->log();
  auto from = how.from;
  if (!from && !how.stream.empty()) {
    const auto head = log.head(how.stream);
    if (!head) return report(head.error());
    from = *head ? (*head)->revision.value + 1 : 0;
  } else if (!from) {
    from = log.end().value;
  }
  auto cursor = cursor_over(log, how.stream, {from, false}, *query);
  if (!cursor) return report(cursor.error());
  const auto t = terminal();
  Output out;
  EventPrinter printer(log, out, t, common.json(t));
  const auto done = follow(log, **cursor, *query, printer, out, end.printing());
  const auto told = out.finish();
  return done ? told : report(done.error());
}

}  // namespace daybook::cli
