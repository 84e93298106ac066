// The program as scripts use it: real processes, their output and exit codes.
#include <gmock/gmock.h>

#include "cli/test_log.hpp"
#include "cli/test_program.hpp"
#include "daybook/codec/schema.hpp"
#include "io/posix_file.hpp"
#include "runtime/disk_log.hpp"

namespace daybook::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// ---- append

TEST_F(Cli, append_prints_a_receipt_a_line) {
  const auto ran = append(kOpened + deposits(2));
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_EQ(ran.out,
            "{\"position\":0,\"revision\":0}\n{\"position\":1,\"revision\":1}\n{\"position\":2,\"revision\":2}\n");
}

TEST_F(Cli, a_receipt_comes_when_its_event_is_acknowledged_and_not_later) {
  Program program({"append", "Account-alice", "--store", store});
  program.write(kOpened);
  EXPECT_EQ(program.line(), R"({"position":0,"revision":0})");
  program.write(kOpened);
  EXPECT_EQ(program.line(), R"({"position":1,"revision":1})");
  program.close_input();
  EXPECT_EQ(program.wait(), kOk);
}

TEST_F(Cli, an_append_that_is_interrupted_ends_by_the_signal_and_keeps_what_has_its_receipt) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Program program({"append", "Account-alice", "--store", store});
    program.write(kOpened);
    EXPECT_THAT(program.line(), StartsWith(R"({"position":)"));
    program.signal(signal);
    EXPECT_EQ(program.wait(), 128 + signal);
  }
  EXPECT_THAT(lines_of(on_store({"read"}).out), SizeIs(2));
}

TEST_F(Cli, the_same_ids_again_give_the_first_receipts) {
  const std::string line = R"({"id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","type":"Opened","data":1})"
                           "\n";
  ASSERT_EQ(append(line).code, kOk);
  const auto again = append(line);
  EXPECT_EQ(again.code, kOk);
  EXPECT_EQ(again.out, "{\"position\":0,\"revision\":0,\"repeated\":true}\n");
  const auto other = append(R"({"id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","type":"Opened","data":2})");
  EXPECT_EQ(other.code, kConflict);
  EXPECT_THAT(other.err, HasSubstr("IdConflict"));
}

TEST_F(Cli, expectations_are_held) {
  EXPECT_EQ(append(kOpened, {"--expect", "exists"}).code, kConflict);
  EXPECT_EQ(append(kOpened + deposits(3), {"--expect", "none"}).code, kOk);
  EXPECT_EQ(append(kOpened, {"--expect", "none"}).code, kConflict);
  EXPECT_EQ(append(kOpened, {"--expect", "2"}).code, kConflict);
  EXPECT_EQ(append(deposits(2), {"--expect", "3"}).code, kOk);
  EXPECT_EQ(append(kOpened, {"--expect", "any"}).code, kOk);
  EXPECT_EQ(append(kOpened, {"--expect", "exists"}).code, kOk);
}

TEST_F(Cli, what_follows_a_conflict_is_not_appended) {
  ASSERT_EQ(append(kOpened).code, kOk);
  const auto ran = append(deposits(100), {"--expect", "none"});
  EXPECT_EQ(ran.code, kConflict);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("line 1"));
  EXPECT_THAT(lines_of(on_store({"read"}).out), SizeIs(1));
}

TEST_F(Cli, an_append_that_was_cut_short_can_be_sent_again_whole) {
  std::string lines;
  for (int i = 0; i < 20; ++i)
    lines += R"({"type":"T","data":1,"id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d)" + std::to_string(10 + i) + "\"}\n";
  ASSERT_EQ(append(lines.substr(0, lines.size() / 2), {"--expect", "none"}).code, kOk);
  const auto again = append(lines, {"--expect", "none"});
  EXPECT_EQ(again.code, kOk) << again.err;
  EXPECT_THAT(lines_of(again.out), SizeIs(20));
  EXPECT_THAT(lines_of(on_store({"read"}).out), SizeIs(20));
}

