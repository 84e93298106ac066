// A log whose threads are this test's own calls, over any journal.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "journal/directory.hpp"
#include "journal/memory.hpp"
#include "log/log.hpp"
#include "sim/model_log.hpp"

namespace daybook::log {

inline std::string text_of(const EventView& e) {
  std::string text = std::to_string(e.position.value) + " " + std::string(e.stream) + "@" +
                     std::to_string(e.revision.value) + " " + std::string(e.type);
  for (const auto tag : e.tags) text += " #" + std::string(tag);
  return text + (e.data.empty() ? "" : " " + std::string(e.data));
}

// What a cursor still has; the error's message last, if it ends in one.
inline std::vector<std::string> rest(Result<std::unique_ptr<Cursor>> cursor) {
  std::vector<std::string> all;
  while (cursor) {
    const auto event = (*cursor)->next();
    if (!event) {
      all.push_back(event.error().message);
      return all;
    }
    if (!*event) return all;
    all.push_back(text_of(**event));
  }
  all.push_back(cursor.error().message);
  return all;
}

// An index, guide or HEADS as the next format version would begin it: its version, and the checksum at `checksum_at` of
// all before that.
inline std::string of_next_version(std::string file, std::size_t checksum_at) {
  base::store(file.data() + 8, base::load<std::uint32_t>(file.data() + 8) + 1);
  base::store(file.data() + checksum_at, base::checksum(std::string_view(file).substr(0, checksum_at)));
  return file;
}

// Appends and commits at once.
inline Result<Appended> append_now(Log& log, const AppendRequest& request) {
  std::optional<Result<Appended>> answer;
  log.append(request, [&](Result<Appended> r) {
    if (r) r->revisions = {};
    answer = std::move(r);
  });
  auto& sequencer = *log.sequencer();
  sequencer.drain(SIZE_MAX);
  if (auto group = sequencer.take_group()) {
    sequencer.commit(*group);
    sequencer.complete(std::move(group));
  }
  return *answer;
}

// Passes everything on and counts the ordinals it hands out.
class CountingIndex final : public SegmentIndex {
 public:
  explicit CountingIndex(std::shared_ptr<const SegmentIndex> inner) : inner_(std::move(inner)) {}
  mutable std::size_t handed_out = 0;

  std::uint32_t events() const override { return inner_->events(); }
  Result<std::optional<KeyRef>> find(KeyKind kind, std::string_view name, std::uint32_t below) const override {
    return inner_->find(kind, name, below);
  }
  Result<std::uint32_t> ordinal_of(const KeyRef& key, std::uint32_t nth) const override {
    ++handed_out;
    return inner_->ordinal_of(key, nth);
  }
  Result<Postings> postings(const KeyRef& key, std::uint32_t from, std::uint32_t below) const override {
    auto list = inner_->postings(key, from, below);
    if (list) handed_out += list->ordinals().size();
    return list;
  }
  Result<bool> any_with_all(std::span<const AnyOf> sets, std::uint32_t from, std::uint32_t below) const override {
    return inner_->any_with_all(sets, from, below);
  }
  Result<RecordPlace> place_of(std::uint32_t ordinal) const override { return inner_->place_of(ordinal); }
  Result<GroupPlace> group_of(std::uint32_t ordinal) const override { return inner_->group_of(ordinal); }
  Result<std::vector<std::uint32_t>> with_id(const Uuid& id, std::uint32_t from) const override {
    return inner_->with_id(id, from);
  }
  std::size_t memory_bytes() const override { return inner_->memory_bytes(); }
  std::size_t mapped_bytes() const override { return inner_->mapped_bytes(); }

 private:
  std::shared_ptr<const SegmentIndex> inner_;
};

class MemoryLogTest : public testing::Test {
 protected:
  // With segments so small that a few events fill one.
  explicit MemoryLogTest(std::uint64_t segment_bytes = 6'000) : segment_bytes_(segment_bytes) { open(); }

  void open() {
    log.reset();
    journal.reopen();
    const auto& tail = journal.tail();
    auto opened =
        Log::for_writer(journal, {}, clock, {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
                        {.segment_bytes = segment_bytes_, .uuid_seed = 1, .warn = [this](const Error& what) {
                           warnings.push_back(what);
                         }});
    ASSERT_TRUE(opened) << opened.error().message;
    log = std::move(*opened);
  }
  Result<Appended> add(const std::string& stream, const std::string& type, const std::string& data = {},
                       const std::vector<std::string_view>& tags = {}) {
    const NewEvent event{.stream = stream, .type = type, .data = data, .tags = tags};
    return append_now(*log, {.events = {&event, 1}});
  }

  sim::SteppingClock clock;
  journal::Memory journal{LogId{Uuid{{7}}}};
  std::vector<Error> warnings;
  std::unique_ptr<Log> log;

 private:
  const std::uint64_t segment_bytes_;
};

}  // namespace daybook::log
