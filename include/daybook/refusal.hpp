// Why the domain said no: an answer, and never a failure.
//
// A refusal is a plain struct of the domain's, named for the state of the world that stands in the way (`NotOpen`,
// `InsufficientFunds{balance}`), holding what a caller may want to show. It may hold whatever an event may
// (<daybook/codec/storable.hpp>), so that every refusal can be told in JSON.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "daybook/codec/json.hpp"
#include "daybook/reflect.hpp"

namespace daybook {

// Why the domain said no: an answer, not a failure. It holds the domain's own struct, whatever that is; cheap to copy.
// Any thread may read one.
class Refusal {
 public:
  // Use refuse().
  template <reflect::Reflectable R>
  explicit Refusal(R reason) : kind_(&kKind<R>) {
    if constexpr (fits_here<R>)
      ::new (static_cast<void*>(here_.data())) R(std::move(reason));
    else
      elsewhere_ = std::make_shared<const R>(std::move(reason));
  }

  // The name of the reason's type: "InsufficientFunds". For people, logs and other languages.
  std::string_view code() const { return fields().name; }
  // The reason's fields as JSON: {"balance":{"cents":5000}}. Made when asked for. A reason that is no JSON (a string
  // that is not UTF-8) is shown as best it can be.
  std::string detail() const {
    std::string text;
    if (!codec::encode_json_as(fields(), reason(), text)) codec::print_json_as(fields(), reason(), text);
    return text;
  }

  template <class R>
  bool is() const {
    return *kind_->type == typeid(R);
  }
  // The reason itself, or null if it is another. Valid as long as this Refusal.
  template <class R>
  const R* as() const {
    return is<R>() ? static_cast<const R*>(reason()) : nullptr;
  }

  // For those who hold one without its type: what the reason is made of, and where it is.
  const codec::Type& fields() const { return *kind_->fields; }
  const void* reason() const { return elsewhere_ ? elsewhere_.get() : static_cast<const void*>(here_.data()); }

 private:
  struct Kind {
    const std::type_info* type;
    const codec::Type* fields;
  };
  template <class R>
  static constexpr Kind kKind{&typeid(R), &codec::type_of<R>()};

  static constexpr std::size_t kHere = 32;
  template <class R>
  static constexpr bool fits_here =
      std::is_trivially_copyable_v<R> && sizeof(R) <= kHere && alignof(R) <= alignof(std::max_align_t);

  const Kind* kind_;
  alignas(std::max_align_t) std::array<std::byte, kHere> here_{};  // small plain reasons: no allocation to say no
  std::shared_ptr<const void> elsewhere_;                          // all others
};

// Says no, with a plain struct that says why.
template <class R>
Refusal refuse(R reason) {
  static_assert(reflect::Reflectable<R>, "daybook: a refusal is a plain struct that names a state of the world");
  codec::detail::check_no_hidden_optional<R>();
  static_assert(!reflect::Reflectable<R> || codec::Storable<R> || codec::detail::HidesOptional<R>,
                "daybook: a field of this refusal can not be stored; <daybook/codec/storable.hpp> lists what can");
  return Refusal(std::move(reason));
}

}  // namespace daybook
