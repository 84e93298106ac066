// An event on its way into the log, and an event as the log keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/types.hpp"

namespace daybook {

// How `data` is to be read. The numbers are stored (docs/format/log.md).
enum class ContentType : std::uint16_t {
  Binary = 0,  // opaque
  Json = 1,    // UTF-8 JSON
  Avro = 2,    // Avro binary, written with the schema that the record names
};

// An event to append. Views into the caller's memory: they must live until append() returns, which copies them.
struct NewEvent {
  std::string_view stream;
  std::string_view type;
  std::string_view data{};
  std::string_view metadata{};     // a JSON object, or empty
  std::optional<Uuid> id{};        // a version 7 id if not given
  std::optional<Time> occurred{};  // `recorded` if not given
  std::span<const std::string_view> tags{};
  ContentType content_type = ContentType::Json;
  std::uint16_t schema_version = 1;  // 1 + the number of upcasts that lead to this event
  std::uint64_t schema = 0;          // fingerprint of the writer's schema in the log; 0: none
};

// The tags of a stored event: a forward range of string_view over the record's own bytes (u16 length, bytes, …).
class TagsView {
 public:
  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(const char* at) : at_(at) {}
    std::string_view operator*() const { return {at_ + 2, size()}; }
    iterator& operator++() {
      at_ += 2 + size();
      return *this;
    }
    iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(iterator, iterator) = default;

   private:
    std::size_t size() const {
      return static_cast<unsigned char>(at_[0]) | std::size_t(static_cast<unsigned char>(at_[1])) << 8;
    }
    const char* at_ = nullptr;
  };

  TagsView() = default;
  // `bytes` must be whole length-prefixed tags; the record decoder has checked that.
  TagsView(std::string_view bytes, std::uint16_t count) : bytes_(bytes), count_(count) {}
  iterator begin() const { return iterator(bytes_.data()); }
  iterator end() const { return iterator(bytes_.data() + bytes_.size()); }
  std::uint16_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool contains(std::string_view tag) const {
    for (auto t : *this)
      if (t == tag) return true;
    return false;
  }

 private:
  std::string_view bytes_;
  std::uint16_t count_ = 0;
};

// A stored event. Views into memory that its cursor owns: valid until the cursor moves. Owning copy: RecordedEvent.
struct EventView {
  Position position;
  Revision revision;
  Time recorded;
  Time occurred;
  Uuid id;
  std::uint64_t schema = 0;
  std::uint16_t schema_version = 1;
  ContentType content_type = ContentType::Json;
  std::string_view stream;
  std::string_view type;
  std::string_view data;
  std::string_view metadata;
  TagsView tags;
};

// What user code sees around a typed event: everything but the payload. Owned by nobody, valid during the call.
using Envelope = EventView;

}  // namespace daybook
