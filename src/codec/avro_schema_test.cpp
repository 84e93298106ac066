#include "codec/avro_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "daybook/codec/schema.hpp"

namespace daybook::codec {
namespace {

using testing::HasSubstr;

struct Vector {
  std::string input, canonical, fingerprint;
};

// The file of the Avro project: `<<NAME value` to the end of the line, or `<<NAME`, lines, `NAME`.
std::vector<Vector> read_vectors(std::istream& in) {
  std::vector<Vector> all;
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with("<<")) continue;
    const auto space = line.find(' ');
    const auto name = line.substr(2, space == line.npos ? space : space - 2);
    std::string value = space == line.npos ? "" : line.substr(space + 1);
    if (space == line.npos)
      while (std::getline(in, line) && line != name) value += line + "\n";
    if (name == "INPUT")
      all.push_back({value, "", ""});
    else
      (name == "canonical" ? all.back().canonical : all.back().fingerprint) = value;
  }
  return all;
}

TEST(AvroSchema, has_the_canonical_form_and_fingerprint_of_the_avro_projects_own_vectors) {
  const char* data = std::getenv("DAYBOOK_SHARED_DATA");
  const std::string path =
      (data != nullptr ? std::string(data) : DAYBOOK_SOURCE_DIR "/../shared/data") + "/vectors/avro/schema-tests.txt";
  std::ifstream in(path);
  if (!in && data == nullptr)
    GTEST_SKIP() << "no " << path << ": set DAYBOOK_SHARED_DATA to the folder that has vectors/avro";
  ASSERT_TRUE(in) << "DAYBOOK_SHARED_DATA is set, and there is no " << path;
  const auto vectors = read_vectors(in);
  ASSERT_GE(vectors.size(), 30u);
  for (const auto& vector : vectors) {
    const auto schema = AvroSchema::parse(vector.input);
    ASSERT_TRUE(schema) << vector.input << ": " << schema.error().message;
    EXPECT_EQ((*schema)->canonical(), vector.canonical);
    if (!vector.fingerprint.empty()) {
      EXPECT_EQ(std::to_string(static_cast<std::int64_t>(crc64_avro((*schema)->canonical()))), vector.fingerprint);
    }
    // A canonical form is a schema, and its own canonical form.
    const auto again = AvroSchema::parse(vector.canonical);
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->canonical(), vector.canonical);
  }
}

TEST(AvroSchema, has_the_fingerprint_that_the_specification_prints_for_int) {
  EXPECT_EQ(crc64_avro("\"int\""), 0x7275d51a3f395c8fu);
}

TEST(AvroSchema, that_is_none_is_an_error_that_says_why) {
  const auto why = [](std::string_view text) {
    const auto schema = AvroSchema::parse(text);
    return schema ? std::string("parsed") : schema.error().message;
  };
  EXPECT_THAT(why("{"), HasSubstr("not JSON"));
  EXPECT_THAT(why("12"), HasSubstr("expected a schema"));
  EXPECT_THAT(why(R"("string ")"), HasSubstr("found \"string \""));
  EXPECT_THAT(why(R"({"name":"A"})"), HasSubstr("\"type\""));
  EXPECT_THAT(why(R"({"type":"record","name":"A"})"), HasSubstr("A: expected an array \"fields\""));
  EXPECT_THAT(why(R"({"type":"record","fields":[]})"), HasSubstr("record with a name"));
  EXPECT_THAT(why(R"({"type":"record","name":"1A","fields":[]})"), HasSubstr("found \"1A\""));
  EXPECT_THAT(why(R"({"type":"record","name":"int","fields":[]})"), HasSubstr("which is Avro's"));
  EXPECT_THAT(why(R"({"type":"record","name":"A","fields":[{"name":"x","type":"B"}]})"), HasSubstr("A.x: "));
  EXPECT_THAT(why(R"({"type":"record","name":"A","fields":[{"name":"x","type":"int"},{"name":"x","type":"int"}]})"),
              HasSubstr("one field x, found two"));
  EXPECT_THAT(why(R"(["int","int"])"), HasSubstr("found int twice"));
  EXPECT_THAT(why(R"(["int",["null"]])"), HasSubstr("no union within a union"));
  EXPECT_THAT(why(R"({"type":"enum","name":"E","symbols":["A","A"]})"), HasSubstr("E: expected symbols"));
  EXPECT_THAT(why(R"({"type":"enum","name":"E","symbols":["A"],"default":"B"})"), HasSubstr("found \"B\""));
  EXPECT_THAT(why(R"({"type":"fixed","name":"F","size":-1})"), HasSubstr("found -1"));
  EXPECT_THAT(why(R"({"type":"array"})"), HasSubstr("\"items\""));
  EXPECT_THAT(why(R"({"type":"record","name":"A","fields":[{"name":"x","type":"int","default":"1"}]})"),
              HasSubstr("A.x: expected a default of the field's type"));
  EXPECT_THAT(why(R"([{"type":"enum","name":"E","symbols":[]},{"type":"fixed","name":"E","size":1}])"),
              HasSubstr("one definition of E, found two"));
}

TEST(AvroSchema, takes_a_default_of_any_branch_of_a_union) {
  for (const auto* value : {"null", "1", "\"x\"", "[true]"})
    EXPECT_TRUE(AvroSchema::parse(
        std::string(
            R"({"type":"record","name":"A","fields":[{"name":"x","type":["null","int","string",{"type":"array","items":"boolean"}],"default":)") +
        value + "}]}"))
        << value;
}

// A few lines that unfold to 2^40 parts: neither reading the schema nor a payload by it may take for ever.
TEST(AvroSchema, that_unfolds_without_end_is_bounded) {
  std::string fields = R"({"name":"f0","type":{"type":"record","name":"R0","fields":[]}})";
  for (int i = 1; i <= 40; ++i) {
    const auto before = "R" + std::to_string(i - 1);
    fields += R"(,{"name":"f)" + std::to_string(i) + R"(","type":{"type":"record","name":"R)" + std::to_string(i) +
              R"(","fields":[{"name":"a","type":")" + before + R"(","default":{}},{"name":"b","type":")" + before +
              R"(","default":{}}]}})";
  }
  const auto schema = R"({"type":"record","name":"Bomb","fields":[)" + fields + "]}";
  ASSERT_TRUE(AvroSchema::parse(schema));
  const auto json = avro_to_json(schema, "");
  ASSERT_FALSE(json);
  EXPECT_THAT(json.error().message, HasSubstr("endless empty parts"));
}

}  // namespace
}  // namespace daybook::codec
