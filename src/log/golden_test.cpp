// A log of format version 1, its bytes fixed: today's program reads what the first one wrote, and writes the same.
//
// With DAYBOOK_WRITE_GOLDEN set the files are written anew; a change of them is a new format version.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "log/test_log.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::log {
namespace {

const std::vector<std::string> kFiles{"STORE", "log/000000000001.seg", "log/000000000001.idx", "log/000000000002.seg"};
const LogId kLog{*parse_uuid("0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e")};
const Journal::Secret kSecret{*parse_uuid("7d1f0a52-93c4-4be8-8a61-5e02c7d94b3f")};

std::string golden(const std::string& name) {
  std::ifstream in(std::string(DAYBOOK_GOLDEN "/log-v1/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Opened {
  std::unique_ptr<journal::Directory> journal;
  std::unique_ptr<Log> log;
};

Opened open(sim::FaultyDisk& disk, const Clock& clock) {
  Opened o;
  auto journal = journal::Directory::open(disk, "store", {.segment_bytes = 6'000, .id = kLog, .secret = kSecret}, true);
  EXPECT_TRUE(journal) << journal.error().message;
  o.journal = std::move(*journal);
  auto& j = *o.journal;
  EXPECT_FALSE(j.recovery().damage) << j.recovery().damage->message;
  const auto& tail = j.tail();
  auto log = Log::for_writer(j, {&disk, [&j](std::uint64_t n) { return j.path_of(journal::index_name(n)); }}, clock,
                             {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                             {.segment_bytes = 6'000, .uuid_seed = 42});
  EXPECT_TRUE(log) << log.error().message;
  o.log = std::move(*log);
  return o;
}

const std::vector<std::string> kEvents{
    "0 Account-alice@0 Opened {\"owner\":\"alice\"}",
    "1 Account-bob@0 Opened {\"owner\":\"bob\"}",
    "2 Account-alice@1 Deposited #branch:north #by:card {\"amount\":50}",
    "3 Account-alice@2 Noted " + std::string(1'000, '#'),
    "4 Account-alice@3 Withdrawn {\"amount\":20}",
    "5 Account-bob@1 Deposited {\"amount\":20}",
};

void write(sim::FaultyDisk& disk) {
  sim::SteppingClock clock(Time{std::chrono::seconds(1'700'000'000)});
  auto o = open(disk, clock);
  const auto append = [&](const std::vector<NewEvent>& events, std::optional<Uuid> command = {}) {
    clock.advance(std::chrono::seconds(1));
    const auto done = append_now(*o.log, {.events = events, .command_id = command});
    ASSERT_TRUE(done) << done.error().message;
  };
  const std::string note(1'000, '#');
  const std::string_view tags[] = {"branch:north", "by:card"};
  append({{.stream = "Account-alice", .type = "Opened", .data = R"({"owner":"alice"})"},
          {.stream = "Account-bob", .type = "Opened", .data = R"({"owner":"bob"})"}});
  append({{.stream = "Account-alice",
           .type = "Deposited",
           .data = R"({"amount":50})",
           .metadata = R"({"$actor":"alice"})",
           .occurred = Time{std::chrono::seconds(1'600'000'000)},
           .tags = tags,
           .schema_version = 2,
           .schema = 0x0123456789abcdef}});
  append({{.stream = "Account-alice",
           .type = "Noted",
           .data = note,
           .id = Uuid{{1, 2, 3, 4}},
           .content_type = ContentType::Binary}});
  append({{.stream = "Account-alice", .type = "Withdrawn", .data = R"({"amount":20})"},
          {.stream = "Account-bob", .type = "Deposited", .data = R"({"amount":20})"}},
         Uuid{{9, 9}});
  ASSERT_TRUE(o.log->seal_some().value());
  const auto end = o.log->sequencer()->end();
  ASSERT_TRUE(o.journal->close(end.position, end.chain, end.recorded));
}

TEST(GoldenLog, today_writes_the_bytes_of_version_1) {
  sim::FaultyDisk disk;
  write(disk);
  for (const auto& name : kFiles) {
    const auto now = disk.cached("store/" + name);
    ASSERT_TRUE(now) << name;
    if (std::getenv("DAYBOOK_WRITE_GOLDEN")) {
      const std::filesystem::path path = std::string(DAYBOOK_GOLDEN "/log-v1/") + name;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << *now;
    }
    const auto then = golden(name);
    ASSERT_EQ(then.size(), now->size()) << name;
    for (std::size_t i = 0; i < then.size(); ++i) ASSERT_EQ(then[i], (*now)[i]) << "byte " << i << " of " << name;
  }
}

TEST(GoldenLog, what_version_1_wrote_is_read_and_written_on) {
  for (const bool with_index : {true, false}) {
    sim::FaultyDisk disk;
    for (const auto& name : kFiles)
      if (with_index || !name.ends_with(".idx")) disk.put("store/" + name, golden(name));
    sim::SteppingClock clock(Time{std::chrono::seconds(1'800'000'000)});
    auto o = open(disk, clock);
    EXPECT_TRUE(o.journal->recovery().clean);
    EXPECT_EQ(o.log->id(), kLog);
    EXPECT_EQ(rest(o.log->read({})), kEvents);
    EXPECT_EQ(o.log->find_command(Uuid{{9, 9}}).value()->first, Position{4});
    const auto cursor = std::move(*o.log->read({.from = {2}}));
    const auto& e = **cursor->next();
    EXPECT_EQ(e.recorded, Time{std::chrono::seconds(1'700'000'002)});
    EXPECT_EQ(e.occurred, Time{std::chrono::seconds(1'600'000'000)});
    EXPECT_EQ(e.metadata, R"({"$actor":"alice"})");
    EXPECT_EQ(e.schema, 0x0123456789abcdefu);
    EXPECT_EQ(e.schema_version, 2);
    const NewEvent more{.stream = "Account-bob", .type = "Closed"};
    const StreamCondition condition{"Account-bob", Expect::exactly({1})};
    EXPECT_TRUE(append_now(*o.log, {.events = {&more, 1}, .conditions = {&condition, 1}}));
  }
}

}  // namespace
}  // namespace daybook::log