TEST_F(Cli, a_boundary_is_held) {
  const std::string seat = R"({"type":"Booked","data":{},"tags":["seat:12A"]})";
  EXPECT_EQ(append(seat, {"--if-none", "type=Booked tag=seat:12A"}, "Flight-LH2").code, kOk);
  const auto ran = append(seat, {"--if-none", "type=Booked tag=seat:12A"}, "Flight-LH2");
  EXPECT_EQ(ran.code, kConflict) << ran.err;
  EXPECT_EQ(append(seat, {"--if-none", "type=Booked tag=seat:12A", "--after", "0"}, "Flight-LH2").code, kOk);
  EXPECT_EQ(append(seat, {"--if-none", "type=Booked tag=seat:12B"}, "Flight-LH2").code, kOk);
}

TEST_F(Cli, a_batch_is_appended_whole_or_not_at_all) {
  const auto ran = append(deposits(3) + R"({"type":"Bad"})", {"--batch", "2"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("line 4: the key \"data\" is missing"));
  EXPECT_THAT(lines_of(ran.out), SizeIs(2));
  EXPECT_THAT(lines_of(on_store({"read"}).out), SizeIs(2));
}

TEST_F(Cli, a_hundred_thousand_lines_are_appended_in_order) {
  const auto ran = append(deposits(100'000));
  EXPECT_EQ(ran.code, kOk) << ran.err;
  const auto receipts = lines_of(ran.out);
  ASSERT_THAT(receipts, SizeIs(100'000));
  EXPECT_EQ(receipts.back(), R"({"position":99999,"revision":99999})");
}

TEST_F(Cli, a_malformed_line_is_named_and_what_went_before_it_is_kept) {
  const auto ran = append(deposits(2) + "{\"type\":\"A\",\"data\":}\n" + deposits(2));
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("standard input, line 3: \"data\""));
  EXPECT_THAT(lines_of(ran.out), SizeIs(2));
}

TEST_F(Cli, limits_name_the_value) {
  EXPECT_EQ(append(kOpened, {}, std::string(513, 'x')).code, kUsage);
  EXPECT_EQ(append(kOpened, {}, "a\nb").code, kUsage);
  EXPECT_EQ(append(kOpened, {}, "$schemas").code, kUsage);
  const auto big = append(R"({"type":"A","data":")" + std::string(9u << 20, 'x') + "\"}");
  EXPECT_EQ(big.code, kUsage);
  EXPECT_THAT(big.err, HasSubstr("8388608"));
  const auto huge = append(std::string(65u << 20, ' ') + "{}");
  EXPECT_EQ(huge.code, kUsage);
  EXPECT_THAT(huge.err, HasSubstr("line 1: longer than"));
}

TEST_F(Cli, empty_lines_are_passed_over) {
  EXPECT_THAT(lines_of(append("\n" + kOpened + "  \r\n\n" + kOpened).out), SizeIs(2));
}

// ---- usage and the world

TEST_F(Cli, options_stand_before_or_after_the_verb) {
  append(kOpened);
  EXPECT_EQ(daybook({"--json", "read", "--store=" + store}).code, kOk);
  EXPECT_EQ(daybook({"--store=" + store, "read", "--json"}).code, kOk);
}

TEST_F(Cli, wrong_usage_is_told_apart) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"read"},
                                             {"read", "--store", store, "--form", "3"},
                                             {"read", "--store", store, "--from", "x"},
                                             {"read", "--store", store, "--from", "-1"},
                                             {"read", "a", "b", "--store", store},
                                             {"read", "--query", "x", "--store", store},
                                             {"read", "--query", "*", "--type", "A", "--store", store},
                                             {"read", "--json", "--text", "--store", store},
                                             {"append", "--store", store},
                                             {"append", "S", "--expect", "-1", "--store", store},
                                             {"append", "S", "--after", "1", "--store", store},
                                             {"append", "S", "--batch", "0", "--store", store}}) {
    const auto ran = daybook(arguments);
    EXPECT_EQ(ran.code, kUsage) << testing::PrintToString(arguments) << ran.err;
    EXPECT_THAT(ran.err, StartsWith("daybook: "));
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_FALSE(std::filesystem::exists(store)) << "wrong usage must make nothing";
}

