// Payloads to structs and back on one core, without a log: what decoding leaves of the time that folding an event may
// take. Settings: N events a figure (1,000,000), ROUNDS of which the fastest counts (5).
#include <array>
#include <optional>

#include "bench.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/json.hpp"
#include "daybook/codec/resolver.hpp"
#include "daybook/codec/schema.hpp"

namespace {

using namespace daybook;
using namespace daybook::codec;

struct Money {
  std::int64_t cents = 0;
};
struct Withdrawn {
  Money amount;
};
namespace older {
struct Traded {
  std::uint64_t sequence;
  std::string venue;
  Money price;
  std::int32_t quantity;
  Time at;
};
}  // namespace older
enum class Side : std::uint8_t { Buy, Sell };
struct Traded {
  std::uint64_t sequence;
  std::string venue;
  Side side = Side::Sell;
  Money price;
  std::int64_t quantity;
  Time at;
  std::optional<std::string> note;
};
// 256 bytes of text, as the benchmarks of the log have them.
struct Noted {
  std::string text;
};

// The fastest of some rounds, in events a second.
template <class F>
double rate(std::uint64_t n, F&& one) {
  double best = 0;
  for (std::uint64_t round = bench::setting("ROUNDS", 5); round > 0; --round) {
    const auto began = bench::Steady::now();
    for (std::uint64_t i = 0; i < n; ++i)
      if (!one(i)) bench::die("a payload did not decode");
    best = std::max(best, static_cast<double>(n) / bench::since(began));
  }
  return best;
}

void figure(const char* what, const char* event, const char* payload, std::size_t bytes, double rate) {
  fmt::print(R"({{"bench":"codec","figure":"{}","event":"{}","payload":"{}","bytes":{},"events_per_second":{:.0f}}})"
             "\n",
             what, event, payload, bytes, rate);
}

// Sixteen different events, so that no branch is learnt by heart.
template <class E, class Make>
void both_ways(const char* name, std::uint64_t n, Make&& make) {
  std::array<E, 16> events;
  std::array<std::string, 16> json, avro;
  for (std::uint64_t i = 0; i < 16; ++i) {
    events[i] = make(i);
    if (!encode_json(events[i], json[i]) || !encode_avro(events[i], avro[i])) bench::die("an event did not encode");
  }
  std::string out;
  E back{};
  figure("encode", name, "json", json[0].size(), rate(n, [&](std::uint64_t i) {
           out.clear();
           return encode_json(events[i % 16], out).has_value();
         }));
  figure("decode", name, "json", json[0].size(),
         rate(n, [&](std::uint64_t i) { return decode_json(json[i % 16], back).has_value(); }));
  figure("encode", name, "avro", avro[0].size(), rate(n, [&](std::uint64_t i) {
           out.clear();
           return encode_avro(events[i % 16], out).has_value();
         }));
  figure("decode", name, "avro", avro[0].size(),
         rate(n, [&](std::uint64_t i) { return decode_avro(avro[i % 16], back).has_value(); }));
}

// What an older struct wrote.
void resolved(std::uint64_t n) {
  const auto resolver = Resolver::make(schema_of<older::Traded>(), schema_of<Traded>());
  if (!resolver) bench::die(resolver.error().message);
  const older::Traded old{123'456, "XETR", {12'345}, 100, Time(std::chrono::nanoseconds(1'700'000'000'123'456'789))};
  std::string json, avro;
  if (!encode_json(old, json) || !encode_avro(old, avro)) bench::die("an event did not encode");
  Traded back{};
  figure("resolve", "Traded", "json", json.size(),
         rate(n, [&](std::uint64_t) { return decode_json(json, **resolver, back).has_value(); }));
  figure("resolve", "Traded", "avro", avro.size(),
         rate(n, [&](std::uint64_t) { return decode_avro(avro, **resolver, back).has_value(); }));
}

}  // namespace

int main() {
  const auto n = bench::setting("N", 1'000'000);
  both_ways<Withdrawn>("Withdrawn", n,
                       [](std::uint64_t i) { return Withdrawn{{static_cast<std::int64_t>(i * 7919)}}; });
  both_ways<Traded>("Traded", n, [](std::uint64_t i) {
    return Traded{.sequence = 1'000'000 + i,
                  .venue = "XETR",
                  .side = i % 3 == 0 ? Side::Buy : Side::Sell,
                  .price = {static_cast<std::int64_t>(i * 101)},
                  .quantity = static_cast<std::int64_t>(i),
                  .at = Time(std::chrono::nanoseconds(1'700'000'000'123'456'789 + i)),
                  .note = i % 2 == 0 ? std::optional<std::string>("by hand") : std::nullopt};
  });
  both_ways<Noted>("Noted", n, [](std::uint64_t i) { return Noted{std::string(bench::payload(i))}; });
  resolved(n);
}
