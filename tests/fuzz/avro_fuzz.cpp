// Avro binary of any bytes, by a struct and by its schema alone: the two must agree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/transcode.hpp"
#include "fuzz_order.hpp"

using namespace daybook::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fuzz::Order order;
  const bool is_order = decode_avro(bytes, order).has_value();
  static const auto schema = *AvroSchema::parse(schema_of<fuzz::Order>());
  std::string json;
  const bool is_by_schema = avro_to_json(*schema, bytes, json).has_value();
  if (is_order) {
    std::string written, twice;
    if (!encode_avro(order, written)) std::abort();
    fuzz::Order back;
    if (!decode_avro(written, back) || !encode_avro(back, twice) || twice != written) std::abort();
    std::string text, from_schema;
    if (!is_by_schema || !encode_json(order, text)) std::abort();
    if (!avro_to_json(*schema, written, from_schema) || from_schema != text) std::abort();
  }
  // The schema alone knows neither that a set has each item once nor which texts are keys, so it may take more.
  return 0;
}