TEST_F(Cli, a_wrong_argument_is_named_with_what_was_expected) {
  const auto told = [&](std::vector<std::string> arguments) {
    const auto ran = on_store(std::move(arguments));
    EXPECT_EQ(ran.code, kUsage);
    return ran.err;
  };
  EXPECT_THAT(told({"frobnicate"}), HasSubstr("frobnicate"));
  EXPECT_THAT(told({"snapshot", "frobnicate"}), HasSubstr("frobnicate"));
  EXPECT_THAT(told({}), HasSubstr("a verb is missing"));
  EXPECT_THAT(told({"snapshot"}), HasSubstr("list or verify"));
  for (const std::string wrong : {"-1", "1.5", "x", "", "0x10", "18446744073709551616"})
    EXPECT_THAT(told({"read", "--limit", wrong}),
                HasSubstr("--limit: \"" + wrong + "\" is not a whole number from 0 to 18446744073709551615"));
  EXPECT_THAT(told({"append", "S-1", "--batch", "65537"}),
              HasSubstr("\"65537\" is not a whole number from 1 to 65536"));
}

TEST_F(Cli, a_number_with_zeros_in_front_is_decimal) {
  append(deposits(12));
  EXPECT_THAT(lines_of(on_store({"read", "--from", "010"}).out), SizeIs(2));
}

TEST_F(Cli, help_teaches) {
  const auto all = daybook({"--help"});
  EXPECT_EQ(all.code, kOk);
  for (const auto* verb : {"append", "read", "tail", "streams", "stats", "verify", "repair", "backup", "restore",
                           "export", "import", "snapshot", "archive"}) {
    EXPECT_THAT(all.out, HasSubstr(verb));
    const auto one = daybook({verb, "--help"});
    EXPECT_EQ(one.code, kOk);
    if (verb == std::string("snapshot")) continue;  // its own verbs have them
    EXPECT_THAT(one.out, HasSubstr("Examples:"));
  }
}

TEST_F(Cli, a_store_that_is_not_there_is_an_error_of_the_world) {
  for (const auto* verb : {"read", "tail", "streams", "stats", "verify", "export"}) {
    const auto ran = on_store({verb});
    EXPECT_EQ(ran.code, kWorld) << verb;
    EXPECT_THAT(ran.err, HasSubstr("no store")) << verb;
  }
  EXPECT_EQ(append(kOpened, {dir / "no-such-file"}).code, kWorld);
}

TEST_F(Cli, another_writer_is_told_apart_and_named) {
  auto open = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {});
  ASSERT_TRUE(open);
  const auto ran = append(kOpened);
  EXPECT_EQ(ran.code, kLocked);
  EXPECT_THAT(ran.err, HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_EQ(on_store({"read"}).code, kOk) << "readers need no lock";
}

// ---- read

TEST_F(Cli, read_gives_back_what_was_appended) {
  append(R"({"id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","type":"Opened","data":{"a": 1},"metadata":{"$actor":"me"},)"
         R"("tags":["x:1","y:2"],"occurred":"2020-02-29T12:00:00Z"})");
  const auto ran = on_store({"read", "Account-alice"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, StartsWith(R"({"position":0,"stream":"Account-alice","revision":0,)"
                                  R"("id":"0198c5a3-7c1e-7b4a-9d0e-3f2a6b5c4d3e","type":"Opened","recorded":"20)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("occurred":"2020-02-29T12:00:00.000000000Z","data":{"a": 1},)"
                                 R"("metadata":{"$actor":"me"},"tags":["x:1","y:2"]})"
                                 "\n"));
}

