// The verbs: what each is told, and the function that does it. docs/cli.md describes them to people.
//
// Each writes its answer to standard output, its errors to standard error, and returns the program's exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "daybook/port/event_log.hpp"

namespace daybook::cli {

// What every verb is told.
struct Common {
  enum class Format : std::uint8_t { Auto, Json, Text };
  std::string store{};
  Format format = Format::Auto;  // JSON unless standard output is a terminal
  bool json(const Terminal& t) const { return format == Format::Auto ? !t.out : format == Format::Json; }
};

// Which events a reading verb shows.
struct Filter {
  std::optional<std::string> query{};  // cli/query_text.hpp
  std::vector<std::string> categories{};
  std::vector<std::string> types{};
  std::vector<std::string> tags{};
};

struct Append {
  std::string stream{};
  std::string file = "-";
  std::size_t batch = 1;
  std::optional<std::string> expect{};
  std::optional<std::string> if_none{};
  std::optional<std::uint64_t> after{};
};
struct Read {
  std::string stream{};                 // empty: the whole log
  std::optional<std::uint64_t> from{};  // a revision of the stream, or a position
  bool backwards = false;
  std::optional<std::uint64_t> limit{};
  Filter filter{};
};
struct Tail {
  std::string stream{};
  std::optional<std::uint64_t> from{};
  Filter filter{};
};
struct Streams {
  std::vector<std::string> categories{};
};
struct Stats {
  bool brief = false;
};
struct Verify {};
struct Repair {
  std::string from{};
  std::string to{};
};
struct Backup {
  std::string to{};
};
struct Restore {
  std::string from{};
};
struct Export {
  std::string file = "-";
  std::optional<std::uint64_t> from{};
};
struct Import {
  std::string file = "-";
  std::size_t batch = 1;
};
struct SnapshotList {};
struct SnapshotVerify {};
struct ArchiveMove {
  std::string to{};
  std::uint64_t before = 0;
};
struct ArchiveDelete {
  std::uint64_t before = 0;
  bool yes = false;
};

ExitCode run(const Common& common, const Append& how);
ExitCode run(const Common& common, const Read& how);
ExitCode run(const Common& common, const Tail& how);
ExitCode run(const Common& common, const Streams& how);
ExitCode run(const Common& common, const Stats& how);
ExitCode run(const Common& common, const Verify& how);
ExitCode run(const Common& common, const Repair& how);
ExitCode run(const Common& common, const Backup& how);
ExitCode run(const Common& common, const Restore& how);
ExitCode run(const Common& common, const Export& how);
ExitCode run(const Common& common, const Import& how);
ExitCode run(const Common& common, const SnapshotList& how);
ExitCode run(const Common& common, const SnapshotVerify& how);
ExitCode run(const Common& common, const ArchiveMove& how);
ExitCode run(const Common& common, const ArchiveDelete& how);

}  // namespace daybook::cli
