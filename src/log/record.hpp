// The canonical bytes of an event: the same on every medium, whatever batch, group or segment it came in.
//
// docs/format/log.md describes them. They are hashed as they stand, so nothing about them may depend on how they
// travelled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daybook/event.hpp"
#include "daybook/limits.hpp"
#include "daybook/result.hpp"

namespace daybook::log {

inline constexpr std::size_t kRecordHeaderBytes = 76;
// Nobody can append an event with a larger record.
inline constexpr std::size_t kMaxRecordBytes = kRecordHeaderBytes + kHardLimits.stream_name_bytes +
                                               kHardLimits.type_bytes + kHardLimits.tags * (2 + kHardLimits.tag_bytes) +
                                               kHardLimits.metadata_bytes + kHardLimits.payload_bytes;

// Within its limits, and made of names that can be shown: InvalidArgument with the field, the value and the limit if
// not.
Status check(const NewEvent& event, const Limits& limits);
// A stream name, as above. Names that begin with '$' are for Daybook itself, which writes them this way too: who takes
// names from people refuses them.
Status check_stream_name(std::string_view name, const Limits& limits);

// The size of the event's canonical bytes.
std::size_t record_bytes(const NewEvent& event);

// Appends the canonical bytes of a checked event to `out`; position, revision, recorded time and, where the event has
// none of its own, id and occurred are zero until placed.
void append_record(const NewEvent& event, std::string& out);

// What the sequencer decides about an event, written over the zeros.
struct Placement {
  Position position;
  Revision revision;
  Time recorded;
};
void place(std::byte* record, const Placement& where);
void set_occurred(std::byte* record, Time occurred);
void set_id(std::byte* record, const Uuid& id);
Uuid id_of(const std::byte* record);

// The event in canonical bytes that their digest has shown to be sound. Damage if the fields do not fit each other all
// the same; UnsupportedVersion for a content type that a later version has added.
Result<EventView> decode_record(std::span<const std::byte> record);
// The same, into one that is there; what it is after an error means nothing.
Status decode_record(std::span<const std::byte> record, EventView& event);

// Whether two records say the same but for what the sequencer decides: position, revision, recorded, and what the
// second's writer left to it.
struct Given {
  bool id = false;
  bool occurred = false;
};
bool same_event(std::span<const std::byte> stored, std::span<const std::byte> again, Given again_given);

}  // namespace daybook::log
