// Avro binary to our JSON and back, by a schema alone.
#pragma once

#include <string>
#include <string_view>

#include "codec/avro_schema.hpp"
#include "daybook/result.hpp"

namespace daybook::codec {

// Both append to `out`, which is left as it was if there is an error.
Status avro_to_json(const AvroSchema& schema, std::string_view bytes, std::string& out);
Status json_to_avro(const AvroSchema& schema, std::string_view json, std::string& out);

}  // namespace daybook::codec
