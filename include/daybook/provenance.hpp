// Who asked for an event, and what for: what was said with the command or the append that wrote it.
//
//     const auto by = daybook::provenance(entry->at);                 // of an envelope, wherever there is one
//     if (by.actor == "teller-7") …
//
// It stands in the event's metadata, a JSON object, as `$actor`, `$correlationId`, `$causationId` and `$commandId`.
// Plain values; any thread may call.
#pragma once

#include <optional>
#include <string>

#include "daybook/event.hpp"
#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook {

// What was not said is empty.
struct Provenance {
  std::string actor{};
  std::string correlation_id{};
  std::string causation_id{};
  std::optional<Uuid> command_id{};
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

// Reads it back. Metadata may be another writer's, and anything at all: what is not a JSON object tells nothing, and
// neither does a member of it that is not a string (or a command id that is none); what else the object holds is passed
// over.
Provenance provenance(const Envelope& at);

// {"$actor":"teller-7","$commandId":"…"}, or "" if nothing was said. InvalidArgument for text that is not UTF-8.
Result<std::string> metadata_of(const Provenance& by);

}  // namespace daybook
