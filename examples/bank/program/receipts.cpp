#include "program/receipts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "daybook/codec/json.hpp"

namespace bank {
namespace {

using daybook::ErrorCode;
using daybook::fail;

// Where the events of the log stand, and whether the log is as it should be.
struct Scan {
  struct Place {
    std::uint64_t position;
    std::uint64_t revision;
    std::uint64_t times = 0;
  };
  std::map<daybook::Uuid, Place> by_id;
  std::map<std::string, std::uint64_t, std::less<>> next_revision;
  std::uint64_t events = 0;

  void take(const daybook::EventView& event, std::vector<std::string>& wrong) {
    if (event.position.value != events)
      wrong.push_back(fmt::format("position {} is followed by {}", events, event.position.value));
    events = event.position.value + 1;
    auto stream = next_revision.find(event.stream);
    if (stream == next_revision.end()) stream = next_revision.emplace(event.stream, 0).first;
    if (event.revision.value != stream->second)
      wrong.push_back(
          fmt::format("{} goes on with revision {} instead of {}", event.stream, event.revision.value, stream->second));
    stream->second = event.revision.value + 1;
    auto& place = by_id[event.id];
    place = {event.position.value, event.revision.value, place.times + 1};
  }
};

}  // namespace

daybook::Result<ReceiptFile> ReceiptFile::create(const std::string& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return fail(ErrorCode::IoError, fmt::format("{} cannot be written: {}", file, std::strerror(errno)));
  return ReceiptFile(fd);
}

ReceiptFile::~ReceiptFile() {
  if (fd_ >= 0) ::close(fd_);
}

daybook::Status ReceiptFile::add(const Acknowledged& receipt) {
  std::string line;
  if (auto encoded = daybook::codec::encode_json(receipt, line); !encoded) return encoded;
  line += '\n';
  // O_APPEND: lines of several threads do not mix.
  if (const auto n = ::write(fd_, line.data(), line.size()); n != static_cast<ssize_t>(line.size()))
    return fail(ErrorCode::IoError,
                fmt::format("a receipt cannot be written: {}", n < 0 ? std::strerror(errno) : "no space"));
  return {};
}

daybook::Result<std::vector<Acknowledged>> read_receipts(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::NotFound, fmt::format("{} cannot be opened: {}", file, std::strerror(errno)));
  return read_receipts(file, in);
}

daybook::Result<std::vector<Acknowledged>> read_receipts(const std::string& file, std::istream& in) {
  std::vector<Acknowledged> receipts;
  std::string line;
  while (std::getline(in, line)) {
    if (in.eof()) break;  // no newline behind it: the writer was killed in the middle
    if (auto decoded = daybook::codec::decode_json(line, receipts.emplace_back()); !decoded)
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{}:{} is no receipt: {}", file, receipts.size(), decoded.error().message));
  }
  return receipts;
}

daybook::Result<ReceiptsChecked> check_receipts(const daybook::Store& store,
                                                const std::vector<Acknowledged>& receipts) {
  ReceiptsChecked told;
  Scan scan;
  auto cursor = store.log().read({});
  if (!cursor) return std::unexpected(cursor.error());
  for (;;) {
    auto event = (*cursor)->next();
    if (!event) return std::unexpected(event.error());
    if (!*event) break;
    scan.take(**event, told.wrong);
  }
  told.events = scan.events;
  told.receipts = receipts.size();

  std::map<std::string, const Acknowledged*> last;  // of each customer
  for (const auto& receipt : receipts) {
    const auto told_wrong = [&](std::string what) {
      told.wrong.push_back(fmt::format("{}'s {} number {}, acknowledged at position {}: {}", receipt.customer,
                                       receipt.command, receipt.number, receipt.position, what));
    };
    const Scan::Place* place = nullptr;
    std::uint64_t times = 0;
    for (std::uint32_t i = 0;; ++i) {
      const auto at = scan.by_id.find(daybook::event_id_of(receipt.command_id, i));
      if (at == scan.by_id.end()) break;
      place = &at->second;
      times = std::max(times, place->times);
    }
    const auto*& before = last[receipt.customer];
    if (!place)
      told_wrong("is not in the log");
    else if (times > 1)
      told_wrong(fmt::format("is in the log {} times", times));
    else if (place->position != receipt.position || place->revision != receipt.revision)
      told_wrong(fmt::format("stands at position {}, revision {}; the receipt says revision {}", place->position,
                             place->revision, receipt.revision));
    else if (before && (before->number >= receipt.number || before->position >= receipt.position))
      told_wrong(fmt::format("stands before number {}, which was acknowledged earlier", before->number));
    else
      ++told.found;
    before = &receipt;
  }
  return told;
}

}  // namespace bank
