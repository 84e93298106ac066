// Every byte of a small store flipped in turn: whoever opens it and reads everything gets exactly the events that were
// appended, or an error that names the file; never a crash, never other events, never fewer without a word.
//
// Harmless, because nothing that is read depends on them:
//   lock         says who holds it, to people
//   mark         each position stands twice with a check of its own; the live word is raised by the next writer, and a
//                reader that it sends too far says that there is nothing; the epoch only counts up
//   a close      says no more than the group before it
//   the headers, seals and tables of batches in a sealed segment, while its index is sound: reading goes by the index
//   to
//                the records, each of which has a checksum of its own. `daybook verify` goes over them.
//   an index     whose header or checksums are wrong is made anew; its blocks are checked when they are read
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "journal/directory.hpp"
#include "journal/identity.hpp"
#include "journal/scan.hpp"
#include "log/log.hpp"
#include "sim/faulty_disk.hpp"
#include "sim/model_log.hpp"

namespace daybook {
namespace {

using Contents = std::map<std::string, std::string>;

std::vector<std::string> files_of_a_store() {
  std::vector<std::string> all{"store/STORE", "store/lock", "store/mark"};
  for (std::uint64_t n = 1; n <= 9; ++n) {
    all.push_back("store/log/" + journal::segment_name(n));
    all.push_back("store/log/" + journal::index_name(n));
  }
  return all;
}

// One process that has the store open, one way or the other.
struct Opened {
  std::unique_ptr<journal::Directory> journal;
  std::unique_ptr<log::Log> log;
  std::optional<Error> error;  // of opening, or the damage found
};

Opened open(io::Files& files, const Clock& clock, bool writer, std::uint64_t segment_bytes) {
  Opened o;
  auto journal = writer ? journal::Directory::open(files, "store", {.segment_bytes = segment_bytes}, false)
                        : journal::Directory::follow(files, "store");
  if (!journal) {
    o.error = journal.error();
    return o;
  }
  o.journal = std::move(*journal);
  auto& j = *o.journal;
  o.error = j.recovery().damage;
  const log::IndexFiles index{&files, [&j](std::uint64_t n) { return j.path_of(journal::index_name(n)); }};
  const auto& tail = j.tail();
  auto log = writer && !o.error
                 ? log::Log::for_writer(j, index, clock,
                                        {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                                        {.segment_bytes = segment_bytes})
                 : log::Log::for_reader(j, index, [&j] { return j.refresh(); }, {.damage = o.error});
  if (log) {
    o.log = std::move(*log);
    if (o.log->damage()) o.error = *o.log->damage();
  }
  if (!log && !o.error) o.error = log.error();
  return o;
}

std::string text_of(const EventView& e) {
  return std::to_string(e.position.value) + " " + std::string(e.stream) + "@" + std::to_string(e.revision.value) + " " +
         std::string(e.type) + " " + to_string(e.id) + to_string(e.recorded) + to_string(e.occurred) +
         std::string(e.data) + std::string(e.metadata);
}

struct Everything {
  std::vector<std::string> events;  // of the whole log
  std::vector<std::string> by_stream;
  std::optional<Error> error;
};

Everything read_all(const log::Log& log, const std::vector<std::string>& streams) {
  Everything all;
  const auto take = [&](Result<std::unique_ptr<Cursor>> cursor, std::vector<std::string>& into) {
    while (cursor) {
      const auto event = (*cursor)->next();
      if (!event) {
        if (!all.error) all.error = event.error();
        return;
      }
      if (!*event) return;
      into.push_back(text_of(**event));
    }
    if (!all.error) all.error = cursor.error();
  };
  take(log.read({}), all.events);
  for (const auto& stream : streams) take(log.read_stream(stream, {}), all.by_stream);
  if (const auto chain = log.chain_at(log.end()); !chain && !all.error) all.error = chain.error();
  return all;
}

class Flips : public testing::Test {
 protected:
  static constexpr std::uint64_t kSegmentBytes = 5'800;

  void SetUp() override {
    auto o = make();
    auto& sequencer = *o.log->sequencer();
    for (int i = 0; i < 11; ++i) {
      const auto stream = streams[static_cast<std::size_t>(i) % streams.size()];
      const std::string data = R"({"n":)" + std::to_string(i) + "}" + std::string(100, 'x');
      const std::string_view tags[] = {"colour:red"};
      const std::vector<NewEvent> events(1 + i % 2, {.stream = stream, .type = "Painted", .data = data, .tags = tags});
      clock.advance(std::chrono::seconds(1));
      o.log->append({.events = events}, [](Result<Appended> r) { ASSERT_TRUE(r) << r.error().message; });
      sequencer.drain(SIZE_MAX);
      auto group = sequencer.take_group();
      sequencer.commit(*group);
      sequencer.complete(std::move(group));
      while (o.log->seal_some().value()) {
      }
    }
    sound = read_all(*o.log, streams);
    ASSERT_FALSE(sound.error);
    ASSERT_EQ(sound.events.size(), 16u);
    ASSERT_GE(o.journal->segments().size(), 3u);
    ASSERT_LE(o.journal->segments().size(), 9u);
    const auto end = sequencer.end();
    ASSERT_TRUE(o.journal->close(end.position, end.chain, end.recorded));
    o = {};
    for (const auto& path : files_of_a_store())
      if (const auto bytes = disk.cached(path)) contents[path] = *bytes;
  }
  Opened make() {
    EXPECT_TRUE(journal::Directory::open(disk, "store", {}, true));
    return open(disk, clock, true, kSegmentBytes);
  }

  // Which bytes of a segment hold records, or its header: where a flip must be found.
  std::vector<bool> vital(const std::string& bytes) {
    std::vector<bool> is(bytes.size(), false);
    std::fill_n(is.begin(), journal::kSegmentHeaderBytes, true);
    sim::FaultyDisk intact;
    intact.put("store/STORE", contents.at("store/STORE"));
    const auto identity = journal::read_identity(intact, "store");
    journal::GroupScan scan(
        [&](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
          const auto part = base::as_bytes(bytes).subspan(std::min<std::size_t>(offset, bytes.size()));
          std::copy_n(part.begin(), std::min(part.size(), into.size()), into.begin());
          return std::min(part.size(), into.size());
        },
        journal::kSegmentHeaderBytes, journal::group_seed(identity->secret), "a segment");
    for (auto group = scan.next(); group && *group; group = scan.next())
      std::fill_n(is.begin() + static_cast<std::ptrdiff_t>((*group)->offset + journal::kGroupHeaderBytes),
                  (*group)->header.body_bytes, true);
    return is;
  }

  // Opens and reads what is there, as writer and as another process; what was wrong, or nothing.
  std::optional<Error> look(const std::string& about, bool writer) {
    const auto process = disk.process();
    auto o = open(*process, clock, writer, kSegmentBytes);
    Everything all;
    if (o.log) all = read_all(*o.log, streams);
    const auto error = o.error ? o.error : all.error;
    EXPECT_LE(all.events.size(), sound.events.size()) << about;
    for (std::size_t i = 0; i < all.events.size(); ++i) EXPECT_EQ(all.events[i], sound.events[i]) << about;
    if (!error) {
      EXPECT_EQ(all.events.size(), sound.events.size()) << about << ": fewer events, and not a word";
      EXPECT_EQ(all.by_stream, sound.by_stream) << about;
    }
    return error;
  }

  const std::vector<std::string> streams{"Wall-1", "Wall-2", "Door-1"};
  sim::SteppingClock clock;
  sim::FaultyDisk disk;
  Contents contents;
  Everything sound;
};

TEST_F(Flips, of_any_byte_are_found_or_change_nothing) {
  for (const auto& [path, bytes] : contents) {
    const bool segment = path.ends_with(".seg");
    const auto must_be_found = segment ? vital(bytes) : std::vector<bool>(bytes.size(), path.ends_with("STORE"));
    std::size_t found = 0, harmless = 0;
    for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
      disk.~FaultyDisk();
      new (&disk) sim::FaultyDisk;
      for (const auto& [other, content] : contents) disk.put(other, content);
      for (const bool writer : {false, true}) {  // a reader changes nothing, so the writer comes second
        if (!writer) disk.flip(path, offset, offset * 5 % 8);
        const auto about = "byte " + std::to_string(offset) + " of " + path + (writer ? ", opened for writing" : "");
        const auto error = look(about, writer);
        ++(error ? found : harmless);
        if (must_be_found[offset]) {
          EXPECT_TRUE(error) << about;
        }
        if (!error) continue;
        EXPECT_TRUE(error->code == ErrorCode::Damage || error->code == ErrorCode::ForeignHistory ||
                    error->code == ErrorCode::UnsupportedVersion)
            << about << ": " << name_of(error->code);
        const auto name = path == "store/mark" ? "log/" : path.substr(path.rfind('/') + 1);
        EXPECT_NE(error->message.find(name), std::string::npos) << about << ": " << error->message;
        if (testing::Test::HasFailure()) return;
      }
    }
    std::printf("%s: %zu bytes, %zu flips found, %zu harmless\n", path.c_str(), bytes.size(), found, harmless);
    if (path.ends_with("lock")) {
      EXPECT_EQ(found, 0u);
    }
  }
}

}  // namespace
}  // namespace daybook
