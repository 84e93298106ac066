// What the contracts of event logs stand on: a bed, which is a log that makes progress by itself (appends are answered
// without the test doing anything), and what the tests ask of it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/limits.hpp"
#include "daybook/port/clock.hpp"
#include "daybook/port/event_log.hpp"

namespace daybook::contract {

// A clock that the suite moves; it may go back.
class SetClock final : public Clock {
 public:
  Time now() const override { return now_.load(); }
  void set(std::int64_t seconds) { now_ = Time{std::chrono::seconds(seconds)}; }

 private:
  std::atomic<Time> now_{Time{std::chrono::seconds(1'000)}};
};

struct LogSettings {
  Limits limits{};
  std::uint64_t remembered_events = 1'000'000;
};

class LogBed {
 public:
  virtual ~LogBed() = default;
  virtual EventLog& log() = 0;
};

template <class Bed>
using MakeLogBed = std::unique_ptr<Bed> (*)(const Clock& clock, const LogSettings& settings);

// An owning copy of what an append was answered.
struct Answer {
  Position first, last;
  std::vector<std::uint64_t> revisions;
  bool repeated = false;
};

inline Result<Answer> append(EventLog& log, const AppendRequest& request) {
  std::promise<Result<Answer>> promise;
  auto answer = promise.get_future();
  log.append(request, [&](Result<Appended> r) {
    if (!r) return promise.set_value(std::unexpected(r.error()));
    Answer a{r->first, r->last, {}, r->repeated};
    for (auto revision : r->revisions) a.revisions.push_back(revision.value);
    promise.set_value(std::move(a));
  });
  return answer.get();
}

template <class Bed>
class LogContract : public testing::TestWithParam<MakeLogBed<Bed>> {
 protected:
  void start(const LogSettings& settings = {}) { bed_ = this->GetParam()(clock_, settings); }
  EventLog& log() {
    if (!bed_) start();
    return bed_->log();
  }

  Result<Answer> add(std::vector<NewEvent> events, std::vector<StreamCondition> conditions = {}) {
    return append(log(), {.events = events, .conditions = conditions});
  }
  Result<Answer> add(std::string_view stream, std::string_view type, Expect expect = Expect::any()) {
    return add({{.stream = stream, .type = type, .data = "{}"}}, {{stream, expect}});
  }
  ErrorCode code(const Result<Answer>& r) {
    EXPECT_FALSE(r.has_value());
    return r ? ErrorCode::NotFound : r.error().code;
  }

  // "stream@revision:type" of all that a cursor still has.
  static std::vector<std::string> rest(Cursor& cursor) {
    std::vector<std::string> all;
    for (;;) {
      auto e = cursor.next();
      EXPECT_TRUE(e) << e.error().message;
      if (!e || !*e) return all;
      const auto& v = **e;
      all.push_back(std::string(v.stream) + "@" + std::to_string(v.revision.value) + ":" + std::string(v.type));
    }
  }
  std::vector<std::string> read(ReadLog how = {}) { return rest(**log().read(how)); }
  std::vector<std::string> read_stream(std::string_view stream, ReadStream how = {}) {
    return rest(**log().read_stream(stream, how));
  }
  using Strings = std::vector<std::string>;

  static Uuid uuid(std::uint8_t n) {
    Uuid id{};
    id.bytes[15] = n;
    id.bytes[6] = 0x70;
    id.bytes[8] = 0x80;
    return id;
  }

  SetClock clock_;
  std::unique_ptr<Bed> bed_;
};

}  // namespace daybook::contract
