#include "simulation/writer.hpp"

namespace daybook::simulation {

Result<std::unique_ptr<Writer>> Writer::open(io::Files& files, const std::string& store, const Clock& clock,
                                             const WriterOptions& options, std::function<void()> between) {
  Uuid id;
  base::store(id.bytes.data(), options.seed);
  id.bytes[15] = 0xdb;
  std::unique_ptr<Writer> writer(new Writer);
  auto journal = journal::Directory::open(
      files, store, {.segment_bytes = options.segment_bytes, .holder = "the simulation", .id = LogId{id}}, true);
  if (!journal) return std::unexpected(journal.error());
  writer->journal_ = std::move(*journal);
  auto& j = *writer->journal_;
  if (j.recovery().damage) return std::unexpected(*j.recovery().damage);
  writer->mutation_ = options.mutation;
  writer->watched_ = std::make_unique<WatchedJournal>(j, options.mutation, std::move(between));
  const auto& tail = j.tail();
  log::IndexFiles index{&files, [&j](std::uint64_t n) { return j.path_of(journal::index_name(n)); }};
  index.guide_path = [&j](const std::string& name) { return j.path_of(name); };
  auto log = log::Log::for_writer(
      *writer->watched_, index, clock, {tail.end, tail.chain, tail.recorded, tail.segment, tail.offset, nullptr},
      {.segment_bytes = options.segment_bytes,
       .remembered_ids = options.remembered,
       .uuid_seed = options.seed + j.epoch(),
       .warn = [w = writer.get()](Error what) { w->warnings_.push_back(std::move(what.message)); }});
  if (!log) return std::unexpected(log.error());
  writer->log_ = std::move(*log);
  if (const auto* damage = writer->log_->damage()) return std::unexpected(*damage);
  if (options.mutation == Mutation::ConsumerAhead) {
    auto early = log::Log::for_reader(*writer->watched_, index, [] { return Status{}; }, {});
    if (!early) return std::unexpected(early.error());
    writer->early_ = std::move(*early);
  }
  return writer;
}

void Writer::submit(const OwnedRequest& given, Done done) {
  auto request = given;
  if (mutation_ == Mutation::ExpectationsIgnored)
    for (auto& c : request.conditions) c.expect = Expect::any();
  if (mutation_ == Mutation::IdsForgotten) {
    request.command_id.reset();
    for (auto& e : request.events) e.id.reset();
  }
  const RequestView view(request, lines_);
  log_->append(view.get(), [done = std::move(done)](Result<Appended> answer) { done(answer); });
}

void Writer::drain(std::size_t enough_bytes) { (void)log_->sequencer()->drain(enough_bytes); }

void Writer::hand_over() {
  if (waiting_ || log_->sequencer()->open_requests() == 0) return;
  waiting_ = log_->sequencer()->take_group();
}

void Writer::complete() {
  auto& sequencer = *log_->sequencer();
  auto done = std::move(done_);
  done_.clear();
  if (failed_ && waiting_) {  // it stood on what was not written
    const auto& failed = *done.back();
    waiting_->committed =
        failed.unknown ? Status(fail(ErrorCode::ReadOnly, "not written: an earlier sync failed")) : failed.committed;
    sequencer.abandon(std::move(waiting_));
  }
  failed_ = false;
  for (auto& group : done) {
    const bool unknown = group->unknown;
    const auto outcome = group->committed;
    sequencer.complete(std::move(group));
    if (unknown) sequencer.fail_queued({ErrorCode::ReadOnly, "not written: " + outcome.error().message, {}});
  }
}

void Writer::commit() {
  if (in_commit_ || failed_ || !waiting_) return;
  in_commit_ = true;
  auto group = std::move(waiting_);
  log_->sequencer()->commit(*group);
  failed_ = !group->committed;
  done_.push_back(std::move(group));
  in_commit_ = false;
}

Status Writer::tend(std::size_t prepare_bytes) {
  if (prepare_bytes > 0)
    if (auto prepared = journal_->prepare_some(prepare_bytes); !prepared) return std::unexpected(prepared.error());
  if (auto sealed = log_->seal_some(); !sealed) return std::unexpected(sealed.error());
  auto guided = log_->guide_some();
  return guided ? Status{} : std::unexpected(guided.error());
}

void Writer::settle() {
  while (!log_->sequencer()->idle()) {
    complete();
    drain(SIZE_MAX);
    hand_over();
    commit();
    complete();
  }
}

Status Writer::close() {
  log_->sequencer()->refuse_appends({ErrorCode::Closed, "the log is closed", {}});
  settle();
  log_->stop_waiting();
  const auto end = log_->sequencer()->end();
  return watched_->close(end.position, end.chain, end.recorded);
}

}  // namespace daybook::simulation
