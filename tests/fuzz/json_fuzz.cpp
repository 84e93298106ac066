// The JSON reader and the typed decoder over any bytes: what they take they give again, and they agree on what is JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json_reader.hpp"
#include "codec/json_value.hpp"
#include "fuzz_order.hpp"

using namespace daybook::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_json = check_json(text).has_value();

  if (const auto tree = parse_json(text)) {
    if (!is_json) std::abort();
    std::string printed;
    tree->print(printed);
    const auto again = parse_json(printed);
    if (!again || *again != *tree) std::abort();
  }

  fuzz::Order order;
  if (decode_json(text, order)) {
    if (!is_json) std::abort();
    std::string written, twice;
    if (!encode_json(order, written)) std::abort();
    fuzz::Order back;
    if (!decode_json(written, back) || !encode_json(back, twice) || twice != written) std::abort();
    // Both payloads hold the same values.
    std::string avro;
    if (!encode_avro(order, avro) || !decode_avro(avro, back)) std::abort();
  }
  return 0;
}
