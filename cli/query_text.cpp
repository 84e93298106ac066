#include "cli/query_text.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.hpp"

namespace daybook::cli {
namespace {

std::unexpected<Error> wrong(std::string_view text, std::string_view what) {
  return fail(ErrorCode::InvalidArgument,
              fmt::format("query {}: {}; expected something like \"type=A,B tag=x:1 | tag=y:2\", or \"*\"",
                          base::quoted(text), what));
}

// "A,B\,C" -> "A", "B,C"
Result<std::vector<std::string>> values_of(std::string_view whole, std::string_view text, bool split) {
  std::vector<std::string> values(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size()) return wrong(whole, "it ends in a backslash");
      values.back() += text[i];
    } else if (split && text[i] == ',') {
      values.emplace_back();
    } else {
      values.back() += text[i];
    }
  }
  for (const auto& value : values)
    if (value.empty()) return wrong(whole, fmt::format("a value of {} is empty", base::quoted(text)));
  return values;
}

Status add_term(std::string_view whole, std::string_view term, Query::Alternative& to) {
  const auto equals = term.find('=');
  if (equals == term.npos)
    return wrong(whole, fmt::format("{} is not type=…, tag=… or category=…", base::quoted(term)));
  const auto name = term.substr(0, equals);
  const auto list = [&]() -> std::vector<std::string>* {
    if (name == "type") return &to.types;
    if (name == "tag") return &to.tags;
    if (name == "category") return &to.categories;
    return nullptr;
  }();
  if (!list) return wrong(whole, fmt::format("{} is not type, tag or category", base::quoted(name)));
  if (!list->empty() && name != "tag")
    return wrong(whole, fmt::format("it has {} twice; several stand in one, with commas between", base::quoted(name)));
  auto values = values_of(whole, term.substr(equals + 1), name != "tag");
  if (!values) return std::unexpected(values.error());
  list->insert(list->end(), std::make_move_iterator(values->begin()), std::make_move_iterator(values->end()));
  return {};
}

}  // namespace

Result<Query> parse_query(std::string_view text) {
  if (text == "*") return Query{};
  Query query;
  query.any_of.emplace_back();
  bool empty = true;  // the alternative at hand
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
    } else if (text[at] == '|') {
      if (empty) return wrong(text, "there is an alternative without a term");
      query.any_of.emplace_back();
      empty = true;
      ++at;
    } else {
      auto end = at;
      while (end < text.size() && text[end] != ' ' && text[end] != '\t' && text[end] != '|')
        end += text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
      if (auto added = add_term(text, text.substr(at, end - at), query.any_of.back()); !added)
        return std::unexpected(added.error());
      empty = false;
      at = end;
    }
  }
  if (empty) return wrong(text, "there is an alternative without a term");
  return query;
}

}  // namespace daybook::cli