TEST_F(Cli, read_picks_what_is_asked_for) {
  append(kOpened + deposits(3), {}, "Account-a");
  append(R"({"type":"Opened","data":1,"tags":["t:1"]})", {}, "Shop-b");
  const auto count = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "read");
    return lines_of(on_store(std::move(arguments)).out).size();
  };
  EXPECT_EQ(count({}), 5u);
  EXPECT_EQ(count({"Account-a"}), 4u);
  EXPECT_EQ(count({"Account-a", "--from", "2"}), 2u);
  EXPECT_EQ(count({"--from", "3"}), 2u);
  EXPECT_EQ(count({"--limit", "2"}), 2u);
  EXPECT_EQ(count({"--limit", "0"}), 0u);
  EXPECT_EQ(count({"--category", "Shop"}), 1u);
  EXPECT_EQ(count({"--type", "Opened"}), 2u);
  EXPECT_EQ(count({"--type", "Opened", "--type", "Deposited"}), 5u);
  EXPECT_EQ(count({"--tag", "t:1"}), 1u);
  EXPECT_EQ(count({"Account-a", "--type", "Deposited", "--limit", "2"}), 2u);
  EXPECT_EQ(count({"--query", "type=Deposited | tag=t:1"}), 4u);
  EXPECT_EQ(count({"Nobody-1"}), 0u);
  const auto back = lines_of(on_store({"read", "Account-a", "--backwards", "--limit", "1"}).out);
  ASSERT_THAT(back, SizeIs(1));
  EXPECT_THAT(back[0], HasSubstr(R"("revision":3)"));
  EXPECT_THAT(lines_of(on_store({"read", "--backwards", "--from", "1"}).out), SizeIs(2));
}

TEST_F(Cli, people_get_columns_and_no_control_characters) {
  append(
      "{\"type\":\"Opened\",\"data\":\"\xc2\x9b"
      "31m\"}");
  const auto ran = on_store({"read", "--text"});
  EXPECT_EQ(ran.code, kOk);
  const auto lines = lines_of(ran.out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr("position"));
  EXPECT_THAT(lines[1], HasSubstr("\"?31m\""));
}

TEST_F(Cli, output_that_can_not_be_written_is_an_error_of_a_full_disk) {
  append(kOpened);
  for (const auto& verb : std::vector<std::vector<std::string>>{
           {"--help"}, {"--version"}, {"read", "--help"}, {"read", "--store", store}, {"verify", "--store", store}}) {
    const auto ran = daybook(verb, "", {.out = "/dev/full"});
    EXPECT_EQ(ran.code, kWorld) << verb.front();
    EXPECT_EQ(ran.err, "daybook: DiskFull: writing to standard output: No space left on device\n") << verb.front();
  }
  const auto exported = on_store({"export", "/dev/full"});
  EXPECT_EQ(exported.code, kWorld);
  EXPECT_THAT(exported.err, HasSubstr("DiskFull: writing to /dev/full"));
}

