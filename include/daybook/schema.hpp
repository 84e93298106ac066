// The schema lock: a file beside the code that says how every event has ever been stored, and the test that holds it.
//
// Nothing is easier than to break old events: rename a field, and every log of every customer holds one that no longer
// decodes. So the schemas of all events are written into a file, which is kept under version control, and one test says
// whether what the structs are today still reads what they were:
//
//     TEST(Account, reads_everything_it_ever_wrote) {
//       const auto lock = daybook::check_schema_lock<Account, Shop>(SOURCE_DIR "/schema.lock");
//       EXPECT_TRUE(lock.ok()) << lock.text();
//     }
//
//     DAYBOOK_UPDATE_SCHEMA_LOCK=1 ./test      writes what is new into the file: commit it with the change
//
// It passes   what has not changed
//             a change that Avro resolves: a field that is gone, or moved; a new one with a default
//             (codec/describe.hpp) or optional; a wider number; a new enumerator
//             a new version, whose upcast comes from a struct that still reads what the old one wrote
//             new events, and new aggregates
// and fails   everything else, naming event and field; among it an event that is gone and a deleted link of an upcast
//             chain, since logs still hold them, and what Avro's schemas have no words for: keys of maps that are read
//             as other keys, a list that becomes a set, or an array of another length.
//
// The file keeps every schema that a version was ever written with, not the last alone, since logs do. In its updating
// mode the check adds and never takes away: what it complains of it does not write. Who is sure that no log anywhere
// holds such an event deletes its lines by hand; that this takes a hand, and shows in the review, is the point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "daybook/codec/containers.hpp"
#include "daybook/codec/schema.hpp"
#include "daybook/name.hpp"

namespace daybook {

// What a check found. Sentences for people, each of which begins with the event: "Account/Deposited version 1: …".
struct SchemaLock {
  std::vector<std::string> complaints;  // the test must fail
  std::vector<std::string> notes;       // allowed, but not in the file yet

  bool ok() const { return complaints.empty(); }
  // All of them, one a line.
  std::string text() const;
};

// One version of one event, as the program has it.
struct EventSchema {
  std::string aggregate;
  std::string event;
  std::uint16_t version = 1;
  std::string schema;
  // What the schema does not say of its containers (codec/containers.hpp). Empty if it has none, and in a lock also if
  // that was written before they were kept.
  std::string containers{};
};

// The check itself, over schemas however come by. `update` writes the file: beside, then renamed.
SchemaLock check_schema_lock(std::string_view path, const std::vector<EventSchema>& program, bool update);
// DAYBOOK_UPDATE_SCHEMA_LOCK is set, and not 0.
bool is_schema_lock_update();

namespace detail {

template <class E>
void add_versions(std::vector<EventSchema>& all, std::string_view aggregate, std::string_view event) {
  if constexpr (Upcasts<E>) add_versions<PreviousOf<E>>(all, aggregate, event);
  all.push_back({std::string(aggregate), std::string(event), schema_version<E>(), codec::schema_of<E>(),
                 codec::containers_of<E>()});
}

template <class A, class... Es>
void add_events(std::vector<EventSchema>& all, std::type_identity<std::variant<Es...>>) {
  (add_versions<Es>(all, category_name<A>(), event_name<Es>()), ...);
}

}  // namespace detail

// All versions of all events of these aggregates.
template <class... A>
std::vector<EventSchema> event_schemas() {
  std::vector<EventSchema> all;
  (detail::add_events<A>(all, std::type_identity<typename A::Event>{}), ...);
  return all;
}

// For tests. `path` is the lock file; one file should serve all aggregates of a program, since an event that none of
// those named here has is one that is gone. World errors (no file, no permission) are complaints too. Not for two
// threads at once on one file.
template <class... A>
SchemaLock check_schema_lock(std::string_view path) {
  return check_schema_lock(path, event_schemas<A...>(), is_schema_lock_update());
}

}  // namespace daybook
