// A choice of payload that would be passed over without a word, since it is not known while compiling.
// expect: the stored_payload of the event E is not one
// expect: E = Opened|check_payload<Opened>
#include <daybook/store.hpp>

struct Opened {
#ifdef MISTAKE
  static inline daybook::Payload stored_payload = daybook::Payload::Avro;
#else
  static constexpr daybook::Payload stored_payload = daybook::Payload::Avro;
#endif
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

void import(const daybook::Stream<Account>& stream) { (void)stream.append(Opened{}); }
