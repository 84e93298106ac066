#include "program/sheet.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace bank {
namespace {

using daybook::ErrorCode;
using daybook::fail;

constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
// A table that is larger than this is not one of a bank's, but a bomb: the largest has a million rows of ten cells, 70
// MB. Each cell takes 16 bytes of memory beside its text, also an empty one, whose text is a single byte.
constexpr std::size_t kMostBytes = std::size_t{256} << 20, kMostCells = std::size_t{1} << 25;

daybook::Result<std::string> decompressed(const std::string& file, std::string_view packed) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  std::string text;
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t left = 0;
  do {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left))
      return fail(ErrorCode::InvalidArgument, fmt::format("{}: not sound zstd: {}", file, ZSTD_getErrorName(left)));
    if (text.size() + out.pos > kMostBytes)
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{}: more than {} bytes when decompressed", file, kMostBytes));
    text.append(piece.data(), out.pos);
    if (out.pos == 0 && in.pos == in.size && left != 0)
      return fail(ErrorCode::InvalidArgument, fmt::format("{}: ends in the middle of its zstd data", file));
  } while (in.pos < in.size || left != 0);
  return text;
}

std::string_view trimmed(std::string_view cell) {
  const auto first = cell.find_first_not_of(' ');
  if (first == cell.npos) return {};
  return cell.substr(first, cell.find_last_not_of(' ') - first + 1);
}

// The cells of one line. A quote inside quotes cannot be said; no table of a bank's has one.
bool split(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  for (;;) {
    if (line.starts_with('"')) {
      const auto end = line.find('"', 1);
      if (end == line.npos) return false;
      cells.push_back(trimmed(line.substr(1, end - 1)));
      line.remove_prefix(end + 1);
      if (!line.empty() && line.front() != separator) return false;
    } else {
      const auto end = std::min(line.find(separator), line.size());
      cells.push_back(trimmed(line.substr(0, end)));
      line.remove_prefix(end);
    }
    if (line.empty()) return true;
    line.remove_prefix(1);
  }
}

}  // namespace

daybook::Result<Sheet> Sheet::read(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return fail(ErrorCode::NotFound, fmt::format("{} cannot be opened: {}", file, std::strerror(errno)));
  const auto size = in.tellg();
  if (size < 0 || static_cast<std::size_t>(size) > kMostBytes)
    return fail(ErrorCode::InvalidArgument, fmt::format("{} is no file of at most {} bytes", file, kMostBytes));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.seekg(0);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    return fail(ErrorCode::IoError, fmt::format("{} cannot be read: {}", file, std::strerror(errno)));
  return parse(file, std::move(bytes));
}

daybook::Result<Sheet> Sheet::parse(std::string name, std::string bytes) {
  if (bytes.starts_with(kZstdMagic)) {
    auto text = decompressed(name, bytes);
    if (!text) return std::unexpected(text.error());
    bytes = std::move(*text);
  }
  const auto cells =
      static_cast<std::size_t>(std::ranges::count_if(bytes, [](char c) { return c == ',' || c == ';' || c == '\n'; }));
  if (cells > kMostCells)
    return fail(ErrorCode::InvalidArgument, fmt::format("{}: more than {} cells", name, kMostCells));
  Sheet sheet;
  sheet.name_ = std::move(name);
  sheet.text_.assign(bytes.begin(), bytes.end());
  std::string_view rest(sheet.text_.data(), sheet.text_.size());
  std::size_t number = 0;
  char separator = ',';
  while (!rest.empty()) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() && rest.empty()) break;
    if (number == 1 && line.find(';') != line.npos) separator = ';';
    const auto before = sheet.cells_.size();
    if (!split(line, separator, sheet.cells_))
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{}:{}: a quotation mark is not closed, or text follows it", sheet.name_, number));
    if (sheet.columns_.empty()) {
      sheet.columns_.assign(sheet.cells_.begin(), sheet.cells_.end());
      sheet.cells_.clear();
    } else if (sheet.cells_.size() - before != sheet.columns_.size()) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("{}:{}: {} cells; the first line names {} columns", sheet.name_, number,
                              sheet.cells_.size() - before, sheet.columns_.size()));
    }
  }
  if (sheet.columns_.empty())
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}: empty; a line with the columns' names was expected", sheet.name_));
  return sheet;
}

std::string Sheet::place(std::size_t row) const { return fmt::format("{}:{}", name_, row + 2); }

}  // namespace bank
