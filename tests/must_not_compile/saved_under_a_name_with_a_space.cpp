// A state under a name that the schema of its snapshots could not have.
// expect: a stored struct's name is made of A-Z, a-z, 0-9 and _
// expect: T = Account|is_avro_name\(type_name<Account>
#include <daybook/store.hpp>

struct Opened {};
struct Account {
#ifdef MISTAKE
  static constexpr std::string_view stored_as = "Bank Account";
#else
  static constexpr std::string_view stored_as = "Bank_Account";
#endif
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

void read(const daybook::Store& store) { (void)store.stream<Account>("alice"); }
