#include "daybook/codec/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/avro_schema.hpp"
#include "codec/sample.hpp"

namespace daybook::codec {
namespace {

using sample::Money;

struct Deposited {
  Money amount;
};
struct Closed {};
struct Opened {
  std::string owner;
  std::optional<std::string> nickname;
  std::string currency = "EUR";
  std::int64_t limit = 0;
  std::int64_t fee = 0;
  bool is_business = false;
  std::chrono::days notice{14};
  static constexpr std::string_view defaulted[] = {"fee"};
};
struct Traded {
  sample::Side side;
  std::uint8_t lots;
  std::uint64_t sequence;
  Time at;
  std::chrono::sys_days settles;
  std::vector<Money> fees;
  std::map<std::string, Money> charges;
  std::variant<std::monostate, sample::Card, std::int64_t> how;
  std::optional<std::variant<sample::Card, sample::Cash>> back;
  Uuid trade;
  std::array<std::byte, 32> digest;
};
struct Renamed {
  std::string reason;
  static constexpr std::string_view stored_as = "Cancelled";
  static constexpr StoredField stored_fields[] = {{"reason", "purpose"}};
};

TEST(Schema, is_the_struct_and_nothing_else) {
  EXPECT_EQ(schema_of<Closed>(), R"({"type":"record","name":"Closed","fields":[]})");
  EXPECT_EQ(schema_of<Deposited>(), R"({"type":"record","name":"Deposited","fields":[{"name":"amount","type":)"
                                    R"({"type":"record","name":"Money","fields":[{"name":"cents","type":"long"}]}}]})");
  EXPECT_EQ(schema_of<Renamed>(),
            R"({"type":"record","name":"Cancelled","fields":[{"name":"purpose","type":"string"}]})");
}

TEST(Schema, says_the_defaults_that_the_struct_says) {
  EXPECT_EQ(schema_of<Opened>(),
            R"({"type":"record","name":"Opened","fields":[{"name":"owner","type":"string"},)"
            R"({"name":"nickname","type":["null","string"],"default":null},)"
            R"({"name":"currency","type":"string","default":"EUR"},)"
            R"({"name":"limit","type":"long"},{"name":"fee","type":"long","default":0},)"
            R"({"name":"is_business","type":"boolean"},)"
            R"({"name":"notice","type":{"type":"long","logicalType":"duration-days"},"default":14}]})");
}

TEST(Schema, says_ranges_and_units_and_defines_each_name_once) {
  EXPECT_EQ(
      schema_of<Traded>(),
      R"({"type":"record","name":"Traded","fields":[)"
      R"({"name":"side","type":{"type":"enum","name":"Side","symbols":["Buy","Sell","Cross"]}},)"
      R"({"name":"lots","type":{"type":"int","logicalType":"uint8"}},)"
      R"({"name":"sequence","type":{"type":"long","logicalType":"uint64"}},)"
      R"({"name":"at","type":{"type":"long","logicalType":"timestamp-nanos"}},)"
      R"({"name":"settles","type":{"type":"int","logicalType":"date"}},)"
      R"({"name":"fees","type":{"type":"array","items":{"type":"record","name":"Money","fields":[{"name":"cents","type":"long"}]}}},)"
      R"({"name":"charges","type":{"type":"map","values":"Money"}},)"
      R"({"name":"how","type":["null",{"type":"record","name":"Card","fields":[{"name":"digits","type":"string"}]},"long"]},)"
      R"({"name":"back","type":["null","Card",{"type":"record","name":"Cash","fields":[]}],"default":null},)"
      R"({"name":"trade","type":{"type":"fixed","name":"Uuid","size":16,"logicalType":"uuid"}},)"
      R"({"name":"digest","type":{"type":"fixed","name":"bytes_32","size":32}}]})");
}

TEST(Schema, of_a_recursive_struct_refers_to_itself) {
  EXPECT_EQ(schema_of<sample::Tree>(), R"({"type":"record","name":"Tree","fields":[{"name":"name","type":"string"},)"
                                       R"({"name":"children","type":{"type":"array","items":"Tree"}}]})");
}

TEST(Schema, is_one_that_avro_parses) {
  for (const auto& text :
       {schema_of<Traded>(), schema_of<Opened>(), schema_of<sample::Order>(), schema_of<sample::Tree>()}) {
    const auto parsed = AvroSchema::parse(text);
    EXPECT_TRUE(parsed) << parsed.error().message;
  }
}

// What is stored may not change with the program: this number stands in records.
TEST(Schema, has_the_first_eight_bytes_of_its_sha256_as_fingerprint) {
  // echo -n '"int"' | sha256sum: 3f2b87a9fe7cc9b1…
  EXPECT_EQ(schema_fingerprint("\"int\""), 0xb1c97cfea9872b3fu);
  EXPECT_EQ(fingerprint_of<Closed>(), schema_fingerprint(schema_of<Closed>()));
}

namespace other {
struct Money {
  std::string text;
};
}  // namespace other
struct TwoMoneys {
  Money a;
  other::Money b;
};

TEST(SchemaDeathTest, with_two_structs_of_one_name_stops_the_program) {
  EXPECT_DEATH((void)schema_of<TwoMoneys>(), "two different types are stored as Money");
}

}  // namespace
}  // namespace daybook::codec
