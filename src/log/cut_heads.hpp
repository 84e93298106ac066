// What is left of streams whose events were deleted: the last revision of each (docs/format/index.md, "HEADS").
//
// A stream that has no event left must not begin at revision 0 again, and a read of it must say that its history was
// cut and not that there never was any. Written by the deletion (src/maintenance/retention.hpp) before it deletes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/port/event_log.hpp"
#include "io/file.hpp"

namespace daybook::log {

// Immutable; any thread may use it.
class CutHeads {
 public:
  struct Head {
    std::string stream;
    StreamHead last;  // its last event that was deleted
    friend bool operator<(const Head& a, const Head& b) { return a.stream < b.stream; }
  };

  // Durable when it returns. `heads` sorted by stream, no stream twice.
  static Status write(io::Files& files, const std::string& path, const LogId& log, const std::vector<Head>& heads);
  // NotFound, Damage, UnsupportedVersion, ForeignHistory. Checks all of it.
  static Result<std::shared_ptr<const CutHeads>> open(io::Files& files, const std::string& path, const LogId& log);

  std::optional<StreamHead> find(std::string_view stream) const;
  std::size_t size() const { return count_; }
  Head at(std::size_t i) const;

 private:
  CutHeads() = default;
  std::string_view name(std::size_t i) const;
  StreamHead last(std::size_t i) const;

  std::unique_ptr<io::File> file_;
  std::unique_ptr<io::Mapping> map_;
  const char* entries_ = nullptr;
  std::string_view names_;
  std::size_t count_ = 0;
};

}  // namespace daybook::log
