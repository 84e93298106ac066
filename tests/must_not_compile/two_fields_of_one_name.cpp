// A field takes the stored name of another.
// expect: stored_fields stores two fields under one name
#include <daybook/daybook.hpp>

struct Withdrawn {
  std::string reason;
#ifdef MISTAKE
  std::string purpose;
#endif
  static constexpr daybook::StoredField stored_fields[] = {{"reason", "purpose"}};
};
static_assert(daybook::reflect::field_names<Withdrawn>[0] == "purpose");
