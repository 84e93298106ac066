// What holds for both payloads alike: values come back, text and bytes agree, hostile input is an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "codec/sample.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/json.hpp"
#include "daybook/codec/schema.hpp"

namespace daybook::codec {
namespace {

using sample::Order;
using testing::HasSubstr;

template <class T>
std::string json(const T& value) {
  std::string out;
  EXPECT_TRUE(encode_json(value, out));
  return out;
}
template <class T>
std::string avro(const T& value) {
  std::string out;
  const auto done = encode_avro(value, out);
  EXPECT_TRUE(done) << done.error().message;
  return out;
}

RC_GTEST_PROP(Payload, comes_back_from_json_as_it_was, ()) {
  const auto order = sample::order();
  const auto text = json(order);
  Order back{};
  const auto done = decode_json(text, back);
  if (!done) RC_FAIL(done.error().message);
  RC_ASSERT(back == order);
  RC_ASSERT(json(back) == text);
}

RC_GTEST_PROP(Payload, comes_back_from_avro_as_it_was, ()) {
  const auto order = sample::order();
  const auto bytes = avro(order);
  Order back{};
  const auto done = decode_avro(bytes, back);
  if (!done) RC_FAIL(done.error().message);
  RC_ASSERT(back == order);
  RC_ASSERT(avro(back) == bytes);
}

RC_GTEST_PROP(Payload, is_the_same_json_from_the_schema_alone_as_from_the_struct, ()) {
  const auto order = sample::order();
  const auto text = avro_to_json(schema_of<Order>(), avro(order));
  if (!text) RC_FAIL(text.error().message);
  RC_ASSERT(*text == json(order));
}

RC_GTEST_PROP(Payload, is_the_same_avro_from_the_schema_alone_as_from_the_struct, ()) {
  const auto order = sample::order();
  const auto bytes = json_to_avro(schema_of<Order>(), json(order));
  if (!bytes) RC_FAIL(bytes.error().message);
  RC_ASSERT(*bytes == avro(order));
}

RC_GTEST_PROP(Payload, overwrites_everything_that_was_in_the_value, ()) {
  const auto order = sample::order();
  auto from_json = sample::order();
  auto from_avro = sample::order();
  RC_ASSERT(decode_json(json(order), from_json).has_value());
  RC_ASSERT(decode_avro(avro(order), from_avro).has_value());
  RC_ASSERT(from_json == order);
  RC_ASSERT(from_avro == order);
}

RC_GTEST_PROP(Payload, of_which_anything_is_cut_off_is_an_error, ()) {
  const auto order = sample::order();
  const auto text = json(order), bytes = avro(order);
  Order back{};
  const auto cut = 1 + sample::below(std::size_t{39});
  RC_ASSERT(!decode_json(std::string_view(text).substr(0, text.size() - std::min(cut, text.size())), back).has_value());
  RC_ASSERT(
      !decode_avro(std::string_view(bytes).substr(0, bytes.size() - std::min(cut, bytes.size())), back).has_value());
  RC_ASSERT(!decode_json(text + " x", back).has_value());
  RC_ASSERT(!decode_avro(bytes + "x", back).has_value());
}

RC_GTEST_PROP(Payload, with_any_byte_changed_decodes_to_something_or_is_an_error, ()) {
  auto text = json(sample::order()), bytes = avro(sample::order());
  for (int i = 0; i < 5; ++i) {
    text[sample::below(text.size())] = static_cast<char>(sample::below(256));
    bytes[sample::below(bytes.size())] = static_cast<char>(sample::below(256));
  }
  Order back{};
  const auto from_json = decode_json(text, back);
  RC_ASSERT(from_json || from_json.error().code == ErrorCode::BadPayload);
  // Whatever could be read can be written again.
  if (from_json) RC_ASSERT(!json(back).empty());
  const auto from_avro = decode_avro(bytes, back);
  RC_ASSERT(from_avro || from_avro.error().code == ErrorCode::BadPayload);
  if (from_avro) RC_ASSERT(!avro(back).empty());
  (void)avro_to_json(schema_of<Order>(), bytes);
  (void)json_to_avro(schema_of<Order>(), text);
}

// The worked example of docs/format/payloads.md.
enum class Way : std::uint8_t { Buy, Sell };
struct Traded {
  Way side;
  sample::Money price;
  std::uint8_t lots;
  std::optional<std::string> note;
};

TEST(Payload, is_what_the_format_document_prints) {
  const Traded event{Way::Sell, {2000}, 3, "by hand"};
  EXPECT_EQ(json(event), R"({"side":"Sell","price":{"cents":2000},"lots":3,"note":"by hand"})");
  EXPECT_EQ(avro(event),
            "\x02\xa0\x1f\x06\x02\x0e"
            "by hand");
}

struct Note {
  std::string text;
};
struct Reading {
  double value;
  float small;
};
struct Sided {
  sample::Side side;
};
struct Sides {
  std::map<sample::Side, int> lots;
};
struct Node {
  std::vector<Node> children;
};
struct Hollow {
  std::vector<sample::Cash> items;
};
struct Paid {
  std::variant<sample::Card, sample::Cash> how;
};

TEST(Payload, of_a_string_that_is_not_utf8_is_refused_when_it_is_written) {
  std::string out = "before";
  const auto in_json = encode_json(Note{"caf\xe9"}, out);
  ASSERT_FALSE(in_json);
  EXPECT_EQ(in_json.error().message, R"(can not be stored: Note.text: "caf\xe9" is not well-formed UTF-8)");
  EXPECT_FALSE(encode_avro(Note{"caf\xe9"}, out));
  EXPECT_EQ(out, "before");
}

TEST(Payload, of_an_enum_value_without_a_name_is_refused_when_it_is_written) {
  std::string out;
  EXPECT_THAT(encode_json(Sided{static_cast<sample::Side>(7)}, out).error().message,
              HasSubstr("Sided.side: 7 is the value of no enumerator"));
  EXPECT_FALSE(encode_avro(Sided{static_cast<sample::Side>(7)}, out));
}

TEST(Payload, of_a_key_that_is_an_enum_value_without_a_name_is_refused_when_it_is_written) {
  std::string out;
  const Sides sides{{{static_cast<sample::Side>(7), 1}}};
  EXPECT_THAT(encode_json(sides, out).error().message, HasSubstr("Sides.lots: a key is the value of no enumerator"));
  EXPECT_THAT(encode_avro(sides, out).error().message, HasSubstr("Sides.lots: a key is the value of no enumerator"));
  EXPECT_EQ(out, "");
}

TEST(Payload, keeps_what_floating_point_has_besides_numbers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(json(Reading{nan, -INFINITY}), R"({"value":"NaN","small":"-Infinity"})");
  EXPECT_EQ(json(Reading{-0.0, 0.1F}), R"({"value":-0,"small":0.1})");
  Reading back{};
  ASSERT_TRUE(decode_json(json(Reading{nan, INFINITY}), back));
  EXPECT_TRUE(std::isnan(back.value) && std::isinf(back.small));
  ASSERT_TRUE(decode_avro(avro(Reading{-0.0, -INFINITY}), back));
  EXPECT_TRUE(std::signbit(back.value) && back.small == -INFINITY);
}

TEST(Payload, deeper_than_its_limit_is_refused_by_writer_and_reader) {
  Node root;
  for (int i = 0; i < 100; ++i) {
    Node up;
    up.children.push_back(std::move(root));
    root = std::move(up);
  }
  std::string out;
  EXPECT_THAT(encode_json(root, out).error().message, HasSubstr("nested deeper than 128 levels"));
  EXPECT_THAT(encode_avro(root, out).error().message, HasSubstr("nested deeper than 128 levels"));
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += R"({"children":[)";
  Node back;
  EXPECT_FALSE(decode_json(text, back));
  EXPECT_FALSE(decode_avro(std::string(100'000, '\2'), back));
}

TEST(Payload, can_not_claim_more_items_than_its_bytes_could_hold) {
  sample::Tree tree;
  // A name of no bytes, then a block of 2^40 children.
  std::string bytes("\0\x80\x80\x80\x80\x80\x40", 7);
  EXPECT_THAT(decode_avro(bytes, tree).error().message, HasSubstr("expected a block of at most 0 items"));
  Hollow hollow;
  EXPECT_THAT(decode_avro(bytes.substr(1), hollow).error().message, HasSubstr("at most 65536 items"));
  hollow.items.resize(65'537);
  std::string out;
  EXPECT_FALSE(encode_avro(hollow, out));
  hollow.items.resize(65'536);
  EXPECT_TRUE(encode_avro(hollow, out));
  EXPECT_TRUE(decode_avro(out, hollow));
}

TEST(Payload, takes_blocks_that_say_their_size_and_integers_with_needless_bytes) {
  // As other tools may write them: two blocks, the first with its size in bytes.
  std::vector<std::int32_t> items;
  ASSERT_TRUE(decode_avro(std::string("\x03\x04\x02\x04\x02\x86\x00\x00", 8), items));
  EXPECT_EQ(items, (std::vector<std::int32_t>{1, 2, 3}));
  EXPECT_FALSE(decode_avro(std::string("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00", 12), items)) << "65 bits";
}

TEST(Payload, in_json_takes_fields_in_any_order_and_passes_over_strangers) {
  sample::Line line{};
  ASSERT_TRUE(decode_json(
      R"({"notes":["a"],"new":{"deep":[1,{"x":null}]},"price":{"cents":5},"fee":null,"isin":{"text":"X"}})", line));
  EXPECT_EQ(line, (sample::Line{{"X"}, {5}, {}, {"a"}}));
}

TEST(Payload, in_json_is_refused_if_a_name_stands_there_twice) {
  sample::Money money;
  EXPECT_EQ(decode_json(R"({"cents":1,"cents":1})", money).error().message, "Money: field cents stands there twice");
  std::map<std::string, int> map;
  EXPECT_FALSE(decode_json(R"({"a":1,"\u0061":2})", map));
}

TEST(Payload, names_the_way_to_what_is_wrong) {
  Order order;
  auto text = json(Order{});
  text.replace(text.find("\"lines\":[]"), 10,
               R"("lines":[{"isin":{"text":"a"},"price":{"cents":1.5},"fee":null,"notes":[]}])");
  EXPECT_THAT(decode_json(text, order).error().message,
              HasSubstr("Order.lines[0].price.cents: expected a whole number, found \"1.5\" at byte"));
  EXPECT_THAT(decode_json("{}", order).error().message,
              HasSubstr("Order: field numbers is missing and has no default"));
  sample::Line line;
  EXPECT_THAT(decode_avro(std::string("\2a"), line).error().message,
              HasSubstr("Line.price.cents: expected an integer"));
}

TEST(Payload, names_the_alternative_of_a_variant) {
  EXPECT_EQ(json(Paid{sample::Card{"42"}}), R"({"how":{"Card":{"digits":"42"}}})");
  Paid paid;
  EXPECT_THAT(decode_json(R"({"how":{"Cheque":{}}})", paid).error().message, HasSubstr("must be one of Card, Cash"));
  EXPECT_FALSE(decode_json(R"({"how":{}})", paid));
  EXPECT_FALSE(decode_json(R"({"how":{"Cash":{},"Card":{"digits":""}}})", paid));
}

TEST(Payload, keeps_integers_within_their_type) {
  std::int8_t small = 0;
  EXPECT_FALSE(decode_json("128", small));
  EXPECT_TRUE(decode_json("-128", small));
  EXPECT_THAT(decode_avro("\x80\x02", small).error().message,
              HasSubstr("expected a whole number from -128 to 127, found 128"));
  std::uint64_t big = 0;
  EXPECT_TRUE(decode_json("18446744073709551615", big));
  EXPECT_EQ(avro(big), "\x01") << "the bits of 2^64 - 1 are those of -1";
  EXPECT_EQ(*avro_to_json(schema_of<std::uint64_t>(), avro(big)), "18446744073709551615");
}

}  // namespace
}  // namespace daybook::codec
