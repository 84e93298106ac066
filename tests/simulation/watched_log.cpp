#include "simulation/watched_log.hpp"

namespace daybook::simulation {

// A line may stand where an earlier one did, whose appends are all answered. Had that one been broken, the model would
// never take this one for whole: hence a number of its own.
std::size_t WatchedLog::number_of(const Line& line) {
  auto [at, is_new] = lines_.try_emplace(&line, next_line_);
  if (is_new || (!line.broken && oracle_.is_broken(at->second))) at->second = next_line_++;
  return at->second;
}

void WatchedLog::append(const AppendRequest& request, Appending done) {
  OwnedRequest owned{.command_id = request.command_id};
  for (const auto& e : request.events)
    owned.events.push_back({.stream = std::string(e.stream),
                            .type = std::string(e.type),
                            .data = std::string(e.data),
                            .metadata = std::string(e.metadata),
                            .id = e.id,
                            .occurred = e.occurred,
                            .tags = {e.tags.begin(), e.tags.end()},
                            .content_type = e.content_type,
                            .schema_version = e.schema_version,
                            .schema = e.schema});
  for (const auto& c : request.conditions)
    owned.conditions.push_back({std::string(c.stream), c.expect, c.line ? number_of(*c.line) : kNoLine});
  if (request.none_matching.query) owned.none = *request.none_matching.query;
  owned.none_from = request.none_matching.from;
  const auto ticket = oracle_.submitted(std::move(owned));
  inner_.append(request, [this, ticket, done = std::move(done)](Result<Appended> answer) mutable {
    answered_(ticket, answer);
    done(std::move(answer));
  });
}

}  // namespace daybook::simulation
