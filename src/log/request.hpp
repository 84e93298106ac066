// An append on its way: checked, copied and encoded by the caller's thread, so that the sequencer only places it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/limits.hpp"
#include "daybook/port/event_log.hpp"

namespace daybook::log {

struct Request {
  struct Item {
    std::uint32_t offset = 0;  // of the frame in `frames`
    bool id_given = false;
    bool occurred_given = false;
  };
  struct Condition {
    std::string stream;
    Expect expect;
    Line* line = nullptr;
  };

  std::string frames;  // 8 bytes for the digest, then the canonical bytes; one after the other
  std::vector<Item> items;
  std::vector<Condition> conditions;
  std::optional<Query> none_matching;
  Position none_matching_from{};
  std::optional<Uuid> command_id;
  std::size_t tags = 0;
  std::size_t bytes = 0;  // that it takes of the queue
  Appending done;

  // What the sequencer decides.
  Position first{};
  std::vector<Revision> revisions;
  std::optional<Error> error;
  bool repeated = false;

  std::span<std::byte> record(std::size_t i);
  std::size_t frame_end(std::size_t i) const { return i + 1 < items.size() ? items[i + 1].offset : frames.size(); }
  // Ready to be used for another append; keeps its memory.
  void clear();
};

// Fills `request` from what the user gave, or says what is wrong with it.
Status encode(const AppendRequest& given, const Limits& limits, Request& request);

}  // namespace daybook::log
