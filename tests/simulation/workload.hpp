// What the simulation appends: random requests that know what the log holds, and so are right, nearly right and wrong
// about it in turn.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daybook/port/event_log.hpp"
#include "sim/model_log.hpp"
#include "sim/random.hpp"

namespace daybook::simulation {

struct OwnedEvent {
  std::string stream, type, data, metadata;
  std::optional<Uuid> id{};
  std::optional<Time> occurred{};
  std::vector<std::string> tags{};
  ContentType content_type = ContentType::Json;
  std::uint16_t schema_version = 1;
  std::uint64_t schema = 0;
};

inline constexpr std::size_t kNoLine = SIZE_MAX;

struct OwnedCondition {
  std::string stream;
  Expect expect;
  std::size_t line = kNoLine;
};

struct OwnedRequest {
  std::vector<OwnedEvent> events{};
  std::vector<OwnedCondition> conditions{};
  std::optional<Query> none{};
  Position none_from{};
  std::optional<Uuid> command_id{};
};

// By number; made when first asked for.
using Lines = std::map<std::size_t, Line>;

// A request as append() takes it. The log and the model each have lines of their own, since both write to them.
class RequestView {
 public:
  RequestView(const OwnedRequest& request, Lines& lines);
  const AppendRequest& get() const { return view_; }

 private:
  std::vector<std::vector<std::string_view>> tags_;
  std::vector<NewEvent> events_;
  std::vector<StreamCondition> conditions_;
  AppendRequest view_;
};

struct WorkloadOptions {
  // With a short memory for ids, batches with ids have one event: what becomes of a batch of which only a part is still
  // remembered is not stated.
  bool short_memory = false;
  std::size_t largest_payload = 300;
};

class Workload {
 public:
  Workload(std::uint64_t seed, WorkloadOptions options) : random_(seed), options_(options) {}

  // One request, or several that rest on one another and share a line.
  std::vector<OwnedRequest> next(const sim::ModelLog& model);
  std::size_t lines() const { return lines_; }

 private:
  OwnedEvent event(const std::string& stream);
  std::string stream();
  Uuid fresh_id();
  Expect expectation(const sim::ModelLog& model, const std::string& stream);
  OwnedRequest fresh(const sim::ModelLog& model);
  OwnedRequest repeated();
  std::vector<OwnedRequest> line(const sim::ModelLog& model);
  Query query();

  sim::Random random_;
  const WorkloadOptions options_;
  std::vector<OwnedRequest> with_ids_;  // to be repeated
  std::size_t lines_ = 0;
};

}  // namespace daybook::simulation
