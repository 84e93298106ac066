#include "snapshot/format.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"

namespace daybook::snapshot {
namespace {

constexpr std::string_view kSnapshotMagic = "daysnap\n";
constexpr std::string_view kCheckpointMagic = "daychkp\n";

// Fixed fields one after the other, little-endian.
class Writer {
 public:
  template <std::integral T>
  Writer& number(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    base::store(bytes_.data() + at, value);
    return *this;
  }
  Writer& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  Writer& mark(const HistoryMark& mark) {
    bytes_.append(reinterpret_cast<const char*>(mark.log.uuid.bytes.data()), mark.log.uuid.bytes.size());
    return number(mark.position.value).number(mark.chain.value);
  }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  std::string finish() && {
    number(base::checksum(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral T>
  T number() {
    return base::load<T>(text(sizeof(T)).data());
  }
  std::string_view text(std::size_t size) {
    ENSURE(size <= bytes_.size());  // callers have compared the sizes
    const auto text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return text;
  }
  HistoryMark mark() {
    HistoryMark mark;
    std::ranges::copy(text(mark.log.uuid.bytes.size()), mark.log.uuid.bytes.begin());
    mark.position.value = number<std::uint64_t>();
    mark.chain.value = number<std::uint64_t>();
    return mark;
  }

 private:
  std::string_view bytes_;
};

std::unexpected<Error> damage(std::string_view where, std::string_view what) {
  return fail(ErrorCode::Damage, fmt::format("{} {}", where, what));
}

Status check_size(std::string_view what, std::size_t size, std::size_t least, std::size_t most) {
  if (size >= least && size <= most) return {};
  return fail(ErrorCode::InvalidArgument,
              fmt::format("{} of {} bytes; {} to {} were expected", what, size, least, most));
}

// What every format of Daybook begins and ends with: what it is, its version, and a checksum over all of it. The
// version is looked at before the checksum, because a newer one may have its checksum elsewhere.
Status check_frame(std::string_view bytes, std::string_view where, std::string_view magic, std::uint32_t version,
                   std::size_t header_bytes, std::string_view what) {
  if (bytes.size() < magic.size() + 4)
    return damage(where, fmt::format("has {} bytes: not a whole {}", bytes.size(), what));
  if (!bytes.starts_with(magic)) return damage(where, fmt::format("does not begin as a {} does", what));
  const auto found = base::load<std::uint32_t>(bytes.data() + magic.size());
  if (found > version)
    return fail(ErrorCode::UnsupportedVersion,
                fmt::format("{} has {} format version {}; this program reads up to {}", where, what, found, version));
  if (found == 0) return damage(where, fmt::format("has {} format version 0; versions begin at 1", what));
  if (bytes.size() < header_bytes + kChecksumBytes)
    return damage(where, fmt::format("has {} bytes: not a whole {}", bytes.size(), what));
  const auto body = bytes.substr(0, bytes.size() - kChecksumBytes);
  const auto stored = base::load<std::uint64_t>(body.data() + body.size());
  if (const auto computed = base::checksum(body); computed != stored)
    return damage(where, fmt::format("has checksum {:016x}; its bytes give {:016x}", stored, computed));
  return {};
}

}  // namespace

Result<std::string> encode_snapshot(const SnapshotInfo& info, std::string_view state) {
  if (auto ok = check_size("a snapshot's key", info.key.size(), 1, kMaxKeyBytes); !ok)
    return std::unexpected(ok.error());
  if (auto ok = check_size("a snapshot's state", state.size(), 0, kMaxStateBytes); !ok)
    return std::unexpected(ok.error());
  if (info.revision && info.revision->value == UINT64_MAX)
    return fail(ErrorCode::InvalidArgument, "a snapshot of revision 2^64-1: there is no such revision");
  Writer out;
  out.reserve(kSnapshotHeaderBytes + info.key.size() + state.size() + kChecksumBytes);
  out.text(kSnapshotMagic).number(kSnapshotVersion).number(static_cast<std::uint32_t>(info.key.size()));
  out.number(static_cast<std::uint64_t>(state.size())).mark(info.mark);
  out.number(info.revision ? info.revision->value + 1 : std::uint64_t{0});
  out.number(static_cast<std::int64_t>(info.last_recorded.time_since_epoch().count()));
  out.number(static_cast<std::int64_t>(info.latest_occurred.time_since_epoch().count()));
  out.number(info.fingerprint).number(std::uint64_t{0});
  out.text(info.key).text(state);
  return std::move(out).finish();
}

Result<SnapshotView> decode_snapshot(std::string_view bytes, std::string_view where) {
  if (auto ok = check_frame(bytes, where, kSnapshotMagic, kSnapshotVersion, kSnapshotHeaderBytes, "snapshot"); !ok)
    return std::unexpected(ok.error());
  Reader in(bytes);
  in.text(kSnapshotMagic.size() + sizeof kSnapshotVersion);
  const auto key_bytes = in.number<std::uint32_t>();
  const auto state_bytes = in.number<std::uint64_t>();
  const std::uint64_t room = bytes.size() - kSnapshotHeaderBytes - kChecksumBytes;
  if (key_bytes == 0 || key_bytes > kMaxKeyBytes || key_bytes > room || state_bytes != room - key_bytes)
    return damage(where, fmt::format("has a key of {} bytes and a state of {}, in {} bytes for both", key_bytes,
                                     state_bytes, room));
  SnapshotView view;
  view.info.mark = in.mark();
  if (const auto count = in.number<std::uint64_t>(); count > 0) view.info.revision = Revision{count - 1};
  view.info.last_recorded = Time{Time::duration{in.number<std::int64_t>()}};
  view.info.latest_occurred = Time{Time::duration{in.number<std::int64_t>()}};
  view.info.fingerprint = in.number<std::uint64_t>();
  if (const auto reserved = in.number<std::uint64_t>(); reserved != 0)
    return damage(where, fmt::format("has {:#x} in its reserved field; 0 was expected", reserved));
  view.info.key = in.text(key_bytes);
  view.state = in.text(state_bytes);
  return view;
}

Result<std::string> encode_checkpoint(std::string_view name, const Checkpoint& checkpoint) {
  if (auto ok = check_size("a consumer's name", name.size(), 1, kMaxKeyBytes); !ok) return std::unexpected(ok.error());
  if (checkpoint.parked.size() > kMaxParked)
    return fail(ErrorCode::InvalidArgument, fmt::format("consumer {} has parked {} events; at most {} were expected",
                                                        base::quoted(name), checkpoint.parked.size(), kMaxParked));
  Writer out;
  out.text(kCheckpointMagic).number(kCheckpointVersion).number(static_cast<std::uint32_t>(name.size()));
  out.number(static_cast<std::uint64_t>(checkpoint.parked.size())).mark(checkpoint.mark);
  out.text(name);
  for (const Position position : checkpoint.parked) out.number(position.value);
  return std::move(out).finish();
}

Result<NamedCheckpoint> decode_checkpoint(std::string_view bytes, std::string_view where) {
  if (auto ok = check_frame(bytes, where, kCheckpointMagic, kCheckpointVersion, kCheckpointHeaderBytes, "checkpoint");
      !ok)
    return std::unexpected(ok.error());
  Reader in(bytes);
  in.text(kCheckpointMagic.size() + sizeof kCheckpointVersion);
  const auto name_bytes = in.number<std::uint32_t>();
  const auto parked = in.number<std::uint64_t>();
  const std::uint64_t room = bytes.size() - kCheckpointHeaderBytes - kChecksumBytes;
  if (name_bytes == 0 || name_bytes > kMaxKeyBytes || parked > kMaxParked || name_bytes + 8 * parked != room)
    return damage(where, fmt::format("has a name of {} bytes and {} parked events, in {} bytes for both", name_bytes,
                                     parked, room));
  NamedCheckpoint named;
  named.checkpoint.mark = in.mark();
  named.name = in.text(name_bytes);
  named.checkpoint.parked.reserve(parked);
  for (std::uint64_t i = 0; i < parked; ++i) named.checkpoint.parked.push_back(Position{in.number<std::uint64_t>()});
  return named;
}

std::string file_name_of(std::string_view key) {
  constexpr std::size_t kReadable = 40;
  const Uuid id = derived_uuid(Uuid{}, key);
  std::string name;
  for (const auto byte : id.bytes) name += fmt::format("{:02x}", byte);
  name += '-';
  for (const char c : key.substr(0, kReadable)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '_';
  }
  return name;
}

}  // namespace daybook::snapshot
