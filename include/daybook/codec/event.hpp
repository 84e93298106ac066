// Events to payloads and back, across all versions of their structs.
//
//     codec::encode_payload(ContentType::Json, Deposited{20_eur}, text);     with schema_version<Deposited>() and, once
//                                                                            it stands in the log, fingerprint_of<…>()
//     codec::decode_event<Deposited>(view, resolvers);                       whoever wrote it, however long ago
//
// A stored event says its version (1 + the upcasts it had when it was written) and names the schema of the struct that
// wrote it. Decoding picks the struct that the event was in that version, reads the payload as that struct (by
// resolution if its fields have changed since without a new version), and lifts it through the upcasts to today's.
#pragma once

#include <string>

#include "daybook/codec/avro.hpp"
#include "daybook/codec/json.hpp"
#include "daybook/codec/resolver.hpp"
#include "daybook/codec/schema.hpp"
#include "daybook/event.hpp"
#include "daybook/name.hpp"

namespace daybook::codec {

// Json or Avro; InvalidArgument for others. `out` is appended to.
[[nodiscard]] Status encode_payload_as(ContentType content, const Type& type, const void* value, std::string& out);
// The payload of an event that was written by a struct of this very version.
[[nodiscard]] Status decode_payload_as(const EventView& event, const Type& type, const Schema& schema,
                                       const Resolvers& resolvers, void* value);
// Says where: "Deposited at position 12 (Account-alice, revision 3): …".
Error at_event(Error error, const EventView& event);

template <Storable E>
[[nodiscard]] Status encode_payload(ContentType content, const E& event, std::string& out) {
  return encode_payload_as(content, type_of<E>(), &event, out);
}

// Overwrites all of `out`. The event's type is not looked at: the caller has found E by it.
//   UnknownEvent    the version is newer than this program's E: names the type, the version and the newest known here
//   SchemaMismatch  written with a schema that E's struct of that version can not read; names the field
//   BadPayload      the bytes are not what the record says they are
//   NotFound        the record names a schema that is not in the log
// Each says the event's position.
template <class E>
[[nodiscard]] Status decode_event(const EventView& event, const Resolvers& resolvers, E& out) {
  auto done = decode_version<E>(event.schema_version, out, [&]<class V>(V& version) {
    return decode_payload_as(event, type_of<V>(), schema_with_fingerprint_of<V>(), resolvers, &version);
  });
  if (!done) done = std::unexpected(at_event(std::move(done.error()), event));
  return done;
}

template <class E>
Result<E> decode_event(const EventView& event, const Resolvers& resolvers) {
  E out{};
  if (auto done = decode_event(event, resolvers, out); !done) return std::unexpected(std::move(done.error()));
  return out;
}

}  // namespace daybook::codec
