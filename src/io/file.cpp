#include "io/file.hpp"

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace daybook::io {

Result<std::string> read_whole(Files& files, const std::string& path, std::uint64_t limit) {
  auto file = files.open(path, Open::Read);
  if (!file) return std::unexpected(file.error());
  const auto size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  if (*size > limit)
    return fail(ErrorCode::Damage, fmt::format("{} has {} bytes; at most {} were expected", path, *size, limit));
  std::string content(*size, '\0');
  const auto got = (*file)->read_at(0, std::as_writable_bytes(std::span(content)));
  if (!got) return std::unexpected(got.error());
  content.resize(*got);
  return content;
}

Status replace_whole(Files& files, const std::string& path, std::string_view content) {
  const std::string beside = path + ".new";
  if (auto there = files.exists(beside); !there) {
    return std::unexpected(there.error());
  } else if (*there) {
    if (auto removed = files.remove(beside); !removed) return removed;  // left by a crash between write and rename
  }
  auto file = files.open(beside, Open::Create);
  if (!file) return std::unexpected(file.error());
  auto done = (*file)->write_at(0, base::as_bytes(content));
  if (done) done = (*file)->sync();
  file->reset();
  if (done) done = files.rename(beside, path);
  if (!done) {
    (void)files.remove(beside);  // the first error is the one to tell
    return done;
  }
  return files.sync_directory(parent_of(path));
}

std::string parent_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  if (end == path.npos) return path.empty() ? "." : "/";
  const auto slash = path.find_last_of('/', end);
  if (slash == path.npos) return ".";
  const auto last = path.find_last_not_of('/', slash);
  return last == path.npos ? "/" : path.substr(0, last + 1);
}

}  // namespace daybook::io
