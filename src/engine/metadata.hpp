// What the engine writes into an event's metadata.
#pragma once

#include <optional>
#include <string>

#include "daybook/result.hpp"
#include "daybook/types.hpp"

namespace daybook::engine {

struct Provenance {
  std::string_view actor;
  std::string_view correlation_id;
  std::string_view causation_id;
  std::optional<Uuid> command_id{};
};

// {"$actor":"teller-7","$commandId":"…"}, or nothing if nothing is known. InvalidArgument for text that is not UTF-8.
Result<std::string> metadata_of(const Provenance& provenance);

}  // namespace daybook::engine
