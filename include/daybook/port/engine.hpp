// The engine as the typed pages see it: commands, appends, states and consumers, without types.
//
// Implemented once, in src/engine, over the ports beside this one. Store, Stream and Boundary (store.hpp) are thin
// templates over it. Every function may be called from any thread, but not from everywhere on it: store.hpp says what
// is InvalidArgument from within users' code that the engine runs.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/checked_snapshot.hpp"
#include "daybook/erased.hpp"
#include "daybook/options.hpp"
#include "daybook/outcome.hpp"
#include "daybook/port/event_log.hpp"
#include "daybook/subscription.hpp"

namespace daybook {

// Whether close() lets the commands finish that wait for their turn.
enum class Closing : std::uint8_t {
  Drain,   // everything that was submitted is answered as ever, and the snapshots that were begun are saved
  Refuse,  // what is not yet in the log's hands is answered with ErrorCode::Closed; no more snapshots are saved
};

namespace erased {

class Engine;

// One of the states that a command decides over: a stream's, or what a query folds.
struct Target {
  const StateType* type = nullptr;
  std::string stream;               // where its events go
  const Engine* engine = nullptr;   // whose store it is of
  std::optional<Query> boundary{};  // if given, the state is folded from what matches, and that is the condition
};

// An event for append(), encoded.
struct PlainAppend {
  std::vector<std::string> streams;  // by EventBuffer::Event::state
  EventBuffer events;
  std::vector<AppendOptions> options;  // of each event; those of one stream do not expect different things
  const Engine* engine = nullptr;      // whose store the streams are of
  std::optional<Uuid> batch_id{};
  std::optional<Error> broken{};  // an event that could not be encoded: nothing is appended
};

using Answered = std::move_only_function<void(Outcome)>;
using Handle = std::move_only_function<Result<Handled>(const EventView&)>;

class Engine {
 public:
  virtual ~Engine() = default;

  // Decides on the caller's thread, unless the command must wait for others.
  virtual Outcome execute(std::unique_ptr<Decider> command, const std::vector<Target>& targets,
                          const CommandOptions& how) = 0;
  virtual void submit(std::unique_ptr<Decider> command, const std::vector<Target>& targets, const SubmitOptions& how,
                      Answered answered) = 0;

  // Appends without deciding, all or nothing.
  virtual void append(PlainAppend what, Executor* completions, Answered answered) = 0;
  virtual Outcome append(PlainAppend what) = 0;

  // Folds the state at `moment` into `state`, which was just created.
  virtual Status state(const Target& target, const Moment& moment, void* state) = 0;
  // Calls `each` for every event that matches and belongs to `moment`, in log order.
  virtual Status fold(const Query& query, const Moment& moment,
                      const std::function<Status(const EventView&)>& each) = 0;

  // Holds every saved state of the type against what its events fold to.
  virtual Result<std::vector<CheckedSnapshot>> verify_snapshots(const StateType& type) = 0;

  virtual Result<std::unique_ptr<Cursor>> read_stream(std::string_view stream, const ReadStream& how) = 0;

  virtual Result<Subscription> subscribe(std::string name, Query filter, Start start, Handle handler) = 0;
  virtual Status forget_consumer(const std::string& name) = 0;
  virtual Result<std::vector<std::string>> consumers() = 0;

  // Waits until everything that was submitted before is answered and every completion has returned. InvalidArgument
  // from within a completion, a decide, an evolve, a key or an on_warning.
  virtual Status drain() = 0;
  // Ends the consumers, then the commands; the log itself belongs to whoever made it. Waits and fails as drain() does,
  // and fails from within a handler.
  virtual Status close(Closing how) = 0;
  // As close(Drain), then lets go of `lifetime`. From everywhere; it does not wait where close() would fail.
  virtual void last_store_gone(std::shared_ptr<void> lifetime) = 0;

  virtual EventLog& log() = 0;
  virtual const codec::Resolvers& resolvers() const = 0;
  virtual Payload payload() const = 0;
};

}  // namespace erased
}  // namespace daybook
