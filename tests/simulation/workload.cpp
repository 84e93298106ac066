#include "simulation/workload.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace daybook::simulation {
namespace {

constexpr std::size_t kKept = 64;  // requests that may be repeated

}  // namespace

RequestView::RequestView(const OwnedRequest& request, Lines& lines) {
  for (const auto& event : request.events) tags_.emplace_back(event.tags.begin(), event.tags.end());
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    const auto& e = request.events[i];
    events_.push_back({.stream = e.stream,
                       .type = e.type,
                       .data = e.data,
                       .metadata = e.metadata,
                       .id = e.id,
                       .occurred = e.occurred,
                       .tags = tags_[i],
                       .content_type = e.content_type,
                       .schema_version = e.schema_version,
                       .schema = e.schema});
  }
  for (const auto& c : request.conditions)
    conditions_.push_back({c.stream, c.expect, c.line == kNoLine ? nullptr : &lines[c.line]});
  view_ = {.events = events_,
           .conditions = conditions_,
           .none_matching = {request.none ? &*request.none : nullptr, request.none_from},
           .command_id = request.command_id};
}

std::string Workload::stream() {
  static const char* const kCategories[] = {"Account", "Order", "Seat"};
  // A few that everybody writes to, and a long tail.
  const auto number = random_.one_in(3) ? random_.below(40) : random_.below(3);
  return std::string(kCategories[random_.below(3)]) + "-" + std::to_string(number);
}

Uuid Workload::fresh_id() {
  Uuid id;
  base::store(id.bytes.data(), random_.next());
  base::store(id.bytes.data() + 8, random_.next());
  return id;
}

OwnedEvent Workload::event(const std::string& stream) {
  OwnedEvent e{.stream = stream, .type = "T" + std::to_string(random_.below(4)), .data = {}, .metadata = {}};
  const auto size = random_.one_in(6) ? random_.below(options_.largest_payload) : random_.below(40);
  e.data.resize(size);
  for (auto& c : e.data) c = static_cast<char>(random_.next());
  // Payloads that look like what recovery looks for.
  if (random_.one_in(8)) e.data += "DBKG";
  if (random_.one_in(3)) e.metadata = R"({"n":)" + std::to_string(random_.below(1000)) + "}";
  for (auto n = random_.below(3); n > 0; --n) e.tags.push_back("k:" + std::to_string(random_.below(5)));
  if (random_.one_in(4)) e.occurred = Time(std::chrono::seconds(random_.below(1'000'000)));
  return e;
}

Expect Workload::expectation(const sim::ModelLog& model, const std::string& stream) {
  const auto head = *model.head(stream);
  switch (random_.below(8)) {
    case 0: return Expect::none();
    case 1: return Expect::exists();
    case 2: return Expect::exactly({random_.below(6)});
    case 3: return Expect::any();
    default: return head ? Expect::exactly(head->revision) : Expect::none();
  }
}

Query Workload::query() {
  Query q;
  for (auto n = 1 + random_.below(2); n > 0; --n) {
    Query::Alternative a;
    if (random_.one_in(3)) a.categories = {"Order"};
    if (random_.one_in(2)) a.types = {"T" + std::to_string(random_.below(5)), "T0"};
    if (random_.one_in(2)) a.tags = {"k:" + std::to_string(random_.below(6))};
    q.any_of.push_back(std::move(a));
  }
  return q;
}

OwnedRequest Workload::fresh(const sim::ModelLog& model) {
  OwnedRequest r;
  auto events = random_.one_in(3) ? 1 + random_.below(6) : 1;
  const auto identity = random_.below(5);  // 0: ids, 1: a command's, else none
  if (options_.short_memory && identity < 2) events = 1;
  for (std::size_t i = 0; i < events; ++i) r.events.push_back(event(stream()));
  if (identity == 0)
    for (auto& e : r.events) e.id = fresh_id();
  if (identity == 1) r.command_id = fresh_id();
  if (random_.one_in(2)) {
    const auto& written = r.events[random_.below(r.events.size())].stream;
    r.conditions.push_back({written, expectation(model, written)});
  }
  if (random_.one_in(6)) {
    const auto other = stream();
    // Before the others, so that it fails first.
    r.conditions.insert(r.conditions.begin(), {other, expectation(model, other)});
  }
  if (random_.one_in(6)) {
    r.none = random_.one_in(10) ? Query{} : query();
    const auto end = model.end().value;
    r.none_from = {random_.one_in(2) ? end : end - std::min(end, random_.below(30))};
  }
  if (identity < 2) {
    if (with_ids_.size() < kKept)
      with_ids_.push_back(r);
    else
      with_ids_[random_.below(kKept)] = r;
  }
  return r;
}

OwnedRequest Workload::repeated() {
  auto r = with_ids_[random_.below(with_ids_.size())];
  switch (random_.below(8)) {
    case 0: r.events[0].data += "!"; break;
    case 1: r.events.pop_back(); break;
    case 2: r.events.erase(r.events.begin()); break;
    case 3:
      if (!options_.short_memory) std::swap(r.events.front(), r.events.back());
      break;
    case 4:
      if (options_.short_memory) break;
      r.events.push_back(event(stream()));
      if (!r.command_id) r.events.back().id = fresh_id();
      break;
    case 5:  // as one batch, with what came after it
      if (const auto after = random_.below(with_ids_.size());
          !options_.short_memory && after > 0 && !with_ids_[after - 1].command_id && !with_ids_[after].command_id) {
        r = with_ids_[after - 1];
        r.events.insert(r.events.end(), with_ids_[after].events.begin(), with_ids_[after].events.end());
      }
      break;
    default: break;  // as it was
  }
  if (r.events.empty()) r = with_ids_[random_.below(with_ids_.size())];
  return r;
}

std::vector<OwnedRequest> Workload::line(const sim::ModelLog& model) {
  std::vector<OwnedRequest> all;
  const auto on = stream();
  const auto head = *model.head(on);
  auto expect = head ? Expect::exactly(head->revision) : Expect::none();
  const auto number = lines_++;
  for (auto n = 2 + random_.below(3); n > 0; --n) {
    OwnedRequest r;
    r.events.push_back(event(on));
    r.conditions.push_back({on, expect, number});
    expect = Expect::exactly(expect.kind == Expect::Kind::None ? Revision{0} : expect.revision.next());
    all.push_back(std::move(r));
  }
  return all;
}

std::vector<OwnedRequest> Workload::next(const sim::ModelLog& model) {
  if (random_.one_in(8)) return line(model);
  if (!with_ids_.empty() && random_.one_in(5)) return {repeated()};
  return {fresh(model)};
}

}  // namespace daybook::simulation
