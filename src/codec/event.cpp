#include "daybook/codec/event.hpp"

#include <fmt/format.h>

namespace daybook::codec {

Status encode_payload_as(ContentType content, const Type& type, const void* value, std::string& out) {
  switch (content) {
    case ContentType::Json: return encode_json_as(type, value, out);
    case ContentType::Avro: return encode_avro_as(type, value, out);
    case ContentType::Binary: break;
  }
  return fail(
      ErrorCode::InvalidArgument,
      fmt::format("expected a payload of content type Json (1) or Avro (2), found {}", static_cast<int>(content)));
}

Status decode_payload_as(const EventView& event, const Type& type, const Schema& schema, const Resolvers& resolvers,
                         void* value) {
  const bool is_ours = event.schema == schema.fingerprint;
  switch (event.content_type) {
    case ContentType::Json:
      // Without a schema (appended by hand, or imported) names are all there is to go by.
      if (is_ours || event.schema == 0) return decode_json_as(type, event.data, value);
      break;
    case ContentType::Avro:
      if (is_ours) return decode_avro_as(type, event.data, value);
      if (event.schema == 0)
        return fail(ErrorCode::BadPayload,
                    "expected an Avro payload to name the schema it was written with, found none");
      break;
    default:
      return fail(ErrorCode::BadPayload,
                  fmt::format("expected a payload of content type Json (1) or Avro (2), found {}",
                              static_cast<int>(event.content_type)));
  }
  const auto resolver = resolvers.find(event.schema, schema);
  if (!resolver) return std::unexpected(resolver.error());
  return event.content_type == ContentType::Json ? decode_json_as(type, event.data, **resolver, value)
                                                 : decode_avro_as(type, event.data, **resolver, value);
}

Error at_event(Error error, const EventView& event) {
  error.message = fmt::format("{} at position {} ({}, revision {}): {}", event.type, event.position.value, event.stream,
                              event.revision.value, error.message);
  error.position = event.position;
  return error;
}

}  // namespace daybook::codec
