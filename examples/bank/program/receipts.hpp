// What customers were told, written down outside the store, so that it can be held against the store after a crash.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "daybook/store.hpp"

namespace bank {

// One answer that a customer was given.
struct Acknowledged {
  std::string customer;
  std::uint64_t number = 0;  // of the customer's commands, from 0
  std::string command;       // "Withdraw"
  daybook::Uuid command_id{};
  std::uint64_t position = 0;  // of the command's last event
  std::uint64_t revision = 0;  // of that event in its stream
};

// A file of receipts, one line of JSON each. Written as each is given, with one write() a line: a killed program leaves
// whole lines behind, but for the last. (A power cut may lose lines: the file is a witness, not a log.) Any thread may
// add.
class ReceiptFile {
 public:
  static daybook::Result<ReceiptFile> create(const std::string& file);
  ReceiptFile(ReceiptFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ReceiptFile& operator=(ReceiptFile&&) = delete;
  ~ReceiptFile();

  daybook::Status add(const Acknowledged& receipt);

 private:
  explicit ReceiptFile(int fd) : fd_(fd) {}
  int fd_;
};

// The receipts of a file, in order. A last line that is not whole is left out; any other that is none is an error.
daybook::Result<std::vector<Acknowledged>> read_receipts(const std::string& file);
// The same of what is in a stream; `file` stands for it in errors.
daybook::Result<std::vector<Acknowledged>> read_receipts(const std::string& file, std::istream& in);

struct ReceiptsChecked {
  std::uint64_t receipts = 0;
  std::uint64_t found = 0;   // once, where the receipt says, and in the customer's order
  std::uint64_t events = 0;  // in the log
  std::vector<std::string>
      wrong;  // a sentence for each receipt that is not as it should be, and for each gap in the log

  bool ok() const { return found == receipts && wrong.empty(); }
};
// Reads the whole log.
daybook::Result<ReceiptsChecked> check_receipts(const daybook::Store& store, const std::vector<Acknowledged>& receipts);

}  // namespace bank
