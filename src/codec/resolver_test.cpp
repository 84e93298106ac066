#include "daybook/codec/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/sample.hpp"

namespace daybook::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A record of one field, or more if `fields` has commas.
std::string record(std::string_view fields) {
  return R"({"type":"record","name":"R","fields":[)" + std::string(fields) + "]}";
}
std::string field(std::string_view type, std::string_view more = "") {
  return record(R"({"name":"x","type":)" + std::string(type) + std::string(more) + "}");
}

// What the reader makes of what the writer wrote as `json`; or the error.
std::string read(const std::string& writer, const std::string& reader, std::string_view json) {
  const auto bytes = json_to_avro(writer, json);
  if (!bytes) return "writer: " + bytes.error().message;
  const auto resolver = Resolver::make(writer, reader);
  if (!resolver) return resolver.error().message;
  std::string resolved;
  if (const auto done = (*resolver)->resolve(*bytes, resolved); !done) return done.error().message;
  const auto out = avro_to_json(reader, resolved);
  return out ? *out : out.error().message;
}
std::string read_value(std::string_view writer, std::string_view reader, std::string_view json) {
  const auto out = read(field(writer), field(reader), R"({"x":)" + std::string(json) + "}");
  return out.starts_with(R"({"x":)") ? out.substr(5, out.size() - 6) : out;
}

TEST(Resolver, widens_numbers) {
  EXPECT_EQ(read_value(R"("int")", R"("long")", "-7"), "-7");
  EXPECT_EQ(read_value(R"("int")", R"("float")", "-7"), "-7");
  EXPECT_EQ(read_value(R"("long")", R"("double")", "9007199254740993"), "9007199254740992");
  EXPECT_EQ(read_value(R"("float")", R"("double")", "0.5"), "0.5");
  EXPECT_EQ(read_value(R"({"type":"long","logicalType":"uint64"})", R"("double")", "18446744073709551615"),
            "18446744073709551616");
  EXPECT_THAT(read_value(R"("long")", R"("int")", "1"), HasSubstr("R.x was long and can not be read as int"));
  EXPECT_THAT(read_value(R"("double")", R"("float")", "1"), HasSubstr("can not be read as float"));
}

TEST(Resolver, exchanges_string_and_bytes) {
  EXPECT_EQ(read_value(R"("string")", R"("bytes")", "\"foo\""), "\"Zm9v\"");
  EXPECT_EQ(read_value(R"("bytes")", R"("string")", "\"Zm9v\""), "\"foo\"");
  EXPECT_THAT(read_value(R"("bytes")", R"("string")", "\"/w==\""), HasSubstr("UTF-8"));
}

TEST(Resolver, never_takes_one_number_for_another) {
  const auto* u64 = R"({"type":"long","logicalType":"uint64"})";
  EXPECT_THAT(read_value(R"("long")", u64, "-1"),
              HasSubstr("expected a whole number from 0 to 18446744073709551615, found -1"));
  EXPECT_THAT(read_value(u64, R"("long")", "9223372036854775808"), HasSubstr("found 9223372036854775808"));
  EXPECT_EQ(read_value(R"("long")", u64, "1"), "1");
  EXPECT_EQ(read_value(R"("int")", R"({"type":"int","logicalType":"uint8"})", "255"), "255");
  EXPECT_THAT(read_value(R"("int")", R"({"type":"int","logicalType":"uint8"})", "256"), HasSubstr("found 256"));
  EXPECT_THAT(read_value(R"({"type":"long","logicalType":"timestamp-millis"})",
                         R"({"type":"long","logicalType":"timestamp-nanos"})", "1"),
              HasSubstr("one would pass for the other"));
  EXPECT_EQ(read_value(R"({"type":"int","logicalType":"date"})", R"("long")", "\"1970-01-03\""), "2");
}

TEST(Resolver, reads_fields_in_any_order_skips_strangers_and_fills_in_defaults) {
  EXPECT_EQ(
      read(
          record(
              R"({"name":"a","type":"int"},{"name":"gone","type":{"type":"map","values":["null","string"]}},{"name":"b","type":"string"})"),
          record(
              R"({"name":"new","type":"string","default":"EUR"},{"name":"b","type":"string"},{"name":"a","type":"long"},{"name":"too","type":["null","int"],"default":7})"),
          R"({"a":1,"gone":{"k":"v","l":null},"b":"x"})"),
      R"({"new":"EUR","b":"x","a":1,"too":7})");
  EXPECT_EQ(read(record(R"({"name":"a","type":"int"},{"name":"b","type":"int"},{"name":"c","type":"int"})"),
                 record(R"({"name":"b","type":"int"})"), R"({"a":1,"b":2,"c":3})"),
            R"({"b":2})");
}

TEST(Resolver, says_which_field_has_neither_value_nor_default) {
  const auto resolver = Resolver::make(record(""), field(R"("string")"));
  ASSERT_FALSE(resolver);
  EXPECT_EQ(resolver.error().code, ErrorCode::SchemaMismatch);
  EXPECT_THAT(resolver.error().message, HasSubstr("R.x is missing from what was written, and has no default"));
}

