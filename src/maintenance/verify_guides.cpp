#include "maintenance/verify_guides.hpp"

#include <algorithm>

#include "log/guide.hpp"
#include "log/sealed_index.hpp"

namespace daybook::maintenance {
namespace {

class GuidesOf {
 public:
  GuidesOf(io::Files& files, const std::string& directory, const StoreFiles& store)
      : files_(files), directory_(directory), store_(store) {}

  // Nothing where no segment stands behind its last.
  std::optional<log::GuidePlace> place(std::uint64_t last, std::uint32_t level) const {
    const auto* next = segment(last + 1);
    if (!next || !next->header) return std::nullopt;
    return log::GuidePlace{store_.log, level, last, next->header->first, next->header->chain_before};
  }

  Status check(const log::GuidePlace& place) const {
    const auto guide = log::Guide::open(files_, path(place), place);
    if (!guide) return std::unexpected(guide.error());
    if (auto sound = (*guide)->check_all(); !sound) return sound;
    const auto children = children_of(place);
    // What is not sound below it is told where it stands.
    return children.empty() ? Status{} : (*guide)->check(children);
  }

 private:
  const SegmentFile* segment(std::uint64_t number) const {
    const auto at = std::ranges::lower_bound(store_.segments, number, {}, &SegmentFile::number);
    return at != store_.segments.end() && at->number == number ? &*at : nullptr;
  }
  std::string path(const log::GuidePlace& place) const {
    return directory_ + "/log/" + log::Guide::name(place.last, place.level);
  }

  // What it is over; nothing if some of it is not there, or not sound.
  std::vector<log::Hashes> children_of(const log::GuidePlace& place) const {
    const auto size = log::Guide::segments(place.level - 1);
    std::vector<log::Hashes> children;
    for (auto last = place.last - log::Guide::segments(place.level) + size; last <= place.last; last += size) {
      auto child = place.level == 1 ? index(last) : guide(last, place.level - 1);
      if (!child) return {};
      children.push_back(std::move(*child));
    }
    return children;
  }

  std::optional<log::Hashes> index(std::uint64_t number) const {
    const auto* of = segment(number);
    if (!of) return std::nullopt;
    auto path = of->path;
    path.replace(path.size() - 3, 3, "idx");
    auto opened =
        log::SealedIndex::open(files_, path, store_.log, number, log::key_seed(store_.secret),
                               [](std::uint32_t, log::KeyKind, std::string_view) { return Result<bool>(true); });
    if (!opened || !(*opened)->check_all()) return std::nullopt;
    std::shared_ptr<const log::SealedIndex> index(std::move(*opened));
    const auto keys = index->keys();
    return log::Hashes{keys, [index](std::uint64_t n) { return index->hash_of_key(n); }};
  }

  std::optional<log::Hashes> guide(std::uint64_t last, std::uint32_t level) const {
    const auto at = place(last, level);
    if (!at) return std::nullopt;
    auto opened = log::Guide::open(files_, path(*at), *at);
    if (!opened || !(*opened)->check_all()) return std::nullopt;
    return log::Guide::hashes_of(std::move(*opened));
  }

  io::Files& files_;
  const std::string& directory_;
  const StoreFiles& store_;
};

}  // namespace

Status check_guides(io::Files& files, const std::string& directory, const StoreFiles& store, bool running,
                    const OnFinding& found) {
  const auto entries = files.list(directory + "/log");
  if (!entries) return entries.error().code == ErrorCode::NotFound ? Status{} : std::unexpected(entries.error());
  const GuidesOf guides(files, directory, store);
  for (const auto& entry : *entries) {
    const auto last = log::Guide::last_in(entry.name);
    if (last == 0) continue;
    const auto level = static_cast<std::uint32_t>(entry.name.back() - '0');
    const auto place = guides.place(last, level);
    if (!place && running) continue;
    const auto sound = !place || last % log::Guide::segments(level) != 0
                           ? fail(ErrorCode::Damage, "is not of segments that are here")
                           : guides.check(*place);
    if (!sound)
      found({sound.error().code,
             "log/" + entry.name,
             {},
             {},
             {},
             {},
             sound.error().message + "; remove the file and it is made anew"});
  }
  return {};
}

}  // namespace daybook::maintenance
