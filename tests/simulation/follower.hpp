// The second process: follows the log that the first one writes, and is never ahead of what survives.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "journal/directory.hpp"
#include "log/log.hpp"
#include "sim/faulty_disk.hpp"
#include "simulation/oracle.hpp"

namespace daybook::simulation {

class Follower {
 public:
  Follower(sim::FaultyDisk& disk, std::string store) : store_(std::move(store)), process_(disk.process()) {}

  bool dead() const { return process_->dead(); }
  // Reads up to `most` events on. `faulty`: reading may fail.
  std::size_t read_on(Oracle& oracle, std::size_t most, bool faulty);

 private:
  bool open(bool faulty);
  void complain(const std::string& about, const Error& error, bool faulty);

  const std::string store_;
  std::unique_ptr<sim::Process> process_;
  std::unique_ptr<journal::Directory> journal_;
  std::vector<std::string> warnings_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Cursor> cursor_;
  Position next_{};
  Position durable_{};
};

}  // namespace daybook::simulation
