// kill -9 under load, again and again: every acknowledged event is found again, once and in order, and nobody ever read
// one that is not there afterwards.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "base/checksum.hpp"
#include "io/posix_file.hpp"
#include "kill/writer.hpp"
#include "runtime/disk_log.hpp"

namespace daybook::kill {
namespace {

std::uint64_t random_below(std::uint64_t bound) {
  static std::uint64_t state = 0x2545f4914f6cdd1d ^ static_cast<std::uint64_t>(::getpid());
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state % bound;
}

// Takes whole records out of a pipe; false at its end.
template <class T>
bool take(int from, std::string& rest, std::vector<T>& into) {
  std::array<char, 1u << 16> buffer{};
  const auto got = ::read(from, buffer.data(), buffer.size());
  if (got <= 0) return false;
  rest.append(buffer.data(), static_cast<std::size_t>(got));
  std::size_t used = 0;
  for (; rest.size() - used >= sizeof(T); used += sizeof(T)) {
    T record;
    std::memcpy(&record, rest.data() + used, sizeof record);
    into.push_back(record);
  }
  rest.erase(0, used);
  return true;
}

class Kills : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "daybook-kill-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
  }
  void TearDown() override {
    if (!HasFailure()) std::filesystem::remove_all(dir_);
  }

  // One life of a writer, ended after about so many acknowledgements, or while it opens.
  void live_and_die(const std::string& store, std::uint32_t life) {
    auto follower = start_follower(store);
    auto writer = start_writer(store, life);
    const auto enough = acknowledged_.size() + (life % 5 == 0 ? 0 : 1 + random_below(600));
    std::string from_writer, from_follower;
    if (life % 5 == 0) ::usleep(static_cast<useconds_t>(random_below(20'000)));  // anywhere, in opening too
    bool both = true;
    while (acknowledged_.size() < enough && both) {
      std::array<pollfd, 2> pipes{{{writer.from, POLLIN, 0}, {follower.from, POLLIN, 0}}};
      ASSERT_GT(::poll(pipes.data(), pipes.size(), 60'000), 0) << "nothing was acknowledged for a minute";
      if (pipes[0].revents) both = take(writer.from, from_writer, acknowledged_);
      if (pipes[1].revents) both = take(follower.from, from_follower, read_) && both;
    }
    kill_and_wait(writer);
    while (take(writer.from, from_writer, acknowledged_)) {
    }
    // What the follower had read when its writer died, and what it still reads then.
    ::fcntl(follower.from, F_SETFL, O_NONBLOCK);
    while (take(follower.from, from_follower, read_)) {
    }
    kill_and_wait(follower);
    while (take(follower.from, from_follower, read_)) {
    }
    ::close(writer.from);
    ::close(follower.from);
    ASSERT_TRUE(both) << "a child ended by itself";
  }

  // Opens what is left and compares.
  void verify(const std::string& store) {
    auto disk =
        runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {.segment_bytes = 512u << 10});
    ASSERT_TRUE(disk) << disk.error().message;
    ASSERT_FALSE((*disk)->recovery().damage) << (*disk)->recovery().damage->message;
    std::vector<std::string> found;
    auto cursor = (*disk)->log().read({});
    ASSERT_TRUE(cursor);
    for (;;) {
      const auto event = (*cursor)->next();
      ASSERT_TRUE(event) << event.error().message;
      if (!*event) break;
      ASSERT_EQ((*event)->position.value, found.size());
      found.emplace_back((*event)->data);
    }
    std::set<std::string_view> once(found.begin(), found.end());
    ASSERT_EQ(once.size(), found.size()) << "an event is there twice";
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> last;
    for (const auto& a : acknowledged_) {
      for (std::uint32_t i = 0; i < a.events; ++i) {
        ASSERT_LT(a.first + i, found.size()) << "an acknowledged event is gone";
        ASSERT_EQ(found[a.first + i], data_of(a.life, a.writer, a.number, a.events, i));
      }
      auto& before = last[{a.life, a.writer}];
      ASSERT_TRUE(a.number == 0 || a.first > before) << "not in order";
      before = a.first;
    }
    // Batches that nobody heard of are whole, too.
    for (std::size_t at = 0; at < found.size();) {
      std::uint32_t life = 0, writer = 0, number = 0, events = 0, i = 0;
      ASSERT_EQ(std::sscanf(found[at].c_str(), "%u/%u/%u/%u/%u", &life, &writer, &number, &events, &i), 5);
      ASSERT_EQ(i, 0u);
      ASSERT_LE(at + events, found.size());
      for (; i < events; ++i) ASSERT_EQ(found[at + i], data_of(life, writer, number, events, i));
      at += events;
    }
    for (const auto& r : read_) {
      ASSERT_LT(r.position, found.size()) << "somebody read an event that is gone";
      ASSERT_EQ(r.checksum, base::checksum(found[r.position])) << "somebody read another event at " << r.position;
    }
  }

  std::string dir_;
  std::vector<Acknowledged> acknowledged_;
  std::vector<Read> read_;
};

TEST_F(Kills, lose_nothing_that_was_acknowledged_and_show_nothing_that_was_not) {
  const char* wanted = std::getenv("DAYBOOK_KILLS");
  const auto kills = static_cast<std::uint32_t>(wanted ? std::atoi(wanted) : 25);
  constexpr std::uint32_t kLivesOfAStore = 10;
  std::size_t acknowledged = 0, read = 0;
  for (std::uint32_t kill = 0; kill < kills; ++kill) {
    const auto store = dir_ + "/store-" + std::to_string(kill / kLivesOfAStore);
    if (kill % kLivesOfAStore == 0) {
      acknowledged_.clear();
      read_.clear();
    }
    const auto had_acknowledged = acknowledged_.size(), had_read = read_.size();
    live_and_die(store, kill);
    ASSERT_FALSE(HasFatalFailure()) << "in " << store;
    acknowledged += acknowledged_.size() - had_acknowledged;
    read += read_.size() - had_read;
    // Now and then the next writer finds what its predecessor left, and not what a look at it has mended.
    if (kill % 3 == 1 && kill % kLivesOfAStore + 1 < kLivesOfAStore && kill + 1 < kills) continue;
    verify(store);
    ASSERT_FALSE(HasFatalFailure()) << "in " << store;
  }
  std::printf("%u kills, %zu batches acknowledged and found, %zu events read by another process meanwhile\n", kills,
              acknowledged, read);
  EXPECT_GT(acknowledged, kills * 50u);
  EXPECT_GT(read, kills * 50u);
}

}  // namespace
}  // namespace daybook::kill
