// The processes that are killed: one appends under load and says what was acknowledged, one follows and says what it
// read. Both speak through pipes, in records that a pipe takes whole.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace daybook::kill {

// One acknowledged batch.
struct Acknowledged {
  std::uint32_t life = 0;
  std::uint32_t writer = 0;
  std::uint32_t number = 0;  // counted up by each writer
  std::uint32_t events = 0;
  std::uint64_t first = 0;  // position
};

// One event that was read.
struct Read {
  std::uint64_t position = 0;
  std::uint64_t checksum = 0;  // of its data
};

// What event `i` of a batch says.
std::string data_of(std::uint32_t life, std::uint32_t writer, std::uint32_t number, std::uint32_t events,
                    std::uint32_t i);

struct Child {
  pid_t pid = 0;
  int from = -1;  // its pipe
};

Child start_writer(const std::string& directory, std::uint32_t life);
Child start_follower(const std::string& directory);
void kill_and_wait(Child& child);

}  // namespace daybook::kill
