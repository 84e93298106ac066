#include "cli/line_reader.hpp"

#include <gmock/gmock.h>

#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

// A file whose lines have these lengths: zeros that take no place on the disk, each with this end.
std::string file_of_lines(const TemporaryDirectory& dir, const std::vector<std::uint64_t>& lengths,
                          const std::string& end) {
  std::ofstream file(dir / "lines", std::ios::binary);
  for (const auto length : lengths) {
    file.seekp(static_cast<std::streamoff>(length), std::ios::cur);
    file << end;
  }
  return dir / "lines";
}

TEST(LineReader, a_line_as_long_as_any_may_be_is_read_and_a_longer_one_refused) {
  for (const auto* end : {"\n", "\r\n"}) {
    const TemporaryDirectory dir;
    auto lines = LineReader::open(file_of_lines(dir, {1, kMaxLineBytes, 2, kMaxLineBytes + 1}, end));
    ASSERT_TRUE(lines);
    for (const auto length : {std::size_t{1}, kMaxLineBytes, std::size_t{2}}) {
      const auto line = lines->next();
      ASSERT_TRUE(line && *line) << length;
      EXPECT_EQ((*line)->size(), length);
    }
    const auto longer = lines->next();
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, ErrorCode::InvalidArgument);
    EXPECT_THAT(longer.error().message, testing::HasSubstr("lines, line 4: longer than 67108864 bytes"));
  }
}

TEST(LineReader, a_line_that_is_taken_back_is_given_again) {
  const TemporaryDirectory dir;
  write_file(dir / "lines", "a\r\nbc\nd");
  auto lines = LineReader::open(dir / "lines");
  ASSERT_TRUE(lines);
  std::uint64_t number = 0;
  for (const std::string expected : {"a", "bc", "d"}) {
    ++number;
    for (int again = 0; again < 3; ++again) {
      if (again > 0) lines->take_back();
      const auto line = lines->next();
      ASSERT_TRUE(line && *line);
      EXPECT_EQ(**line, expected);
      EXPECT_EQ(lines->number(), number);
    }
  }
  const auto end = lines->next();
  EXPECT_TRUE(end && !*end);
}

}  // namespace
}  // namespace daybook::cli
