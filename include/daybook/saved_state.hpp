// How a state is saved in a snapshot, so that it need not be folded from its first event on.
//
// A state whose fields can be stored (<daybook/codec/storable.hpp>) needs nothing. One that holds something else, or wants
// bytes of its own, says how it is saved, with all three of
//
//     struct Book {
//       …
//       static constexpr std::uint32_t snapshot_version = 1;                // raise it when the bytes change
//       static void save(const Book&, std::string& out);                    // appends to `out`
//       static daybook::Status load(std::string_view saved, Book& into);    // into a Book{}; an error passes it over
//     };
//
// and one that is to be folded anew each time says so:
//
//     static constexpr bool snapshots = false;
//
// A state that does neither and cannot be stored does not compile as a Stream: it would never have a snapshot, and every
// load would read all there ever was. `save` and `load` are called from any thread, on a state that nobody else uses. They
// throw nothing, for that stops the program (store.hpp): what `load` can not read it says with an error. A snapshot is
// disposable: one that another version, struct or `rules` saved is passed over, and the state is folded.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "daybook/codec/names_within.hpp"
#include "daybook/codec/storable.hpp"
#include "daybook/result.hpp"

namespace daybook {

// S brings its own way to be saved: all three of the above.
template <class S>
concept SavesItself = requires(const S& state, S& into, std::string& out, std::string_view in) {
  { S::snapshot_version } -> std::convertible_to<std::uint32_t>;
  { S::save(state, out) } -> std::same_as<void>;
  { S::load(in, into) } -> std::same_as<Status>;
};
// S says that it has no snapshots.
template <class S>
concept NeverSaved = requires { typename std::bool_constant<S::snapshots>; } && !S::snapshots;
template <class S>
concept Saveable = !NeverSaved<S> && (SavesItself<S> || codec::Storable<S>);

namespace detail {

// Whether S has a function of this name, whatever its parameters.
struct HasSave {
  int save;
};
struct HasLoad {
  int load;
};
template <class S>
concept NamesSave = !requires { &Beside<S, HasSave>::save; } &&
                    !requires { requires std::is_member_object_pointer_v<decltype(&S::save)>; };
template <class S>
concept NamesLoad = !requires { &Beside<S, HasLoad>::load; } &&
                    !requires { requires std::is_member_object_pointer_v<decltype(&S::load)>; };
// A function `save` or `load` by itself may be a step of an evolve; both together are not.
template <class S>
concept SavesInPart =
    requires { S::snapshot_version; } || requires(const S& state, std::string& out) { S::save(state, out); } ||
    requires(S& into, std::string_view in) { S::load(in, into); } ||
    (std::is_class_v<S> && !std::is_final_v<S> && NamesSave<S> && NamesLoad<S>);

// For whoever takes a state that is saved: true, or a compile error in words.
template <class S>
consteval bool check_saved() {
  static_assert(SavesItself<S> || !SavesInPart<S>,
                "daybook: S says in part how it is saved; write all three: static constexpr std::uint32_t "
                "snapshot_version = 1; static void save(const S&, std::string& out); static daybook::Status "
                "load(std::string_view saved, S& into);");
  if constexpr (!NeverSaved<S> && !SavesItself<S> && !SavesInPart<S>) codec::detail::check_no_hidden_optional<S>();
  static_assert(NeverSaved<S> || Saveable<S> || SavesInPart<S> || codec::detail::HidesOptional<S>,
                "daybook: a field of S can not be stored, so S would never have a snapshot; say how it is saved "
                "(<daybook/saved_state.hpp>), or that it is not: static constexpr bool snapshots = false;");
  if constexpr (Saveable<S> && !SavesItself<S>) codec::check_names_within<S>();
  return true;
}

}  // namespace detail
}  // namespace daybook
