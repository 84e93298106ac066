// Events through their versions, and both payloads through changes of a struct.
#include "daybook/codec/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "codec/sample.hpp"

namespace daybook::codec {
namespace {

using sample::Money;
using testing::AllOf;
using testing::HasSubstr;

namespace v1 {
struct Deposited {
  double euros;
};
}  // namespace v1
namespace v2 {
struct Deposited {
  Money amount;
  static Deposited upcast(const v1::Deposited& old) { return {Money{std::llround(old.euros * 100)}}; }
};
}  // namespace v2
struct Deposited {
  Money amount;
  std::string currency;
  static Deposited upcast(const v2::Deposited& old) { return {old.amount, "EUR"}; }
  friend bool operator==(const Deposited&, const Deposited&) = default;
};

class KnownSchemas : public Schemas {
 public:
  template <class T>
  std::uint64_t add() {
    texts_[fingerprint_of<T>()] = std::make_shared<const std::string>(schema_of<T>());
    return fingerprint_of<T>();
  }
  Result<std::shared_ptr<const std::string>> find(std::uint64_t fingerprint) const override {
    ++asked;
    const auto at = texts_.find(fingerprint);
    if (at == texts_.end()) return fail(ErrorCode::NotFound, "no such schema");
    return at->second;
  }
  mutable int asked = 0;

 private:
  std::map<std::uint64_t, std::shared_ptr<const std::string>> texts_;
};

class Event : public testing::TestWithParam<ContentType> {
 protected:
  // As `Written` would have been stored.
  template <class Written>
  EventView stored(const Written& value, std::uint16_t version) {
    payload_.clear();
    EXPECT_TRUE(encode_payload(GetParam(), value, payload_));
    EventView view;
    view.position = {12};
    view.revision = {3};
    view.stream = "Account-alice";
    view.type = "Deposited";
    view.data = payload_;
    view.content_type = GetParam();
    view.schema = schemas_.add<Written>();
    view.schema_version = version;
    return view;
  }

  std::string payload_;
  KnownSchemas schemas_;
  Resolvers resolvers_{schemas_};
};
INSTANTIATE_TEST_SUITE_P(BothPayloads, Event, testing::Values(ContentType::Json, ContentType::Avro),
                         [](const auto& one) { return one.param == ContentType::Json ? "Json" : "Avro"; });

TEST_P(Event, of_every_version_is_lifted_to_todays) {
  EXPECT_EQ(*decode_event<Deposited>(stored(v1::Deposited{12.34}, 1), resolvers_), (Deposited{{1234}, "EUR"}));
  EXPECT_EQ(*decode_event<Deposited>(stored(v2::Deposited{{55}}, 2), resolvers_), (Deposited{{55}, "EUR"}));
  EXPECT_EQ(*decode_event<Deposited>(stored(Deposited{{55}, "USD"}, 3), resolvers_), (Deposited{{55}, "USD"}));
  EXPECT_EQ(schemas_.asked, 0) << "the structs wrote these themselves";
}

TEST_P(Event, of_a_version_newer_than_the_program_is_unknown_and_says_so) {
  const auto found = decode_event<Deposited>(stored(Deposited{}, 4), resolvers_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::UnknownEvent);
  EXPECT_EQ(found.error().position, Position{12});
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("Deposited at position 12 (Account-alice, revision 3)"),
                                           HasSubstr("version 4"), HasSubstr("expected 1 to 3")));
  EXPECT_EQ(decode_event<Deposited>(stored(Deposited{}, 0), resolvers_).error().code, ErrorCode::UnknownEvent);
}

// Today's struct, and those that could have stood in its place when an event was written.
struct Now {
  Money amount;
  std::int64_t count;
  std::string currency = "EUR";
  std::optional<std::string> note;
  std::variant<sample::Card, sample::Cash, std::string> means;
  friend bool operator==(const Now&, const Now&) = default;
};
namespace older {
struct Now {
  std::int32_t count;
  std::variant<sample::Cash, std::string> means;
  std::string gone;
  Money amount;
};
}  // namespace older
namespace plain {
struct Now {
  Money amount;
  std::int16_t count;
  sample::Card means;
  std::string note;
};
}  // namespace plain
namespace bytes {
struct Now {
  Money amount;
  std::uint32_t count;
  std::vector<std::byte> currency;
  std::string means;
};
}  // namespace bytes

