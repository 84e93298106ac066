// A type as the codecs see it: a table that says what a value is made of and how to reach its parts.
//
// Encoding and decoding walk these tables (src/codec), so a new event costs the compiler a table and not six families
// of templates. `type_of<T>()` in <daybook/codec/describe.hpp> makes the table; nothing here is for users to write.
//
// Everything is immutable once made; any thread may use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace daybook::codec {

enum class Kind : std::uint8_t {
  Null,  // std::monostate
  Bool,
  Int8,
  Int16,
  Int32,
  Int64,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Float,
  Double,
  Enum,
  String,
  Bytes,  // std::vector<std::byte>
  Fixed,  // std::array<std::byte, N>
  Uuid,
  Optional,
  Array,  // vector, array, deque, set
  Map,
  Variant,
  Struct,
};

// What a time or duration counts. None: the number is just a number.
enum class Unit : std::uint8_t { None, Nanos, Micros, Millis, Seconds, Minutes, Hours, Days, Weeks, Months, Years };

// A callable that is only borrowed: lives no longer than the call it is passed to, and allocates nothing.
template <class Signature>
class Borrowed;
template <class R, class... Args>
class Borrowed<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Borrowed>)
  Borrowed(F&& f)  // NOLINT: implicit, so that a lambda can be passed
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(args...);
        }) {}
  R operator()(Args... args) const { return call_(object_, args...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

struct Type;

struct EnumSymbol {
  std::int64_t value;
  std::string_view name;
};

// How adding an item to a container went.
enum class Added : std::uint8_t {
  Yes,
  Failed,     // the caller's own `fill` said no
  Duplicate,  // a set or map has it already
  Full,       // a std::array has no further place
  BadKey,     // the text is no key of this map
};

struct EnumOps {
  std::span<const EnumSymbol> symbols;  // by rising value
  Kind underlying;
};

struct OptionalOps {
  const Type* item;
  const void* (*get)(const void*);  // null if empty
  void* (*emplace)(void*);
  void (*reset)(void*);
};

struct ArrayOps {
  const Type* item;
  std::size_t fixed_size;  // of a std::array; else SIZE_MAX
  bool is_set;
  std::size_t (*size)(const void*);
  bool (*each)(const void*, Borrowed<bool(const void*)>);  // until false
  void (*clear)(void*);
  Added (*add)(void*, std::size_t index, Borrowed<bool(void*)> fill);
};

struct MapOps {
  const Type* key;  // of a struct of one field, that field's
  const Type* value;
  std::size_t (*size)(const void*);
  bool (*each)(const void*, Borrowed<bool(std::string_view, const void*)>);  // until false
  void (*clear)(void*);
  Added (*add)(void*, std::string_view key, Borrowed<bool(void*)> fill);
};

struct VariantOps {
  std::span<const Type* const> alternatives;
  std::size_t (*index)(const void*);  // SIZE_MAX if valueless
  const void* (*get)(const void*);    // the alternative that is there
  void* (*emplace)(void*, std::size_t);
};

struct Structure;

struct Type {
  Kind kind;
  Unit unit = Unit::None;
  bool instant = false;                                      // counts from 1970, UTC; else a duration
  std::size_t size = 0;                                      // sizeof
  std::string_view name{};                                   // as stored: of an enum, fixed or struct
  void (*with_zero)(Borrowed<void(const void*)>) = nullptr;  // shows a value-initialised one

  // The one that belongs to the kind; the others are null.
  const EnumOps* enumeration = nullptr;
  const OptionalOps* optional = nullptr;
  const ArrayOps* array = nullptr;
  const MapOps* map = nullptr;
  const VariantOps* variant = nullptr;
  const Structure& (*structure)() = nullptr;
};

// What a template knows of a field; the rest is worked out from it once, in make_structure.
struct FieldSeed {
  std::string_view name;
  std::size_t offset;
  const Type* type;
  bool said_to_have_default;  // is in the struct's `defaulted`
};

struct Field {
  std::string name;
  std::string json_key;  // "name":, ready to be written
  std::size_t offset;
  const Type* type;
  // What the field is in an event that was written before it was there, as Avro binary. See describe.hpp for which
  // fields have one.
  bool has_default;
  std::string default_bytes;
};

// A field that is no struct itself, reached through however many structs: records are flat in Avro binary, so decoding
// one is one loop over these.
struct Leaf {
  std::size_t offset;
  const Type* type;
  std::string path;  // "amount.cents", for messages
  int levels;        // structs around it, from this one on: depth counts them
};

struct Structure {
  std::string name;
  std::vector<Field> fields;
  std::vector<Leaf> leaves;
  int levels;  // of structs by value in it, itself included
};

// `prototype` is a value-initialised object of the struct.
Structure make_structure(std::string_view name, const void* prototype, std::span<const FieldSeed> fields);

}  // namespace daybook::codec
