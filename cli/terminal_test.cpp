// On a terminal: columns as wide as it is, a line for progress, and nothing of what is stored that it would obey.
#include <gmock/gmock.h>
#include <pty.h>
#include <termios.h>

#include <algorithm>

#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/test_program.hpp"

namespace daybook::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using namespace std::chrono_literals;

struct Screen {
  unsigned short columns = 120;
  const char* term = "dumb";
  bool output = true;  // standard output is it too, and not only standard error
};

// Runs the program with a pseudo-terminal as its output and errors, which hands on what it is sent as it stands, and
// gives back all of it. `out` of the answer is that of a program whose output is no terminal.
Ran on_terminal(std::vector<std::string> arguments, const Screen& screen = {}) {
  const TemporaryDirectory dir;
  const auto argv = command_line(arguments);
  const auto out = dir / "out";
  termios raw{};
  ::cfmakeraw(&raw);
  winsize size{};
  size.ws_row = 24;
  size.ws_col = screen.columns;
  int ours = -1, theirs = -1;
  EXPECT_EQ(::openpty(&ours, &theirs, nullptr, &raw, &size), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::unsetenv("DAYBOOK_STORE");
    ::unsetenv("NO_COLOR");
    ::setenv("TERM", screen.term, 1);
    redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
    if (screen.output)
      ::dup2(theirs, STDOUT_FILENO);
    else
      redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT);
    ::dup2(theirs, STDERR_FILENO);
    ::close(ours);
    ::close(theirs);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(theirs);
  Ran ran;
  // Until whoever has the other end is gone: it is EIO then.
  std::array<char, 4096> piece;
  for (;;) {
    const auto n = ::read(ours, piece.data(), piece.size());
    if (n > 0)
      ran.err.append(piece.data(), static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      break;
  }
  ::close(ours);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!screen.output) ran.out = whole_file(out);
  return ran;
}

// What a terminal would obey, but for the ends of lines: control characters of one byte, and of two in UTF-8.
bool commands_in(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n') || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

std::string long_event(const std::string& type) {
  return R"({"type":")" + type + R"(","data":{"of":"Zürich €","note":")" + std::string(300, 'x') + "\"}}\n";
}

TEST_F(Cli, a_terminal_gets_columns_that_fit_it) {
  append(kOpened + long_event("T") + long_event(std::string(60, 't')), {}, "Account-" + std::string(60, 'a'));
  for (const unsigned short columns : {120, 200, 1000}) {
    const auto ran = on_terminal({"read", "--store", store}, {.columns = columns});
    EXPECT_EQ(ran.code, kOk);
    const auto lines = lines_of(ran.err);
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_THAT(lines[0], AllOf(StartsWith(" position  recorded (UTC)"), HasSubstr("  data")));
    for (const auto& line : lines) EXPECT_LE(columns_of(line), columns) << line;
    EXPECT_THAT(lines[1], HasSubstr(R"({"owner":"alice"})"));
    const bool whole = columns == 1000;
    EXPECT_EQ(lines[2].contains(std::string(300, 'x')), whole);
    EXPECT_EQ(columns_of(lines[2]) == columns, !whole) << "nothing of its width is left unused";
    EXPECT_THAT(lines[3], HasSubstr("…")) << "a long name is cut, and said to be";
  }
}

TEST_F(Cli, a_narrow_terminal_still_shows_the_beginning_of_the_data) {
  append(long_event("T"));
  for (const unsigned short columns : {0, 1, 40}) {  // 0: it does not know its width
    const auto lines = lines_of(on_terminal({"read", "--store", store}, {.columns = columns}).err);
    ASSERT_THAT(lines, SizeIs(2)) << columns;
    EXPECT_THAT(lines[1], HasSubstr(R"({"of":"Zürich €","note"…)")) << columns;
  }
}

TEST_F(Cli, a_terminal_gets_lines_of_json_when_told_and_a_file_without_being_told) {
  append(kOpened);
  EXPECT_THAT(on_terminal({"read", "--json", "--store", store}).err, StartsWith(R"({"position":0,)"));
  const auto to_file = on_terminal({"read", "--store", store}, {.output = false});
  EXPECT_EQ(to_file.out, on_store({"read"}).out);
  EXPECT_EQ(to_file.err, "");
}

