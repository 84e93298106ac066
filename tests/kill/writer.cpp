#include "kill/writer.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <thread>
#include <vector>

#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

namespace daybook::kill {
namespace {

constexpr std::uint32_t kWriters = 6;
constexpr std::uint32_t kLargestBatch = 40;

template <class T>
void say(int to, const T& record) {
  static_assert(sizeof record <= 512, "a pipe takes it whole");
  ENSURE(::write(to, &record, sizeof record) == sizeof record);
}

[[noreturn]] void write_until_killed(const std::string& directory, std::uint32_t life, int to) {
  auto disk =
      runtime::DiskLog::open(io::posix_files(), directory, runtime::system_clock(), {.segment_bytes = 512u << 10});
  if (!disk) {
    fmt::print(stderr, "opening: {}\n", disk.error().message);
    ::_exit(1);
  }
  auto& log = (*disk)->log();
  std::vector<std::jthread> writers;
  for (std::uint32_t writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      const auto stream = fmt::format("Writer-{}-{}", life, writer);
      for (std::uint32_t number = 0;; ++number) {
        const std::uint32_t count = writer % 2 ? 1 + number * 7 % kLargestBatch : 1;
        std::vector<std::string> data;
        std::vector<NewEvent> events;
        for (std::uint32_t i = 0; i < count; ++i) data.push_back(data_of(life, writer, number, count, i));
        for (const auto& text : data) events.push_back({.stream = stream, .type = "Written", .data = text});
        std::promise<void> done;
        log.append({.events = events}, [&](Result<Appended> answer) {
          if (!answer) {
            fmt::print(stderr, "appending: {}\n", answer.error().message);
            ::_exit(1);
          }
          say(to, Acknowledged{life, writer, number, count, answer->first.value});
          done.set_value();
        });
        done.get_future().wait();
      }
    });
  for (;;) ::pause();
}

[[noreturn]] void follow_until_killed(const std::string& directory, int to) {
  std::unique_ptr<runtime::DiskLog> disk;
  while (!disk) {  // the store may not be there yet
    auto opened =
        runtime::DiskLog::follow(io::posix_files(), directory,
                                 {.warn = [](const Error& w) { fmt::print(stderr, "following: {}\n", w.message); }});
    if (opened) {
      disk = std::move(*opened);
    } else if (opened.error().code != ErrorCode::NotFound) {
      fmt::print(stderr, "following: {}\n", opened.error().message);
      ::_exit(1);
    } else {
      std::this_thread::yield();
    }
  }
  auto cursor = disk->log().read({});
  for (std::uint64_t next = 0;;) {
    const auto event = (*cursor)->next();
    if (!event) {
      fmt::print(stderr, "following: {}\n", event.error().message);
      ::_exit(1);
    }
    if (!*event) {
      (void)disk->log().wait_past({next}, std::chrono::steady_clock::now() + std::chrono::seconds(1));
      continue;
    }
    ENSURE((*event)->position.value == next);
    say(to, Read{next++, base::checksum((*event)->data)});
  }
}

template <class Work>
Child start(Work&& work) {
  int ends[2];
  ENSURE(::pipe(ends) == 0);
  const auto pid = ::fork();
  ENSURE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    work(ends[1]);
    ::_exit(1);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

}  // namespace

std::string data_of(std::uint32_t life, std::uint32_t writer, std::uint32_t number, std::uint32_t events,
                    std::uint32_t i) {
  return fmt::format("{}/{}/{}/{}/{} {}", life, writer, number, events, i, std::string(number * 13 % 200, 'x'));
}

Child start_writer(const std::string& directory, std::uint32_t life) {
  return start([&](int to) { write_until_killed(directory, life, to); });
}

Child start_follower(const std::string& directory) {
  return start([&](int to) { follow_until_killed(directory, to); });
}

void kill_and_wait(Child& child) {
  ::kill(child.pid, SIGKILL);
  int status = 0;
  ENSURE(::waitpid(child.pid, &status, 0) == child.pid);
  // One that ended by itself has said why.
  ENSURE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace daybook::kill
