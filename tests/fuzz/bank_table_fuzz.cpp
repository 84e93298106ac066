// Any bytes as a file of the bank's tables, plain or zstd: refused with the file's name and what is wrong, or rows that a
// store can hold.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/ensure.hpp"
#include "daybook/codec/json.hpp"
#include "program/berka.hpp"

using namespace bank;

namespace {

template <class T>
bool refused(const daybook::Result<T>& read) {
  if (read) return false;
  ENSURE(read.error().code == daybook::ErrorCode::InvalidArgument && read.error().message.starts_with("table:"));
  return true;
}

template <class T>
void can_be_stored(const T& value) {
  std::string json;
  ENSURE(daybook::codec::encode_json(value, json));
}

void look_at(const berka::Transactions& table) {
  for (const auto& row : table.rows) {
    can_be_stored(row.account);
    can_be_stored(row.reason);
    can_be_stored(daybook::Time(row.date));
  }
}

template <class E>
void look_at(const berka::Facts<E>& table) {
  for (const auto& row : table.rows) {
    can_be_stored(row.id);
    can_be_stored(row.event);
    if (row.date) can_be_stored(daybook::Time(*row.date));
    if constexpr (std::is_same_v<E, DistrictSurveyed>)
      ENSURE(std::isfinite(row.event.urban_percent) && std::isfinite(row.event.unemployment_percent_1996));
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name for it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sheet = Sheet::parse("table", std::string(reinterpret_cast<const char*>(data), size));
  if (refused(sheet)) return 0;
  const auto table = berka::read(*sheet);
  if (refused(table)) return 0;
  std::visit([](const auto& one) { look_at(one); }, *table);
  return 0;
}