TEST_F(Cli, no_control_character_that_is_stored_or_typed_reaches_a_terminal) {
  append(
      "{\"type\":\"Opened\",\"data\":\"\xc2\x9b"
      "31m\xc2\x90\x7f\"}\n");
  const auto read = on_terminal({"read", "--store", store});
  EXPECT_EQ(read.code, kOk);
  EXPECT_THAT(read.err, HasSubstr("\"?31m??\""));
  EXPECT_FALSE(commands_in(read.err)) << read.err;
  std::filesystem::create_directories(store + "/snapshots");
  write_file(store + "/snapshots/\x1b]0;escaped\a", "?");
  for (const auto& words : std::vector<std::vector<std::string>>{{"verify"},
                                                                 {"snapshot", "list"},
                                                                 {"read", "--query", "\x1b[31m"},
                                                                 {"read", "--from", "\x1b[31m"},
                                                                 {"\x1b[31m"},
                                                                 {"read", "S-\x1b[31m"}}) {
    auto arguments = words;
    arguments.insert(arguments.end(), {"--store", store});
    const auto ran = on_terminal(arguments);
    EXPECT_NE(ran.err, "") << words.back();
    EXPECT_FALSE(commands_in(ran.err)) << testing::PrintToString(ran.err);
  }
}

TEST_F(Cli, a_terminal_gets_colours_only_if_it_knows_some) {
  append(kOpened);
  const auto plain = on_terminal({"read", "--store", store}).err;
  EXPECT_FALSE(commands_in(plain)) << plain;
  const auto coloured = on_terminal({"read", "--store", store}, {.term = "xterm"}).err;
  EXPECT_THAT(coloured, HasSubstr("\x1b[36mAccount-alice"));
  EXPECT_THAT(lines_of(coloured)[1], HasSubstr("\x1b[0m"));
  EXPECT_FALSE(commands_in(on_terminal({"read", "--json", "--store", store}, {.term = "xterm"}).err));
}

TEST_F(Cli, a_terminal_is_told_in_words_that_a_store_is_sound) {
  append(deposits(10));
  const auto ran = on_terminal({"verify", "--store", store});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("10 events of 1 streams"), HasSubstr("Everything is sound.\n"),
                             Not(HasSubstr("{\"sound\""))));
}

// ---- progress

class OfProgress : public testing::Test {
 protected:
  // What is said while `work` runs, which a clock that is turned by hand goes with.
  template <class F>
  static std::string said(bool terminal, F&& work) {
    testing::internal::CaptureStderr();
    {
      Progress progress({.err = terminal}, "verified", Progress::By::Bytes, [] { return now; });
      work(progress);
    }
    return testing::internal::GetCapturedStderr();
  }
  static inline Progress::Clock::time_point now{};
};

TEST_F(OfProgress, a_terminal_has_one_line_that_is_written_over_and_taken_away) {
  const auto text = said(true, [](Progress& p) {
    p.at(1, 4096, 1);  // too early to be worth a word
    now += 1s;
    p.at(1024, 4096, 10);
    p.at(1025, 4096, 10);
    now += 1s;
    p.at(2048, 4096, 20);
  });
  EXPECT_EQ(text,
            "\rverified 10 events, 1.0 KiB of 4.0 KiB (25%), 1.0 KiB/s, 3 s left\x1b[K"
            "\rverified 20 events, 2.0 KiB of 4.0 KiB (50%), 1.0 KiB/s, 2 s left\x1b[K"
            "\r\x1b[K");
}

TEST_F(OfProgress, a_log_file_has_few_plain_lines) {
  const auto text = said(false, [](Progress& p) {
    for (std::uint64_t second = 1; second <= 20; ++second) {
      now += 1s;
      p.at(second * 1024, 40960, second);
    }
  });
  EXPECT_EQ(text,
            "verified 10 events, 10.0 KiB of 40.0 KiB (25%), 1.0 KiB/s, 30 s left\n"
            "verified 20 events, 20.0 KiB of 40.0 KiB (50%), 1.0 KiB/s, 20 s left\n");
}

TEST_F(OfProgress, nothing_is_taken_away_where_nothing_was_said) {
  EXPECT_EQ(said(true, [](Progress& p) { p.at(1, 2, 1); }), "");
}

}  // namespace
}  // namespace daybook::cli
