// A `defaulted` that names no field, after a rename perhaps.
// expect: `defaulted` names something that is not a field of its struct
#include <daybook/codec/describe.hpp>

struct Charged {
  std::int64_t fee_cents = 0;
#ifdef MISTAKE
  static constexpr std::string_view defaulted[] = {"fee"};
#else
  static constexpr std::string_view defaulted[] = {"fee_cents"};
#endif
};
const daybook::codec::Type& type = daybook::codec::type_of<Charged>();
const auto& structure = type.structure();
