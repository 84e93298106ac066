#include "cli/appending.hpp"

#include <fmt/format.h>

#include <iterator>
#include <memory>

namespace daybook::cli {

Appending::Appending(EventLog& log, Output* receipts, std::string input)
    : log_(log), receipts_(receipts), input_(std::move(input)), teller_([this] { tell(); }) {}

Appending::~Appending() {
  Counts counts;
  (void)wait(counts);
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  teller_.join();
}

bool Appending::send(const AppendRequest& request, const Sent& sent) {
  {
    std::unique_lock guard(mutex_);
    // One that is larger than all that may be in flight goes alone.
    changed_.wait(guard, [&] {
      return stopped_ || in_flight_ == 0 ||
             (in_flight_ < kMostInFlight && bytes_in_flight_ + sent.bytes <= kMostBytesInFlight);
    });
    if (stopped_) return false;
    ++in_flight_;
    bytes_in_flight_ += sent.bytes;
  }
  log_.append(request, [this, sent, events = request.events.size()](Result<Appended> appended) {
    Done done{.sent = sent, .events = events};
    if (appended) {
      done.position = appended->first;
      done.revision = appended->revisions.empty() ? Revision{} : appended->revisions.front();
      done.repeated = appended->repeated;
    } else {
      done.error = std::move(appended.error());
    }
    const std::lock_guard guard(mutex_);
    done_.push_back(std::move(done));
    changed_.notify_all();
  });
  return true;
}

ExitCode Appending::wait(Counts& counts) {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return in_flight_ == 0; });
  counts = counts_;
  return failure_;
}

void Appending::report_failed() {
  if (!failed_) return;
  auto& [error, first, last] = *failed_;
  const auto lines = first == last ? fmt::format("line {}", first) : fmt::format("lines {} to {}", first, last);
  error.message = fmt::format("{}, {}: {}", input_, lines, error.message);
  (void)report(error);
  failed_.reset();
}

void Appending::tell_one(const Done& done) {
  if (done.error) {
    if (!failed_ || failed_->error.code != done.error->code || failed_->error.message != done.error->message) {
      report_failed();
      failed_ = Failed{*done.error, done.sent.first_line, 0};
    }
    failed_->last_line = done.sent.last_line;
    const std::lock_guard guard(mutex_);
    if (failure_ == ExitCode::Ok) failure_ = exit_code_of(done.error->code);
    stopped_ = true;
    return;
  }
  report_failed();
  (done.repeated ? counts_.repeated : counts_.appended) += done.events;
  if (!counts_.first) counts_.first = done.position;
  counts_.last = {done.position.value + done.events - 1};
  counts_.last_revision = {done.revision.value + done.events - 1};
  if (!receipts_) return;
  for (std::uint64_t i = 0; i < done.events; ++i) {
    fmt::format_to(std::back_inserter(receipts_->text()), R"({{"position":{},"revision":{}{}}})",
                   done.position.value + i, done.revision.value + i, done.repeated ? R"(,"repeated":true)" : "");
    receipts_->end_line();
  }
}

void Appending::tell() {
  std::vector<Done> batch;
  std::unique_lock guard(mutex_);
  for (;;) {
    changed_.wait(guard, [&] { return ending_ || !done_.empty(); });
    if (done_.empty()) return;
    batch.swap(done_);
    guard.unlock();
    std::size_t bytes = 0;
    for (const auto& done : batch) {
      tell_one(done);
      bytes += done.sent.bytes;
    }
    if (receipts_) receipts_->flush();
    guard.lock();
    // Nothing is sent any more after a failure: these were the last.
    if (failed_ && in_flight_ == batch.size()) {
      guard.unlock();
      report_failed();
      guard.lock();
    }
    if (receipts_ && !receipts_->open()) stopped_ = true;
    in_flight_ -= batch.size();
    bytes_in_flight_ -= bytes;
    batch.clear();
    changed_.notify_all();
  }
}

}  // namespace daybook::cli