TEST_P(Event, whose_struct_has_changed_reads_what_was_written) {
  EXPECT_EQ(*decode_event<Now>(stored(older::Now{7, sample::Cash{}, "x", {5}}, 1), resolvers_),
            (Now{{5}, 7, "EUR", {}, sample::Cash{}}));
  EXPECT_EQ(*decode_event<Now>(stored(plain::Now{{5}, -7, {"42"}, "n"}, 1), resolvers_),
            (Now{{5}, -7, "EUR", "n", sample::Card{"42"}}));
  EXPECT_EQ(*decode_event<Now>(stored(bytes::Now{{5}, 7, {std::byte{'U'}}, "cheque"}, 1), resolvers_),
            (Now{{5}, 7, "U", {}, "cheque"}));
}

// A field that is to hold more than it did.
struct Paid {
  std::variant<std::monostate, sample::Card, sample::Cash> by;
  friend bool operator==(const Paid&, const Paid&) = default;
};
namespace maybe {
struct Paid {
  std::optional<sample::Card> by;
};
}  // namespace maybe
namespace maybe_either {
struct Paid {
  std::optional<std::variant<sample::Card, sample::Cash>> by;
  friend bool operator==(const Paid&, const Paid&) = default;
};
}  // namespace maybe_either

TEST_P(Event, reads_an_optional_as_a_variant_of_nothing_and_more) {
  EXPECT_EQ(*decode_event<Paid>(stored(maybe::Paid{sample::Card{"42"}}, 1), resolvers_), (Paid{sample::Card{"42"}}));
  EXPECT_EQ(*decode_event<Paid>(stored(maybe::Paid{}, 1), resolvers_), Paid{});
  EXPECT_EQ(*decode_event<maybe_either::Paid>(stored(maybe::Paid{sample::Card{"42"}}, 1), resolvers_),
            (maybe_either::Paid{sample::Card{"42"}}));
}

TEST_P(Event, takes_an_optional_of_a_variant_and_a_variant_of_nothing_too_for_one_another) {
  EXPECT_EQ(*decode_event<Paid>(stored(maybe_either::Paid{sample::Cash{}}, 1), resolvers_), (Paid{sample::Cash{}}));
  EXPECT_EQ(*decode_event<Paid>(stored(maybe_either::Paid{}, 1), resolvers_), Paid{});
  EXPECT_EQ(*decode_event<maybe_either::Paid>(stored(Paid{sample::Card{"42"}}, 1), resolvers_),
            (maybe_either::Paid{sample::Card{"42"}}));
  EXPECT_EQ(*decode_event<maybe_either::Paid>(stored(Paid{}, 1), resolvers_), maybe_either::Paid{});
}

TEST_P(Event, asks_for_a_schema_once) {
  const auto view = stored(older::Now{7, sample::Cash{}, "x", {5}}, 1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(decode_event<Now>(view, resolvers_));
  EXPECT_EQ(schemas_.asked, 1);
}

namespace unreadable {
struct Now {
  std::int64_t count;
};
}  // namespace unreadable

TEST_P(Event, that_can_not_be_read_names_the_field_and_the_place) {
  const auto found = decode_event<Now>(stored(unreadable::Now{7}, 1), resolvers_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::SchemaMismatch);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("position 12"), HasSubstr("Now.amount is missing")));
}

TEST_P(Event, that_names_a_schema_that_is_not_there_says_so) {
  auto view = stored(Now{}, 1);
  view.schema = 99;
  EXPECT_EQ(decode_event<Now>(view, resolvers_).error().code, ErrorCode::NotFound);
}

TEST_P(Event, whose_bytes_are_damaged_is_a_bad_payload) {
  auto view = stored(Now{}, 1);
  view.data = view.data.substr(1);
  EXPECT_EQ(decode_event<Now>(view, resolvers_).error().code, ErrorCode::BadPayload);
}

TEST_P(Event, without_a_schema_is_read_by_its_names_if_it_has_any) {
  auto view = stored(plain::Now{{5}, -7, {"42"}, "n"}, 1);
  view.schema = 0;
  view.data = R"({"count":1,"means":{"Cash":{}},"amount":{"cents":2}})";
  const auto found = decode_event<Now>(view, resolvers_);
  if (GetParam() == ContentType::Json) {
    EXPECT_EQ(*found, (Now{{2}, 1, "EUR", {}, sample::Cash{}}));
  } else {
    EXPECT_THAT(found.error().message, HasSubstr("to name the schema"));
  }
}