TEST(Resolver, follows_aliases_of_fields_and_types) {
  EXPECT_EQ(read(field(R"("int")"), record(R"({"name":"y","aliases":["x"],"type":"int"})"), R"({"x":5})"),
            R"({"y":5})");
  EXPECT_EQ(read_value(R"({"type":"record","name":"Old","fields":[]})",
                       R"({"type":"record","name":"New","aliases":["Old"],"fields":[]})", "{}"),
            "{}");
  EXPECT_THAT(read_value(R"({"type":"record","name":"Old","fields":[]})",
                         R"({"type":"record","name":"New","fields":[]})", "{}"),
              HasSubstr("R.x was record Old and is now record New: give the new one `stored_as = \"Old\"`"));
}

TEST(Resolver, lets_the_outermost_record_have_any_name) {
  EXPECT_EQ(read(R"({"type":"record","name":"A","fields":[]})", R"({"type":"record","name":"B","fields":[]})", "{}"),
            "{}");
}

TEST(Resolver, reads_values_as_alternatives_and_back) {
  EXPECT_EQ(read_value(R"("string")", R"(["null","string"])", "\"a\""), "\"a\"");
  EXPECT_EQ(read_value(R"(["null","string"])", R"("string")", "\"a\""), "\"a\"");
  EXPECT_THAT(read_value(R"(["null","string"])", R"("string")", "null"),
              HasSubstr("null and can not be read as string"));
  EXPECT_EQ(read_value(R"(["null","int"])", R"(["string","double","null"])", "4"), R"({"double":4})");
  EXPECT_EQ(read_value(R"("int")", R"(["long","int"])", "4"), R"({"int":4})") << "its own type before a wider one";
  EXPECT_EQ(read_value(R"(["int","string","boolean"])", R"(["boolean","long","string"])", R"({"int":4})"),
            R"({"long":4})");
  EXPECT_THAT(read_value(R"(["int","string"])", R"(["null","int"])", R"({"string":"a"})"),
              HasSubstr("none of its alternatives"));
  EXPECT_THAT(read_value(R"("string")", R"(["null","int"])", "\"a\""), HasSubstr("none of its alternatives"));
}

TEST(Resolver, finds_enumerators_by_name_or_takes_the_readers_default) {
  const auto* old = R"({"type":"enum","name":"E","symbols":["A","B","C"]})";
  EXPECT_EQ(read_value(old, R"({"type":"enum","name":"E","symbols":["C","B","A"]})", "\"A\""), "\"A\"");
  EXPECT_EQ(read_value(old, R"({"type":"enum","name":"E","symbols":["A","Other"],"default":"Other"})", "\"C\""),
            "\"Other\"");
  EXPECT_THAT(read_value(old, R"({"type":"enum","name":"E","symbols":["A","B"]})", "\"C\""),
              HasSubstr("C is no enumerator any more"));
  EXPECT_EQ(read_value(old, R"({"type":"enum","name":"E","symbols":["A","B"]})", "\"B\""), "\"B\"");
}

TEST(Resolver, resolves_within_arrays_maps_and_recursive_records) {
  EXPECT_EQ(read_value(R"({"type":"array","items":"int"})", R"({"type":"array","items":"double"})", "[1,2]"), "[1,2]");
  EXPECT_EQ(read_value(R"({"type":"map","values":"int"})", R"({"type":"map","values":["null","long"]})", R"({"a":1})"),
            R"({"a":1})");
  const auto tree = [](std::string_view more) {
    return R"({"type":"record","name":"T","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","T"]})" +
           std::string(more) + "]}";
  };
  EXPECT_EQ(read(tree(""), tree(R"(,{"name":"n","type":"int","default":9})"), R"({"v":1,"next":{"v":2,"next":null}})"),
            R"({"v":1,"next":{"v":2,"next":null,"n":9},"n":9})");
  EXPECT_THAT(
      read_value(R"({"type":"fixed","name":"F","size":2})", R"({"type":"fixed","name":"F","size":3})", "\"AAA=\""),
      HasSubstr("had 2 bytes and now has 3"));
}

TEST(Resolver, lists_all_that_stands_between_two_schemas) {
  const auto all = mismatches(
      record(
          R"({"name":"a","type":"int"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"o","type":["null","int"]})"),
      record(
          R"({"name":"a","type":"string"},{"name":"b","type":"int"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}},{"name":"o","type":"int"})"));
  ASSERT_TRUE(all);
  std::vector<std::string> texts;
  for (const auto& one : *all) texts.push_back(one.text());
  EXPECT_THAT(texts, ElementsAre("R.a was int and can not be read as string",
                                 "R.b is missing from what was written, and has no default",
                                 "R.e had an enumerator B that E lacks", "R.o was null and can not be read as int"));
  EXPECT_THAT(*mismatches(field("\"int\""), field("\"int\"")), IsEmpty());
  EXPECT_FALSE(mismatches("{", field("\"int\"")));
}

}  // namespace
}  // namespace daybook::codec
