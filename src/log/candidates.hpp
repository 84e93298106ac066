// Which segments of a log may have what is asked for, as far as their guides know (guide.hpp).
#pragma once

#include <string_view>
#include <vector>

#include "log/catalog.hpp"

namespace daybook::log {

class Candidates {
 public:
  static Candidates of_stream(std::string_view stream, std::uint64_t hash_seed);
  static Candidates of(const Query& query, std::uint64_t hash_seed);

  // One past the newest candidate of the `below` oldest segments; 0: none of them is one.
  std::size_t newest(const SegmentList& list, std::size_t below) const;
  // The oldest candidate from segment `from` on; the list's size: none is one.
  std::size_t oldest(const SegmentList& list, std::size_t from) const;

 private:
  using AnyHash = std::vector<std::uint64_t>;
  using AllOf = std::vector<AnyHash>;  // an event must have one key of each

  // The children of a guide that may have it.
  std::uint32_t in(const Guide& guide) const;

  bool all_ = false;          // everything is asked for
  std::uint64_t stream_ = 0;  // without alternatives
  std::vector<AllOf> any_of_;
};

}  // namespace daybook::log
