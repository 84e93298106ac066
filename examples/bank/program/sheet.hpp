// A table in a text file: lines of cells, the first of which names the columns.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/result.hpp"

namespace bank {

// Cells are separated by ',' or ';', whichever the first line has, and may stand in double quotes. Owns its text.
class Sheet {
 public:
  // Reads a file, plain or zstd. Errors name the file.
  static daybook::Result<Sheet> read(const std::string& file);
  // From a file's content in memory, plain or zstd; `name` stands for the file in errors.
  static daybook::Result<Sheet> parse(std::string name, std::string bytes);

  const std::string& name() const { return name_; }
  // The columns' names, in order.
  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t rows() const { return cells_.size() / columns_.size(); }
  // The cells of a row, in the order of the columns; without quotes, and without blanks around them.
  std::span<const std::string_view> row(std::size_t i) const {
    return std::span(cells_).subspan(i * columns_.size(), columns_.size());
  }
  // "trans.csv:17": where a row stands, for errors. The first row is line 2.
  std::string place(std::size_t row) const;

 private:
  std::string name_;
  std::vector<char> text_;  // its bytes never move, also when the sheet does
  std::vector<std::string> columns_;
  std::vector<std::string_view> cells_;
};

}  // namespace bank
