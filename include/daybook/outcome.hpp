// What a command was answered: a receipt, a refusal or an error, and which.
//
//     const auto answer = alice.execute(Withdraw{99_eur});
//     if (answer) return answer->position;                                            // it happened: a Receipt
//     if (auto why = answer.refused<InsufficientFunds>()) return show(why->balance);  // the domain said no, for this
//     if (answer.is_refused()) return show(answer.message());                         // or for another reason
//     log(answer.error());                                                            // the world did something
//
// message() says in words what any answer is, so that whoever does not tell reasons apart needs one line:
//
//     if (!answer) return show(answer.message());                                     // "NotOpen {}"
//
// An answer of the first two kinds is given only when everything it rests on is on stable storage.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "daybook/decision.hpp"
#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

// Where a command's events stand.
struct Receipt {
  // Of the last event written. If the decision was to write nothing: the newest position of the log that it was taken
  // at (0 in an empty log).
  Position position;
  // Of that event in its stream. If nothing was written: the newest of the first stream, if it has any event.
  std::optional<Revision> revision{};
  // Whether anything was written. A decision without events is still an answer: nothing needed to happen.
  bool empty = false;
  // The command was executed before, under the same command id: these are the numbers of that time.
  bool repeated = false;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

class [[nodiscard]] Outcome {
 public:
  Outcome(Receipt receipt, Position taken_at) : answer_(receipt), taken_at_(taken_at) {}
  Outcome(Refusal refusal, Position taken_at) : answer_(std::move(refusal)), taken_at_(taken_at) {}
  Outcome(Error error) : answer_(std::move(error)) {}  // NOLINT: `return fail(…)` is how it reads
  Outcome(std::unexpected<Error> error) : answer_(std::move(error).error()) {}  // NOLINT: as above

  bool has_value() const { return std::holds_alternative<Receipt>(answer_); }
  explicit operator bool() const { return has_value(); }

  // The receipt. To ask for it where there is none is a bug and stops the program, which says what there was instead;
  // likewise refusal() and error() below.
  const Receipt& operator*() const noexcept { return the<Receipt>(); }
  const Receipt* operator->() const noexcept { return &the<Receipt>(); }

  bool is_refused() const { return std::holds_alternative<Refusal>(answer_); }
  const Refusal& refusal() const noexcept { return the<Refusal>(); }
  // The reason, if the domain refused for this one.
  template <class R>
  std::optional<R> refused() const {
    const auto* refusal = std::get_if<Refusal>(&answer_);
    const R* reason = refusal ? refusal->as<R>() : nullptr;
    return reason ? std::optional<R>(*reason) : std::nullopt;
  }

  bool is_error() const { return std::holds_alternative<Error>(answer_); }
  const Error& error() const noexcept { return the<Error>(); }

  // Any answer in words, for people and logs: "written up to position 7", "NotOpen {}", "Conflict: stream …".
  std::string message() const {
    if (const auto* refusal = std::get_if<Refusal>(&answer_))
      return std::string(refusal->code()) + ' ' + refusal->detail();
    if (const auto* error = std::get_if<Error>(&answer_))
      return std::string(name_of(error->code)) + ": " + error->message;
    const auto& receipt = **this;
    const auto position = std::to_string(receipt.position.value);
    if (receipt.empty) return "nothing had to happen, as of position " + position;
    return (receipt.repeated ? "written before, up to position " : "written up to position ") + position;
  }

  // Of a receipt or a refusal: the decision knew every event of the streams it read that stands before this position,
  // and none after. A refusal is right at this point of the history, whatever has come since.
  Position taken_at() const { return taken_at_; }

 private:
  template <class T>
  const T& the() const noexcept {
    if (const T* answer = std::get_if<T>(&answer_)) return *answer;
    const char* asked = std::same_as<T, Receipt> ? "receipt" : std::same_as<T, Refusal> ? "refusal" : "error";
    const char* given = has_value() ? "a receipt" : is_refused() ? "a refusal" : "an error";
    std::fprintf(stderr, "daybook: an Outcome was asked for its %s, but this is %s: %s\n", asked, given,
                 message().c_str());
    std::abort();
  }

  std::variant<Receipt, Refusal, Error> answer_;
  Position taken_at_{};
};

}  // namespace daybook
