// A command on its way: what the engine knows of it from its submission to its answer.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "daybook/port/engine.hpp"
#include "engine/schema_book.hpp"

namespace daybook::engine {

struct Resident;

// One of the states a command decides over.
struct Part {
  Resident* resident = nullptr;  // kept alive by Ticket::pins; later on only compared
  std::uint64_t next = 0;        // the revision of the next event of the stream, in the state it was decided on
  std::uint64_t events = 0;      // so many of the decided events are this stream's
};

// Where a blocked caller waits.
struct Waiter {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Outcome> answer;
  bool again = false;  // the caller is to decide once more
};

struct Ticket {
  enum class Stage : std::uint8_t {
    Waiting,     // to be decided, when those before it are
    Deciding,    // some thread is at it
    InLog,       // its events are on their way
    Tentative,   // decided, without events, on events that are not durable yet
    Confirming,  // everything it rests on is durable; the point of the history at which it was right is looked for
    Answered,    // nothing can change its answer; it is told when its turn comes
  };

  std::unique_ptr<erased::Decider> command;
  CommandOptions how;
  std::vector<Part> parts;
  // The residents, by address: the order in which their turns are taken. Let go when the ticket leaves the line-ups, so
  // that a resident that keeps the ticket, to fold its events, does not keep itself.
  std::vector<std::shared_ptr<Resident>> pins;
  bool queues = true;    // on_conflict is Queue
  int retries_left = 0;  // of Retry

  // The rest is guarded by Commands::mutex_, but while Deciding by the thread that decides.
  Stage stage = Stage::Deciding;
  std::optional<Outcome> answer;
  // Of a decision without events: why, or that nothing was to be done.
  using Negative = std::variant<std::monostate, Refusal, Error>;
  Negative negative;
  std::vector<std::shared_ptr<Line>> lines;  // those that its append names
  SchemaLines schema_lines;                  // of the schemas it needs that are not durable yet
  std::size_t data_bytes = 0;                // of its events
  std::size_t bytes = 0;                     // of its append
  Position end_of_append{};                  // past its last event, once it is durable
  bool in_line_up = false;
  bool first_of_its_id = false;  // others with its command id wait for it
  bool pump_posted = false;
  bool told = false;       // the answer is out of the engine's hands
  std::uint64_t wave = 0;  // as which it counts as in flight (Commands::waves_)
  erased::Answered completion;
  Executor* where = nullptr;
  Waiter* waiter = nullptr;
};

// About what the log holds for an append of these events until it is written.
inline std::size_t size_in_log(const erased::EventBuffer& events) { return events.data_bytes() + events.size() * 256; }

using TicketPtr = std::shared_ptr<Ticket>;

}  // namespace daybook::engine