TEST_F(Cli, a_reader_who_goes_away_is_a_clean_end) {
  append(deposits(50'000));
  Program read({"read", "--store", store});
  EXPECT_THAT(read.line(), HasSubstr(R"("position":0)"));
  read.close_output();
  EXPECT_EQ(read.wait(), kOk);
}

TEST_F(Cli, avro_is_shown_as_json_by_the_schema_in_the_log) {
  const std::string schema = R"({"type":"record","name":"Deposited","fields":[{"name":"cents","type":"long"}]})";
  {
    auto open = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {});
    ASSERT_TRUE(open);
    const std::string avro = *codec::json_to_avro(schema, R"({"cents":42})");
    const std::vector<NewEvent> events{
        {.stream = "$schemas", .type = "$schema", .data = schema},
        {.stream = "Account-a",
         .type = "Deposited",
         .data = avro,
         .content_type = ContentType::Avro,
         .schema = codec::schema_fingerprint(schema)},
        {.stream = "Account-a", .type = "Deposited", .data = "?", .content_type = ContentType::Avro, .schema = 7},
        {.stream = "Account-a",
         .type = "Raw",
         .data = std::string_view("\0\1", 2),
         .content_type = ContentType::Binary},
        {.stream = "Account-a", .type = "NoJson", .data = "{"}};
    append_and_wait((*open)->log(), events);
  }
  const auto ran = on_store({"read", "Account-a"});
  EXPECT_EQ(ran.code, kOk);
  const auto lines = lines_of(ran.out);
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], HasSubstr(R"("data":{"cents":42})"));
  EXPECT_THAT(lines[0], HasSubstr(R"("content_type":"avro")"));
  EXPECT_THAT(lines[1], HasSubstr(R"("data":{"$base64":"Pw=="})"));
  EXPECT_THAT(ran.err, HasSubstr("0000000000000007"));
  EXPECT_THAT(lines[2], HasSubstr(R"("data":{"$base64":"AAE="})"));
  EXPECT_THAT(lines[2], HasSubstr(R"("content_type":"binary")"));
  EXPECT_THAT(lines[3], HasSubstr(R"("data":{"$base64":"ew=="})"));
  EXPECT_THAT(lines[3], HasSubstr(R"("content_type":"json")"));
}

// ---- streams, stats

TEST_F(Cli, streams_and_stats_count) {
  append(kOpened + deposits(2), {}, "Account-b");
  append(kOpened, {}, "Account-a");
  append(kOpened, {}, "Shop-x");
  const auto streams = lines_of(on_store({"streams"}).out);
  ASSERT_THAT(streams, SizeIs(3));
  EXPECT_THAT(streams[0], StartsWith(R"({"stream":"Account-a","events":1,"revision":0,"position":3,)"));
  EXPECT_THAT(streams[1], StartsWith(R"({"stream":"Account-b","events":3,"revision":2,"position":2,)"));
  EXPECT_THAT(lines_of(on_store({"streams", "--category", "Shop"}).out), SizeIs(1));
  const auto stats = on_store({"stats"});
  EXPECT_EQ(stats.code, kOk);
  EXPECT_THAT(stats.out, HasSubstr(R"("begin":0,"end":5)"));
  EXPECT_THAT(stats.out, HasSubstr(R"("streams":3)"));
  EXPECT_THAT(stats.out, HasSubstr(R"("Deposited":{"events":2)"));
  EXPECT_EQ(on_store({"stats", "--brief"}).code, kOk);
  EXPECT_EQ(on_store({"stats", "--text"}).code, kOk);
}

TEST_F(Cli, a_stream_without_a_name_is_not_the_whole_log) {
  append(kOpened);
  for (const auto* verb : {"read", "tail"}) {
    const auto ran = on_store({verb, ""});
    EXPECT_EQ(ran.code, kUsage) << verb;
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("STREAM: is empty; a stream's name was expected"));
  }
}

TEST_F(Cli, a_filter_without_a_value_is_not_one_that_nothing_passes) {
  append(kOpened);
  for (const auto* option : {"--category", "--type", "--tag"}) {
    for (const auto* verb : {"read", "tail"}) {
      const auto ran = on_store({verb, option, ""});
      EXPECT_EQ(ran.code, kUsage) << verb << option;
      EXPECT_THAT(ran.err, HasSubstr(std::string(option) + ": is empty; a"));
    }
    EXPECT_EQ(on_store({"read", "--type", "Opened", option, ""}).code, kUsage) << option;
  }
  EXPECT_EQ(on_store({"streams", "--category", ""}).code, kUsage);
}

}  // namespace
}  // namespace daybook::cli
