#include "daybook/name.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace bank {
struct Money {};
template <class T>
struct Changed {
  struct Reverted {};
};
template <class A, class B>
struct Moved {};
template <int N>
struct Step {
  static constexpr std::string_view stored_as = "Stepped";
};
template <class T>
struct Marked {
  static constexpr std::string_view stored_as = "Marke";
};
struct Withdrawn {
  static constexpr std::string_view stored_as = "MoneyWithdrawn";
};
namespace {
struct Hidden {};
}  // namespace

// The four lives of one event.
namespace v1 {
struct Deposited {
  double euros;
};
}  // namespace v1
namespace v2 {
struct Deposited {
  std::int64_t cents;
  static Deposited upcast(const v1::Deposited& old) { return {static_cast<std::int64_t>(old.euros * 100)}; }
};
}  // namespace v2
namespace v3 {
struct Deposited {
  std::int64_t cents;
  std::string currency;
  static Deposited upcast(v2::Deposited old) noexcept { return {old.cents, "EUR"}; }
};
}  // namespace v3
struct Deposited {
  std::string amount;
  static Deposited upcast(const v3::Deposited& old) { return {std::to_string(old.cents) + " " + old.currency}; }
};
}  // namespace bank

namespace {

using daybook::ErrorCode;
using daybook::event_name;
using daybook::Status;

TEST(Name, is_the_unqualified_name_of_the_type) {
  EXPECT_EQ(event_name<bank::Money>(), "Money");
  EXPECT_EQ(event_name<bank::v2::Deposited>(), "Deposited");
  EXPECT_EQ(event_name<bank::Hidden>(), "Hidden");
  EXPECT_EQ(event_name<bank::Changed<bank::Money>::Reverted>(), "Reverted");
  struct Local {};
  EXPECT_EQ(event_name<Local>(), "Local");
  EXPECT_EQ(event_name<const bank::Money&>(), "Money");
}

TEST(Name, of_a_template_is_made_of_its_arguments) {
  EXPECT_EQ(event_name<bank::Changed<bank::Money>>(), "Changed_Money");
  EXPECT_EQ((event_name<bank::Moved<bank::Changed<bank::Hidden>, bank::Withdrawn>>()),
            "Moved_Changed_Hidden_MoneyWithdrawn");
}

TEST(Name, of_a_builtin_argument_is_the_same_on_every_machine) {
  EXPECT_EQ((event_name<bank::Moved<long, unsigned long long>>()), "Moved_i64_u64");
  EXPECT_EQ((event_name<bank::Moved<std::string, double>>()), "Moved_string_double");
  EXPECT_EQ((event_name<bank::Moved<bool, std::uint8_t>>()), "Moved_bool_u8");
}

TEST(Name, can_be_said_by_the_type) {
  EXPECT_EQ(event_name<bank::Withdrawn>(), "MoneyWithdrawn");
  EXPECT_EQ(event_name<bank::Step<3>>(), "Stepped");
  EXPECT_EQ(event_name<bank::Marked<int>>(), "Marke");
}

TEST(SchemaVersion, counts_the_upcasts_that_lead_to_an_event) {
  static_assert(daybook::schema_version<bank::v1::Deposited>() == 1);
  static_assert(daybook::schema_version<bank::v3::Deposited>() == 3);
  static_assert(daybook::schema_version<bank::Deposited>() == 4);
  static_assert(std::same_as<daybook::PreviousOf<bank::Deposited>, bank::v3::Deposited>);
  static_assert(!daybook::Upcasts<bank::v1::Deposited>);
}

// Stands for a codec: what it decodes is the number 1.5, 150 or "EUR", and it remembers into what.
struct Decoder {
  std::string seen;
  Status operator()(bank::v1::Deposited& out) { return out.euros = 1.5, seen += "1", Status{}; }
  Status operator()(bank::v2::Deposited& out) { return out.cents = 150, seen += "2", Status{}; }
  Status operator()(bank::v3::Deposited&) { return daybook::fail(ErrorCode::BadPayload, "torn"); }
  Status operator()(bank::Deposited& out) { return out.amount = "150 CHF", seen += "4", Status{}; }
};

TEST(DecodeVersion, lifts_an_old_event_through_every_upcast) {
  Decoder decode;
  bank::Deposited event;
  ASSERT_TRUE(daybook::decode_version(1, event, std::ref(decode)));
  EXPECT_EQ(event.amount, "150 EUR");
  ASSERT_TRUE(daybook::decode_version(2, event, std::ref(decode)));
  ASSERT_TRUE(daybook::decode_version(4, event, std::ref(decode)));
  EXPECT_EQ(event.amount, "150 CHF");
  EXPECT_EQ(decode.seen, "124");
}

TEST(DecodeVersion, passes_on_what_the_decoder_says) {
  Decoder decode;
  bank::Deposited event{"untouched"};
  const auto status = daybook::decode_version(3, event, std::ref(decode));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::BadPayload);
  EXPECT_EQ(event.amount, "untouched");
}

TEST(DecodeVersion, names_a_version_that_there_is_not) {
  Decoder decode;
  bank::Deposited event;
  for (const std::uint16_t version : {0, 5}) {
    const auto status = daybook::decode_version(version, event, std::ref(decode));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::UnknownEvent);
    EXPECT_EQ(status.error().message,
              "version " + std::to_string(version) + " of event 'Deposited' is not known here: expected 1 to 4");
  }
}

}  // namespace
