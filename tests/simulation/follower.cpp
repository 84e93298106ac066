#include "simulation/follower.hpp"

#include <fmt/format.h>

namespace daybook::simulation {

// Starts over after an error that was to be expected.
void Follower::complain(const std::string& about, const Error& error, bool faulty) {
  if (!faulty && !dead()) broken("the other process, " + about + ": " + error.message);
  cursor_.reset();
  log_.reset();
  journal_.reset();
}

bool Follower::open(bool faulty) {
  if (cursor_) return true;
  auto journal = journal::Directory::follow(*process_, store_);
  if (!journal) {
    if (journal.error().code != ErrorCode::NotFound) complain("opening the journal", journal.error(), faulty);
    return false;
  }
  journal_ = std::move(*journal);
  if (const auto& damage = journal_->recovery().damage) {
    complain("opening the journal", *damage, faulty);
    return false;
  }
  warnings_.clear();
  log::IndexFiles files{process_.get(), [this](std::uint64_t n) { return journal_->path_of(journal::index_name(n)); }};
  files.guide_path = [this](const std::string& name) { return journal_->path_of(name); };
  auto log = log::Log::for_reader(*journal_, files, [this] { return journal_->refresh(); },
                                  {.warn = [this](Error w) { warnings_.push_back(std::move(w.message)); }});
  if (!log) {
    complain("opening the log", log.error(), faulty);
    return false;
  }
  log_ = std::move(*log);
  auto cursor = log_->read({.from = next_});
  if (!cursor) broken("the other process, reading: " + cursor.error().message);
  cursor_ = std::move(*cursor);
  return true;
}

std::size_t Follower::read_on(Oracle& oracle, std::size_t most, bool faulty) {
  if (!open(faulty)) return 0;
  const auto durable = journal_->durable();
  if (durable < durable_)
    broken(
        fmt::format("the other process sees position {} as durable, and saw {} before", durable.value, durable_.value));
  durable_ = durable;
  std::size_t read = 0;
  for (; read < most; ++read) {
    const auto event = cursor_->next();
    if (!event) {
      complain("reading", event.error(), faulty);
      return read;
    }
    if (!*event) break;
    if ((*event)->position != next_)
      broken(fmt::format("the other process read position {} where {} was expected", (*event)->position.value,
                         next_.value));
    oracle.seen(**event);
    next_ = next_.next();
  }
  if (const auto chain = log_->chain_at(next_)) oracle.seen_chain(next_, *chain);
  for (const auto& warning : warnings_)
    if (!faulty && !dead()) broken("the other process warns: " + warning);
  warnings_.clear();
  return read;
}

}  // namespace daybook::simulation
