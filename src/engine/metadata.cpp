#include "engine/metadata.hpp"

#include "base/utf8.hpp"
#include "codec/json_text.hpp"

namespace daybook::engine {

Result<std::string> metadata_of(const Provenance& provenance) {
  std::string out;
  Status status;
  auto add = [&](std::string_view key, std::string_view value) {
    if (value.empty() || !status) return;
    out += out.empty() ? '{' : ',';
    out += '"';
    out += key;
    out += "\":";
    if (!codec::append_json_string(out, value))
      status =
          fail(ErrorCode::InvalidArgument, std::string(key.substr(1)) + " " + base::quoted(value) + " is not UTF-8");
  };
  add("$actor", provenance.actor);
  add("$correlationId", provenance.correlation_id);
  add("$causationId", provenance.causation_id);
  if (provenance.command_id) add("$commandId", to_string(*provenance.command_id));
  if (!status) return std::unexpected(std::move(status).error());
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace daybook::engine
