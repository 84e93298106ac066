// Values as Avro binary (Avro 1.12): the compact, fast payload.
//
// The bytes hold no names and no types; whoever reads them needs the schema they were written with, which Daybook
// therefore keeps in the log (schema.hpp). The same value always gives the same bytes.
//
// decode_avro reads what encode_avro of the very same struct wrote. What another struct wrote (an older one, or a
// newer) is read through a Resolver (resolver.hpp).
//
// Any bytes may be handed in: what is not a value of the type is BadPayload, naming the path, what was expected and
// what is there. Any thread may call.
#pragma once

#include <string>
#include <string_view>

#include "daybook/codec/describe.hpp"
#include "daybook/result.hpp"

namespace daybook::codec {

[[nodiscard]] Status encode_avro_as(const Type& type, const void* value, std::string& out);
[[nodiscard]] Status decode_avro_as(const Type& type, std::string_view bytes, void* value);

// Appends to `out`, which is left as it was if there is an error; the errors are those of encode_json, so what one
// payload can hold the other can.
template <Storable T>
[[nodiscard]] Status encode_avro(const T& value, std::string& out) {
  return encode_avro_as(type_of<T>(), &value, out);
}

// Overwrites all of `value`, reusing what its strings and vectors have allocated. After an error its content is
// whatever it had become.
template <Storable T>
[[nodiscard]] Status decode_avro(std::string_view bytes, T& value) {
  return decode_avro_as(type_of<T>(), bytes, &value);
}

}  // namespace daybook::codec
