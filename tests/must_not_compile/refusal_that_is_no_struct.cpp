// A refusal says why in a struct of its own, not in a number.
// expect: a refusal is a plain struct
#include <daybook/daybook.hpp>

struct NotOpen {};
#ifdef MISTAKE
auto refusal = daybook::refuse(17);
#else
auto refusal = daybook::refuse(NotOpen{});
#endif
