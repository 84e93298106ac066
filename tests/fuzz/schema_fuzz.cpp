// Schemas from anyone, and payloads by them: three parts of the input, divided by NUL bytes, are the writer's schema,
// the reader's, and a payload.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/avro_schema.hpp"
#include "daybook/codec/resolver.hpp"
#include "daybook/codec/schema.hpp"

using namespace daybook::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto part = [&] {
    const auto taken = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
  };
  const auto writer = part(), reader = part();
  if (const auto schema = AvroSchema::parse(writer)) {
    const auto canonical = (*schema)->canonical();
    const auto again = AvroSchema::parse(canonical);
    if (!again || (*again)->canonical() != canonical) std::abort();
    if (const auto json = avro_to_json(writer, rest)) (void)json_to_avro(writer, *json);
    (void)json_to_avro(writer, rest);
    // Every schema reads its own.
    const auto own = Resolver::make(writer, writer);
    std::string out;
    if (own) (void)(*own)->resolve(rest, out);
  }
  const auto resolver = Resolver::make(writer, reader);
  const auto all = mismatches(writer, reader);
  if (all && all->empty() && !resolver) std::abort();
  if (resolver) {
    std::string out;
    // What comes out is the reader's, whatever went in.
    if ((*resolver)->resolve(rest, out) && !avro_to_json(writer, rest)) (void)avro_to_json(reader, out);
    (void)(*resolver)->resolve_json(rest, out);
  }
  return 0;
}
