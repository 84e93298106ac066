// Goes over the events of a log or a stream, in either direction, across segments.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daybook/port/event_log.hpp"
#include "log/catalog.hpp"

namespace daybook::log {

// The end of what may be read now; the cursor asks again whenever it has come to it.
struct ReadableEnd {
  Position position{};
  std::shared_ptr<const Error> why{};  // there is more, and it can not be read
};
using AskEnd = std::function<ReadableEnd()>;

Result<std::unique_ptr<Cursor>> make_log_cursor(const Catalog& catalog, AskEnd end, const ReadLog& how);
Result<std::unique_ptr<Cursor>> make_stream_cursor(const Catalog& catalog, AskEnd end, std::string stream,
                                                   const ReadStream& how);

}  // namespace daybook::log
