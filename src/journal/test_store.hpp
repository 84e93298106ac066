// A store on a faulty disk, for the tests of opening and recovery.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contract/journal_groups.hpp"
#include "journal/directory.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::journal {

// A file that tells of each read, before it, how many bytes it asks for.
struct ReadFile final : io::File {
  std::unique_ptr<io::File> inner;
  std::function<void(std::size_t bytes)> before;
  ReadFile(std::unique_ptr<io::File> f, std::function<void(std::size_t)> b)
      : inner(std::move(f)), before(std::move(b)) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    before(into.size());
    return inner->read_at(offset, into);
  }
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    return inner->write_at(offset, bytes);
  }
  Status sync() override { return inner->sync(); }
  Result<std::uint64_t> size() const override { return inner->size(); }
  Status truncate(std::uint64_t size) override { return inner->truncate(size); }
  Result<std::unique_ptr<io::Mapping>> map() const override { return inner->map(); }
};

// Hands every call on to other Files; what a test wants to see or to disturb it overrides.
class Forwarding : public io::Files {
 public:
  explicit Forwarding(io::Files& inner) : inner_(inner) {}
  Result<std::unique_ptr<io::File>> open(const std::string& p, io::Open how) override { return inner_.open(p, how); }
  Result<bool> exists(const std::string& p) override { return inner_.exists(p); }
  Result<std::vector<io::Entry>> list(const std::string& d) override { return inner_.list(d); }
  Status make_directory(const std::string& p) override { return inner_.make_directory(p); }
  Status rename(const std::string& a, const std::string& b) override { return inner_.rename(a, b); }
  Status remove(const std::string& p) override { return inner_.remove(p); }
  Status sync_directory(const std::string& p) override { return inner_.sync_directory(p); }
  Result<std::unique_ptr<io::Lock>> lock(const std::string& p, std::string_view h) override {
    return inner_.lock(p, h);
  }
  Result<std::unique_ptr<io::SharedPage>> shared_page(const std::string& p, bool w) override {
    return inner_.shared_page(p, w);
  }
  Status check_file_system(const std::string& d, std::string& w) override { return inner_.check_file_system(d, w); }

 protected:
  io::Files& inner_;
};

class StoreTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kFirst = kSegmentHeaderBytes;

  Result<std::unique_ptr<Directory>> try_open() {
    return Directory::open(disk, "store", {.segment_bytes = 1u << 20, .holder = "this test"}, true);
  }
  // Opens, and writes from where the log ends.
  void open() {
    close_files();
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    directory = std::move(*opened);
    writer.emplace(*directory, directory->tail());
  }
  void close_files() {
    writer.reset();
    directory.reset();
  }
  void kill() {
    close_files();
    disk.process_kill();
  }
  void power_cut() {
    close_files();
    disk.power_cut();
  }
  void append(const std::vector<std::uint32_t>& batches = {1}, const std::string& fill = "payload") {
    const auto done = writer->append(batches, fill);
    ASSERT_TRUE(done) << done.error().message;
  }
  // Three segments with an event or two in each.
  void fill() {
    open();
    append({2});
    ASSERT_TRUE(writer->begin_segment());
    append();
    ASSERT_TRUE(writer->begin_segment());
    append();
    ASSERT_TRUE(writer->close());
    close_files();
  }
  static std::string segment(std::uint64_t number) { return "store/log/" + segment_name(number); }
  std::string bytes_of(const std::string& path) { return disk.cached(path).value_or("(not there)"); }
  // Checksums of everything in the store that may never change behind a reader's back.
  std::vector<std::uint64_t> snapshot() {
    std::vector<std::uint64_t> all{base::checksum(bytes_of("store/STORE"))};
    // A mark that is lost is made anew, of zeros: it says nothing then.
    const auto mark = bytes_of("store/mark");
    all.push_back(mark.starts_with('(') || mark.front() == '\0' ? 0 : base::checksum(mark));
    for (std::uint64_t n = 1; n <= 9; ++n) all.push_back(base::checksum(bytes_of(segment(n))));
    return all;
  }
  // Another machine with the files of this one's store.
  std::unique_ptr<sim::FaultyDisk> copy_of_the_store() {
    auto other = std::make_unique<sim::FaultyDisk>();
    for (const auto* name : {"store/STORE", "store/lock", "store/mark"}) other->put(name, bytes_of(name));
    for (std::uint64_t n = 1; n <= 9; ++n)
      if (const auto bytes = disk.cached(segment(n))) other->put(segment(n), *bytes);
    return other;
  }
  const Recovery& recovery() { return directory->recovery(); }

  // Opens what is damaged: it must be readable up to `end`, say why, and change nothing.
  void expect_damage(Position end, const std::string& named) {
    const auto before = snapshot();
    open();
    ASSERT_TRUE(recovery().damage) << "no damage was found";
    EXPECT_NE(recovery().damage->message.find(named), std::string::npos) << recovery().damage->message;
    EXPECT_FALSE(directory->writable());
    EXPECT_EQ(directory->durable(), end);
    EXPECT_EQ(recovery().cut_bytes, 0u);
    EXPECT_EQ(snapshot(), before);
  }

  sim::FaultyDisk disk;
  std::unique_ptr<Directory> directory;
  std::optional<contract::GroupWriter> writer;
};

}  // namespace daybook::journal
