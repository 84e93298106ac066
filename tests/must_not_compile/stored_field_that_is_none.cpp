// A field is renamed that the struct does not have (any more).
// expect: stored_fields names something that is not a field of its struct
#include <daybook/daybook.hpp>

struct Withdrawn {
#ifdef MISTAKE
  std::string purpose;
#else
  std::string reason;
#endif
  static constexpr daybook::StoredField stored_fields[] = {{"reason", "purpose"}};
};
static_assert(daybook::reflect::field_names<Withdrawn>[0] == "purpose");
