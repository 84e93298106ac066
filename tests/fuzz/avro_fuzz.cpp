// Avro binary of any bytes, by a struct and by its schema alone: the two must agree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz_order.hpp"

using namespace daybook::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fuzz::Order order;
  const bool is_order = decode_avro(bytes, order).has_value();
  const auto json = avro_to_json(schema_of<fuzz::Order>(), bytes);
  if (is_order) {
    std::string written, twice;
    if (!encode_avro(order, written)) std::abort();
    fuzz::Order back;
    if (!decode_avro(written, back) || !encode_avro(back, twice) || twice != written) std::abort();
    std::string text;
    const auto from_schema = avro_to_json(schema_of<fuzz::Order>(), written);
    if (!json || !encode_json(order, text) || !from_schema || *from_schema != text) std::abort();
  }
  // The schema knows neither that a set has each item once, nor which texts are keys, so it may take more; what it
  // gives must still be JSON of that schema unless keys stand there twice.
  return 0;
}
