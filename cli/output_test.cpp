#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(Shown, text_has_nothing_that_a_terminal_would_obey) {
  EXPECT_EQ(shown("Zürich €", 80), "Zürich €");
  EXPECT_EQ(shown("\x1b[31m\a\x7f", 80), "?[31m??");
  EXPECT_EQ(shown("\xc2\x9b"
                  "31m",
                  80),
            "?31m");
}

TEST(Shown, text_that_is_no_utf8_hides_nothing_behind_it) {
  EXPECT_EQ(shown("\x9b\x1b[31m", 80), "??[31m");
  EXPECT_EQ(shown("\xe2\x1b]0;title\a", 80), "??]0;title?");
  EXPECT_EQ(shown("a\xf0\x9f", 80), "a??");
}

TEST(Shown, text_is_cut_between_characters) {
  EXPECT_EQ(shown("äöü", 3), "äöü");
  EXPECT_EQ(shown("äöüß", 3), "äö…");
}

}  // namespace
}  // namespace daybook::cli
