#include "engine/engine.hpp"

#include <type_traits>

#include "base/utf8.hpp"
#include "engine/commands.hpp"
#include "engine/consumer.hpp"
#include "engine/snapshot_check.hpp"
#include "engine/within.hpp"

namespace daybook::engine {
namespace {

class JoinedEngine final : public erased::Engine, public std::enable_shared_from_this<JoinedEngine> {
 public:
  explicit JoinedEngine(Parts parts)
      : parts_(std::move(parts)),
        ground_(std::make_shared<Ground>(parts_)),
        consumers_(std::make_shared<Consumers>(ground_)),
        commands_(std::make_shared<Commands>(ground_, [consumers = consumers_] { consumers->log_moved(); })) {}
  // The threads go before what they use.
  ~JoinedEngine() override {
    parts_.handlers.reset();
    parts_.background.reset();
  }

  Status open() { return ground_->schemas->open(); }

  Outcome execute(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
                  const CommandOptions& how) override {
    if (auto error = Within::forbids_waiting(me(), "execute()")) return *error;
    if (auto error = not_all_ours(targets)) return *error;
    const Within within(Within::What::Engine, me());
    return commands_->execute(std::move(command), targets, how);
  }
  void submit(std::unique_ptr<erased::Decider> command, const std::vector<erased::Target>& targets,
              const SubmitOptions& how, erased::Answered answered) override {
    if (auto error = Within::forbids(me(), "submit()"))
      return commands_->refuse(how.completions, std::move(answered), std::move(*error));
    const Within within(Within::What::Engine, me());
    if (auto error = not_all_ours(targets))
      return commands_->refuse(how.completions, std::move(answered), std::move(*error));
    commands_->submit(std::move(command), targets, how, std::move(answered));
  }
  void append(erased::PlainAppend what, Executor* completions, erased::Answered answered) override {
    if (auto error = Within::forbids(me(), "submit()"))
      return commands_->refuse(completions, std::move(answered), std::move(*error));
    const Within within(Within::What::Engine, me());
    if (what.engine != this) return commands_->refuse(completions, std::move(answered), batch_of_another());
    commands_->append(std::move(what), completions, std::move(answered));
  }
  Outcome append(erased::PlainAppend what) override {
    if (auto error = Within::forbids_waiting(me(), "append()")) return *error;
    if (what.engine != this) return batch_of_another();
    const Within within(Within::What::Engine, me());
    return commands_->append(std::move(what));
  }

  Status state(const erased::Target& target, const Moment& moment, void* state) override {
    if (auto may = may_read("state()"); !may) return may;
    const Within within(Within::What::Engine, me());
    if (std::holds_alternative<Latest>(moment) && target.type->assign) return commands_->latest(target, state);
    return folding([&] { return ground_->loader.at(target, moment, state); });
  }
  Status fold(const Query& query, const Moment& moment, const std::function<Status(const EventView&)>& each) override {
    if (auto may = may_read("view()"); !may) return may;
    const Within within(Within::What::Engine, me());
    return folding([&] { return ground_->loader.fold(query, moment, each); });
  }
  Result<std::vector<CheckedSnapshot>> verify_snapshots(const erased::StateType& type) override {
    if (auto may = may_read("verify_snapshots()"); !may) return std::unexpected(std::move(may).error());
    const Within within(Within::What::Engine, me());
    return folding([&] { return check_snapshots(*ground_, type); });
  }
  Result<std::unique_ptr<Cursor>> read_stream(std::string_view stream, const ReadStream& how) override {
    if (auto may = may_read("history()"); !may) return std::unexpected(std::move(may).error());
    return ground_->log->read_stream(stream, how);
  }

  Result<Subscription> subscribe(std::string name, Query filter, Start start, erased::Handle handler) override {
    if (auto error = Within::forbids(me(), "subscribe()")) return std::unexpected(std::move(*error));
    return consumers_->start(name, std::move(filter), start, std::move(handler));
  }

  Status forget_consumer(const std::string& name) override {
    if (auto error = Within::forbids(me(), "forget_consumer()")) return std::unexpected(std::move(*error));
    return consumers_->forget(name);
  }
  Result<std::vector<std::string>> consumers() override {
    if (auto may = may_read("consumers()"); !may) return std::unexpected(std::move(may).error());
    if (!ground_->checkpoints) return std::vector<std::string>{};
    return ground_->checkpoints->names();
  }

  Status drain() override {
    if (auto error = Within::forbids_draining(me(), "drain()")) return std::unexpected(std::move(*error));
    const Within within(Within::What::Engine, me());
    commands_->drain();
    return {};
  }
  Status close(Closing how) override {
    if (auto error = Within::forbids_closing(me(), "close()")) return std::unexpected(std::move(*error));
    close_now(how);
    return {};
  }
  void last_store_gone(std::shared_ptr<void> lifetime) override {
    auto close = [self = shared_from_this(), lifetime = std::move(lifetime)]() mutable {
      self->close_now(Closing::Drain);
      lifetime.reset();
    };
    if (Within::in_anything() && parts_.elsewhere)
      parts_.elsewhere(std::move(close));
    else
      close();
  }

  EventLog& log() override { return *ground_->log; }
  const codec::Resolvers& resolvers() const override { return ground_->resolvers; }
  Payload payload() const override { return ground_->options.payload; }

 private:
  // What stands for this store in within.hpp.
  const void* me() const { return ground_.get(); }

  std::optional<Error> not_all_ours(const std::vector<erased::Target>& targets) const {
    for (const auto& target : targets)
      if (target.engine != this)
        return Error{ErrorCode::InvalidArgument,
                     "the stream " + base::quoted(target.stream) + " is of another Store than the one that was asked",
                     {}};
    return std::nullopt;
  }
  static Error batch_of_another() {
    return {ErrorCode::InvalidArgument, "the batch was made for another Store than the one that was asked", {}};
  }

  Status may_read(std::string_view call) const {
    if (auto error = Within::forbids(me(), call)) return std::unexpected(std::move(*error));
    if (commands_->closed()) return fail(ErrorCode::Closed, "the store is closed");
    return {};
  }

  // No turn is held here, but to the evolves that run it is one: they may not call the store. What one submits all the
  // same is answered afterwards.
  template <class F>
  std::invoke_result_t<F> folding(F fold) {
    auto folded = [&] {
      const Within within(Within::What::Turn, me());
      return fold();
    }();
    commands_->deliver();
    return folded;
  }

  // First the consumers, whose handlers may be waiting for commands.
  void close_now(Closing how) {
    const Within within(Within::What::Engine, me());
    const std::lock_guard closing(closing_);  // nobody is told that all is over while another is still at it
    if (how == Closing::Refuse) ground_->refusing = true;
    consumers_->stop_all();
    commands_->close(how);
    // The snapshots that were begun: no command is left to begin another, and of a state in the cache there is one.
    ground_->outstanding.none();
  }

  Parts parts_;
  std::mutex closing_;
  const std::shared_ptr<Ground> ground_;
  const std::shared_ptr<Consumers> consumers_;
  const std::shared_ptr<Commands> commands_;
};

}  // namespace

Result<Store> make_store(Parts parts, std::shared_ptr<void> lifetime) {
  auto engine = std::make_shared<JoinedEngine>(std::move(parts));
  if (auto opened = engine->open(); !opened) return std::unexpected(std::move(opened).error());
  return Store(std::move(engine), std::move(lifetime));
}

}  // namespace daybook::engine
