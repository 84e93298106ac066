#include "daybook/provenance.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using daybook::ErrorCode;
using daybook::metadata_of;
using daybook::Provenance;
using daybook::Uuid;

Provenance read(std::string_view metadata) {
  daybook::Envelope at;
  at.metadata = metadata;
  return daybook::provenance(at);
}

TEST(Provenance, is_nothing_if_nothing_is_known_and_json_if_something_is) {
  EXPECT_EQ(metadata_of({}).value(), "");
  EXPECT_EQ(metadata_of({.actor = "a\"b\n", .causation_id = "c"}).value(), R"({"$actor":"a\"b\n","$causationId":"c"})");
  const auto bad = metadata_of({.actor = "\xff"});
  EXPECT_EQ(bad.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(bad.error().message.find("actor"), std::string::npos);
}

TEST(Provenance, comes_back_as_it_was_said) {
  const Provenance all{"teller-7 \"x\"", "order 9", "mail 3", Uuid{{1, 2, 3}}};
  EXPECT_EQ(read(metadata_of(all).value()), all);
  EXPECT_EQ(read(metadata_of({.correlation_id = "c"}).value()), Provenance{.correlation_id = "c"});
  EXPECT_EQ(read(""), Provenance{});
}

TEST(Provenance, of_another_writers_metadata_is_what_can_be_understood) {
  EXPECT_EQ(read(R"({"tenant":{"id":7},"$actor":"a","n":[1,{}]})"), Provenance{.actor = "a"});
  EXPECT_EQ(read(R"({"$actor":7,"$correlationId":null,"$causationId":"c","$commandId":"7"})"),
            Provenance{.causation_id = "c"});
  for (const std::string& hostile :
       {std::string("{"), std::string("[\"$actor\"]"), std::string("\"$actor\""), std::string("\xff\xfe"),
        std::string(R"({"$actor":"a"} more)"), std::string(R"({"$actor":"a","$actor":"b"})"),
        std::string(R"({"$actor":"\ud800"})"), std::string(100'000, '['), std::string(1, '\0')})
    EXPECT_EQ(read(hostile), Provenance{}) << hostile.substr(0, 40);
}

}  // namespace