// ---- both payloads evolve alike ----------------------------------------------------------------------------------

struct Writer {
  std::string text;
  std::int32_t i;
  std::uint64_t u;
  float f;
  std::chrono::sys_seconds at;
  std::optional<std::int32_t> maybe;
  std::variant<sample::Card, sample::Cash, std::int64_t> how;
  std::vector<Money> list;
  sample::Side side;
  std::string lost;
};
// Each field in the many ways that Avro resolves it, or does so for some values only.
struct ReaderA {
  sample::Side side;
  std::vector<std::byte> text;
  double i;
  std::int64_t u;
  double f;
  std::int64_t at;
  std::optional<double> maybe;
  std::variant<std::string, sample::Cash, double, sample::Card> how;
  std::vector<std::optional<Money>> list;
  std::string added = "x";
};
struct ReaderB {
  std::optional<std::string> text;
  std::int8_t i;
  float u;
  std::chrono::sys_seconds at;
  std::int32_t maybe;
  std::variant<sample::Card, std::int64_t> how;
  std::array<Money, 1> list;
};

template <class Reader>
void expect_alike(const Writer& written) {
  const auto resolver = Resolver::make(schema_of<Writer>(), schema_of<Reader>());
  ASSERT_TRUE(resolver) << resolver.error().message;
  std::string json, avro;
  ASSERT_TRUE(encode_json(written, json));
  ASSERT_TRUE(encode_avro(written, avro));
  Reader from_json{}, from_avro{};
  const auto json_done = decode_json(json, **resolver, from_json);
  const auto avro_done = decode_avro(avro, **resolver, from_avro);
  EXPECT_EQ(json_done.has_value(), avro_done.has_value()) << json << "\n"
                                                          << (json_done ? avro_done : json_done).error().message;
  if (json_done && avro_done) {
    std::string a, b;
    ASSERT_TRUE(encode_json(from_json, a));
    ASSERT_TRUE(encode_json(from_avro, b));
    EXPECT_EQ(a, b);  // as text, since NaN differs from itself
  }
}

TEST(Payloads, evolve_alike_whatever_was_written) {
  const std::vector<std::optional<std::int32_t>> maybes{{}, 0, -5};
  const std::vector<std::variant<sample::Card, sample::Cash, std::int64_t>> hows{sample::Card{"4"}, sample::Cash{},
                                                                                 77L};
  int cases = 0;
  for (const auto& text : {"", "plain", "é\"\n"})
    for (const std::int32_t i : {0, 127, 128, INT32_MIN})
      for (const std::uint64_t u : {std::uint64_t{0}, std::uint64_t{1} << 63, UINT64_MAX})
        for (const float f : {0.1F, -0.0F, INFINITY, NAN})
          for (const auto& maybe : maybes)
            for (const auto& how : hows)
              for (std::size_t size = 0; size < 3; ++size) {
                const Writer written{.text = text,
                                     .i = i,
                                     .u = u,
                                     .f = f,
                                     .at = std::chrono::sys_seconds(std::chrono::seconds(i)),
                                     .maybe = maybe,
                                     .how = how,
                                     .list = std::vector<Money>(size, Money{i}),
                                     .side = sample::Side::Cross,
                                     .lost = "lost"};
                expect_alike<ReaderA>(written);
                expect_alike<ReaderB>(written);
                ++cases;
              }
  EXPECT_EQ(cases, 3 * 4 * 3 * 4 * 3 * 3 * 3);
}

// The common change must stay fast: no detour by way of the writer's schema.
TEST(Payloads, in_json_are_read_by_name_where_that_comes_to_the_same) {
  EXPECT_TRUE(
      (*Resolver::make(
           schema_of<v2::Deposited>(),
           R"({"type":"record","name":"Deposited","fields":[{"name":"amount","type":{"type":"record","name":"Money","fields":[{"name":"cents","type":"long"}]}},{"name":"currency","type":"string","default":"EUR"}]})"))
          ->reads_json_by_name());
  EXPECT_FALSE((*Resolver::make(schema_of<Writer>(), schema_of<ReaderA>()))->reads_json_by_name());
}

}  // namespace
}  // namespace daybook::codec
