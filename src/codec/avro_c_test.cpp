// avro-c as the oracle: it reads what we write, writes it the same, and resolves schemas as we do.
#include <avro.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "codec/sample.hpp"
#include "daybook/codec/avro.hpp"
#include "daybook/codec/resolver.hpp"
#include "daybook/codec/schema.hpp"

namespace daybook::codec {
namespace {

// avro-c's objects, released.
class CSchema {
 public:
  explicit CSchema(const std::string& text) {
    if (avro_schema_from_json_length(text.data(), text.size(), &schema_) != 0) schema_ = nullptr;
  }
  ~CSchema() {
    if (schema_ != nullptr) avro_schema_decref(schema_);
  }
  CSchema(const CSchema&) = delete;
  CSchema& operator=(const CSchema&) = delete;
  avro_schema_t get() const { return schema_; }

 private:
  avro_schema_t schema_ = nullptr;
};

class CValue {
 public:
  explicit CValue(const CSchema& schema) : class_(avro_generic_class_from_schema(schema.get())) {
    avro_generic_value_new(class_, &value);
  }
  ~CValue() {
    avro_value_decref(&value);
    avro_value_iface_decref(class_);
  }
  CValue(const CValue&) = delete;
  CValue& operator=(const CValue&) = delete;

  bool read(std::string_view bytes) { return read_into(bytes, value); }
  static bool read_into(std::string_view bytes, avro_value_t& to) {
    avro_reader_t reader = avro_reader_memory(bytes.data(), static_cast<std::int64_t>(bytes.size()));
    const bool good = avro_value_read(reader, &to) == 0;
    avro_reader_free(reader);
    return good;
  }
  std::string written() {
    std::size_t size = 0;
    avro_value_sizeof(&value, &size);
    std::string bytes(size + 1, '\0');
    avro_writer_t writer = avro_writer_memory(bytes.data(), static_cast<std::int64_t>(bytes.size()));
    if (avro_value_write(writer, &value) != 0) bytes.clear();
    bytes.resize(static_cast<std::size_t>(avro_writer_tell(writer)));
    avro_writer_free(writer);
    return bytes;
  }

  avro_value_t value;

 private:
  avro_value_iface_t* class_;
};

// avro-c keeps the keys of maps as C strings, which end at a NUL.
sample::Order without_nul_keys(sample::Order order) {
  std::erase_if(order.by_name, [](const auto& one) { return one.first.find('\0') != std::string::npos; });
  std::erase_if(order.by_isin, [](const auto& one) { return one.first.text.find('\0') != std::string::npos; });
  return order;
}

RC_GTEST_PROP(AvroC, reads_what_we_write_and_writes_what_we_read, ()) {
  const CSchema schema(schema_of<sample::Order>());
  RC_ASSERT(schema.get() != nullptr);
  const auto order = without_nul_keys(sample::order());
  std::string ours;
  RC_ASSERT(encode_avro(order, ours).has_value());
  CValue value(schema);
  RC_ASSERT(value.read(ours));
  const auto theirs = value.written();
  RC_ASSERT(theirs == ours);
  sample::Order back{};
  RC_ASSERT(decode_avro(theirs, back).has_value());
  RC_ASSERT(back == order);
}

TEST(AvroC, sees_the_fields_under_the_names_that_we_gave_them) {
  const CSchema schema(schema_of<sample::Line>());
  std::string bytes;
  ASSERT_TRUE(encode_avro(sample::Line{{"DE0005"}, {-1250}, sample::Money{3}, {"a", "b"}}, bytes));
  CValue line(schema);
  ASSERT_TRUE(line.read(bytes));
  char* json = nullptr;
  ASSERT_EQ(avro_value_to_json(&line.value, 1, &json), 0);
  EXPECT_STREQ(
      json,
      R"({"isin": {"text": "DE0005"}, "price": {"cents": -1250}, "fee": {"Money": {"cents": 3}}, "notes": ["a", "b"]})");
  std::free(json);
}

// What avro-c can resolve (it knows no defaults): order, fields that are gone, and wider numbers.
namespace was {
struct Quote {
  std::int32_t bid;
  std::string venue;
  std::int32_t ask;
  std::vector<std::int32_t> depth;
  float weight;
  std::map<std::string, std::int32_t> sizes;
};
}  // namespace was
namespace is {
struct Quote {
  std::int64_t ask;
  std::vector<double> depth;
  double bid;
  std::map<std::string, std::int64_t> sizes;
  double weight;
};
}  // namespace is

RC_GTEST_PROP(AvroC, resolves_schemas_as_we_do, ()) {
  const was::Quote old{.bid = sample::whole_i32(),
                       .venue = sample::text(),
                       .ask = sample::whole_i32(),
                       .depth = sample::whole_i32s(),
                       .weight = sample::real_f32(),
                       .sizes = {{"lot", sample::whole_i32()}}};
  std::string bytes, ours;
  RC_ASSERT(encode_avro(old, bytes).has_value());
  const auto resolver = Resolver::make(schema_of<was::Quote>(), schema_of<is::Quote>());
  if (!resolver) RC_FAIL(resolver.error().message);
  RC_ASSERT((*resolver)->resolve(bytes, ours).has_value());

  const CSchema writer(schema_of<was::Quote>()), reader(schema_of<is::Quote>());
  CValue value(reader);
  avro_value_iface_t* resolved_class = avro_resolved_writer_new(writer.get(), reader.get());
  RC_ASSERT(resolved_class != nullptr);
  avro_value_t resolved;
  avro_resolved_writer_new_value(resolved_class, &resolved);
  avro_resolved_writer_set_dest(&resolved, &value.value);
  const bool good = CValue::read_into(bytes, resolved);
  avro_value_decref(&resolved);
  avro_value_iface_decref(resolved_class);
  RC_ASSERT(good);
  RC_ASSERT(value.written() == ours);
}

}  // namespace
}  // namespace daybook::codec
