// The schemas that stand in the log, and those on their way there.
//
// A schema is an ordinary event, `$schema` in the stream `$schemas`, and stands before the first event that names it.
// The book appends it when it is first needed. Until that is durable, every append that needs it names the line that it
// is the first of (port/event_log.hpp), so that if the schema comes to nothing, no event without one gets in. The line
// also breaks if one of those appends fails by itself, perhaps before the schema has come to its turn; the others, the
// schema too, then come back as Conflict without their own fault, and are sent again.
//
// Any thread may call.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "daybook/erased.hpp"
#include "daybook/port/event_log.hpp"
#include "daybook/port/schemas.hpp"

namespace daybook::engine {

// A line that begins with a schema; it remembers why that failed, if it did.
class SchemaLine : public Line {
 public:
  std::optional<Error> error() const;
  void fail_with(Error error);

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

using SchemaLines = std::vector<std::shared_ptr<SchemaLine>>;

class SchemaBook final : public Schemas, public std::enable_shared_from_this<SchemaBook> {
 public:
  explicit SchemaBook(EventLog& log) : log_(log) {}

  // Reads what is there.
  Status open();

  // The lines that an append of these events must name: none if all their schemas are durable. SchemaMismatch if the
  // log has another text under a fingerprint.
  Result<SchemaLines> announce(const erased::EventBuffer& events);

  Result<std::shared_ptr<const std::string>> find(std::uint64_t fingerprint) const override;

 private:
  struct Entry {
    std::shared_ptr<const std::string> text;
    std::shared_ptr<SchemaLine> line;  // null: it is durable
  };
  // A set that is only added to, and read without a lock: of what is asked for with every command.
  class DurableSet {
   public:
    bool contains(std::uint64_t fingerprint) const;
    void insert(std::uint64_t fingerprint);

   private:
    static constexpr std::size_t kSlots =
        4096;  // with more than half as many schemas, the rest is asked under the lock
    std::array<std::atomic<std::uint64_t>, kSlots> slots_{};
    std::size_t used_ = 0;
  };

  Status read_on() const;
  void append(std::uint64_t fingerprint, const Entry& entry);

  EventLog& log_;
  // Recursive: an append that is refused at once calls back from within.
  mutable std::recursive_mutex mutex_;
  mutable std::map<std::uint64_t, Entry> known_;
  mutable std::uint64_t next_ = 0;  // the first revision of `$schemas` that was not read
  mutable DurableSet durable_;
};

}  // namespace daybook::engine
