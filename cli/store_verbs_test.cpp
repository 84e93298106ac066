// The verbs that look after stores, as real processes.
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

// ---- verify, repair

TEST_F(Cli, a_sound_store_is_verified) {
  append(deposits(10));
  const auto ran = on_store({"verify"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, StartsWith(R"({"sound":true,)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("events":10,)"));
  EXPECT_THAT(on_store({"verify", "--text"}).out, HasSubstr("Everything is sound."));
}

TEST_F(Cli, damage_is_named_by_segment_and_position_and_told_apart) {
  append(deposits(10));
  const auto bytes = whole_file(segment());
  flip_byte(segment(), bytes.find(R"({"amount":4})") + 3);
  const auto ran = on_store({"verify"});
  EXPECT_EQ(ran.code, kDamage);
  EXPECT_THAT(ran.out, HasSubstr(R"("file":"log/000000000001.seg","segment":1,)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("position":4,"lost":1,)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("sound":false)"));
  const auto refused = append(deposits(1));
  EXPECT_EQ(refused.code, kDamage) << refused.err;
}

TEST_F(Cli, a_file_in_a_store_can_tell_a_terminal_nothing_by_its_name) {
  append(deposits(1));
  for (const auto* folder : {"snapshots", "consumers", "cut", "log"}) {
    std::filesystem::create_directories(store + "/" + folder);
    for (const auto* name : {"\x1b]0;escaped\a", "\xe2\x1b[31m"}) write_file(store + "/" + folder + "/" + name, "?");
  }
  const auto checked = on_store({"verify", "--text"});
  EXPECT_EQ(checked.code, kDamage);
  EXPECT_THAT(checked.out, AllOf(HasSubstr("snapshots/?]0;escaped?"), HasSubstr("consumers/?]0;escaped?")));
  EXPECT_THAT(checked.err, HasSubstr("cut/?]0;escaped?"));
  for (const auto& verb : std::vector<std::vector<std::string>>{
           {"verify", "--text"}, {"verify"}, {"snapshot", "list"}, {"snapshot", "verify"}, {"stats"}, {"read"}}) {
    const auto ran = on_store(verb);
    EXPECT_EQ((ran.out + ran.err).find_first_of("\x1b\a"), std::string::npos) << verb.back() << ran.out << ran.err;
  }
  EXPECT_THAT(on_store({"verify"}).out, HasSubstr(R"(/snapshots/\u001b]0;escaped\u0007","what":)"));
}

TEST_F(Cli, repair_copies_what_is_sound_and_says_what_was_lost) {
  append(deposits(10));
  append(deposits(2), {}, "Account-bob");
  const auto bytes = whole_file(segment());
  flip_byte(segment(), bytes.find(R"({"amount":4})") + 3);
  const auto damaged = whole_file(segment());
  const auto to = dir / "repaired";
  const auto ran = daybook({"repair", store, to});
  EXPECT_EQ(ran.code, kDamage) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(R"("events":11,)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("lost":[{"from":4,"to":4}],"moved":[{"from":5,"by":1}],)"
                                 R"("streams":[{"stream":"Account-alice","from":5,"by":1}])"));
  EXPECT_EQ(whole_file(segment()), damaged) << "never in place";
  EXPECT_EQ(daybook({"verify", "--store", to}).code, kOk);
  const auto read = lines_of(daybook({"read", "Account-alice", "--store", to}).out);
  ASSERT_THAT(read, SizeIs(9));
  EXPECT_THAT(read[4], HasSubstr(R"("amount":5)"));
  EXPECT_THAT(read[4], HasSubstr(R"("position":4,"stream":"Account-alice","revision":4,)"));
  EXPECT_EQ(daybook({"append", "Account-alice", "--expect", "8", "--store", to}, kOpened).code, kOk);
  EXPECT_EQ(daybook({"repair", store, to}).code, kUsage) << "only into a new store";
}

// A store whose repair waits, before it has written anything, at the second of two segments for somebody who writes to
// it. The first is opened, found to be no file, and told.
class InterruptedRepair : public Cli {
 protected:
  void SetUp() override {
    append(deposits(1));
    for (const int n : {2, 3}) ASSERT_EQ(::mkfifo(segment(n).c_str(), 0600), 0);
  }
  // Returns when the program has come to it.
  void meet(int segment_number) const {
    const int opened = ::open(segment(segment_number).c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(opened, 0);
    ::close(opened);
  }
  const std::string to = dir / "repaired";
};

TEST_F(InterruptedRepair, says_what_it_leaves) {
  Program repair({"repair", store, to}, dir / "err");
  meet(2);
  repair.signal(SIGINT);
  EXPECT_EQ(repair.wait(), 128 + SIGINT);
  EXPECT_THAT(whole_file(dir / "err"), AllOf(HasSubstr("interrupted; if " + to + " holds a file UNFINISHED"),
                                             HasSubstr("remove it and repair again")));
}

TEST_F(InterruptedRepair, is_none_where_whoever_began_it_let_signals_be_ignored) {
  const auto before = std::signal(SIGINT, SIG_IGN);  // as nohup does with another
  Program repair({"repair", store, to}, dir / "err");
  std::signal(SIGINT, before);
  meet(2);
  repair.signal(SIGINT);
  meet(3);
  EXPECT_EQ(repair.wait(), kOk) << whole_file(dir / "err");
  EXPECT_EQ(whole_file(dir / "err").find("interrupted"), std::string::npos);
  EXPECT_EQ(daybook({"verify", "--store", to}).code, kOk);
}

TEST_F(Cli, what_a_repair_that_did_not_end_left_is_named) {
  append(deposits(1));
  const auto to = dir / "repaired";
  std::filesystem::create_directories(to + "/log");
  const auto lost = daybook({"repair", store, to});
  EXPECT_EQ(lost.code, kUsage);
  EXPECT_THAT(lost.err, HasSubstr("it may be a store that has lost it"));
  write_file(to + "/UNFINISHED", "");
  const auto ran = daybook({"repair", store, to});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("holds what a repair that did not come to its end has left; remove it first"));
}

TEST_F(Cli, a_sound_store_is_repaired_without_loss) {
  append(deposits(10));
  const auto ran = daybook({"repair", store, dir / "repaired"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(R"("lost":[],"moved":[],"streams":[])"));
}

// ---- backup, restore

TEST_F(Cli, a_backup_takes_what_is_new_and_is_restored) {
  append(deposits(10));
  const auto to = dir / "backup", restored = dir / "restored";
  const auto first = on_store({"backup", to});
  EXPECT_EQ(first.code, kOk) << first.err;
  EXPECT_THAT(first.out, HasSubstr(R"("was":0,"end":10,)"));
  EXPECT_THAT(on_store({"backup", to}).out, HasSubstr(R"("was":10,"end":10,)"));
  append(deposits(5));
  EXPECT_THAT(on_store({"backup", to}).out, HasSubstr(R"("was":10,"end":15,)"));
  EXPECT_EQ(daybook({"restore", to, "--store", restored}).code, kOk);
  EXPECT_EQ(daybook({"export", "--store", restored}).out, on_store({"export"}).out);
  EXPECT_EQ(daybook({"verify", "--store", restored}).code, kOk);
  EXPECT_EQ(daybook({"restore", to, "--store", restored}).code, kUsage) << "only into a new store";
  EXPECT_EQ(daybook({"append", "S-1", "--store", to}, kOpened).code, kUsage) << "a backup is no store";
}

TEST_F(Cli, a_backup_of_another_history_is_refused) {
  append(deposits(10));
  const auto backup = dir / "backup", restored = dir / "restored";
  ASSERT_EQ(on_store({"backup", backup}).code, kOk);
  ASSERT_EQ(daybook({"restore", backup, "--store", restored}).code, kOk);
  ASSERT_EQ(daybook({"append", "S-1", "--store", restored}, kOpened + kOpened).code, kOk);
  append(kOpened);
  ASSERT_EQ(on_store({"backup", backup}).code, kOk);
  const auto other = daybook({"backup", backup, "--store", restored});
  EXPECT_EQ(other.code, kDamage);
  EXPECT_THAT(other.err, HasSubstr("ForeignHistory"));
  const auto third = dir / "third";
  ASSERT_EQ(daybook({"append", "S-1", "--store", third}, kOpened).code, kOk);
  EXPECT_EQ(daybook({"backup", backup, "--store", third}).code, kDamage);
}

TEST_F(Cli, a_running_store_is_backed_up) {
  Program writer({"append", "S-1", "--store", store});
  writer.write(kOpened);
  ASSERT_THAT(writer.line(), HasSubstr("position"));
  EXPECT_THAT(on_store({"backup", dir / "backup"}).out, HasSubstr(R"("end":1,)"));
  writer.write(kOpened);
  ASSERT_THAT(writer.line(), HasSubstr("position"));
  EXPECT_THAT(on_store({"backup", dir / "backup"}).out, HasSubstr(R"("was":1,"end":2,)"));
}

TEST_F(Cli, a_damaged_backup_is_not_restored) {
  append(deposits(10));
  const auto backup = dir / "backup";
  ASSERT_EQ(on_store({"backup", backup}).code, kOk);
  flip_byte(backup + "/log/000000000001.seg", 4200);
  EXPECT_EQ(daybook({"restore", backup, "--store", dir / "restored"}).code, kDamage);
  EXPECT_EQ(daybook({"read", "--store", dir / "restored"}).code, kWorld) << "no store came of it";
}

// ---- export, import

TEST_F(Cli, an_event_as_deep_as_any_is_exported_imported_and_appended_again) {
  const auto deep = R"({"type":"Deep","data":)" + std::string(128, '[') + std::string(128, ']') + "}";
  EXPECT_EQ(append(deep + "\n").code, kOk);
  const auto imported = daybook({"import", "--store", dir / "other"}, on_store({"export"}).out);
  EXPECT_EQ(imported.code, kOk) << imported.err;
  EXPECT_EQ(imported.out, "{\"imported\":1,\"repeated\":0,\"end\":1}\n");
}

TEST_F(Cli, what_is_exported_is_imported) {
  append(kOpened +
         R"({"type":"Raw","data":{"$base64":"AAE="},"content_type":"binary","tags":["a:1"],"occurred":"2001-01-01"})");
  append(deposits(2), {}, "Account-bob");
  const auto lines = on_store({"export"}).out;
  const auto other = dir / "other";
  const auto imported = daybook({"import", "--store", other}, lines);
  EXPECT_EQ(imported.code, kOk) << imported.err;
  EXPECT_EQ(imported.out, "{\"imported\":4,\"repeated\":0,\"end\":4}\n");
  const auto back = daybook({"export", "--store", other}).out;
  const auto without_recorded = [](std::string text) {
    for (std::size_t at = 0; (at = text.find(R"("recorded":")", at)) != text.npos;) text.erase(at, 44);
    return text;
  };
  EXPECT_EQ(without_recorded(back), without_recorded(lines));
  EXPECT_EQ(daybook({"import", "--store", other}, lines).out, "{\"imported\":0,\"repeated\":4,\"end\":4}\n");
}

TEST_F(Cli, avro_and_its_schemas_are_imported_as_they_were) {
  const std::string schema = R"({"type":"record","name":"D","fields":[{"name":"n","type":"long"}]})";
  const auto fingerprint = codec::schema_fingerprint(schema);
  {
    auto open = runtime::DiskLog::open(io::posix_files(), store, runtime::system_clock(), {});
    ASSERT_TRUE(open);
    const std::string avro = *codec::json_to_avro(schema, R"({"n":-3})");
    const std::vector<NewEvent> events{{.stream = "$schemas", .type = "$schema", .data = schema},
                                       {.stream = "A-1",
                                        .type = "D",
                                        .data = avro,
                                        .content_type = ContentType::Avro,
                                        .schema_version = 2,
                                        .schema = fingerprint}};
    append_and_wait((*open)->log(), events);
  }
  const auto other = dir / "other";
  const auto imported = daybook({"import", "--store", other}, on_store({"export"}).out);
  ASSERT_EQ(imported.code, kOk) << imported.err;
  auto open = runtime::DiskLog::follow(io::posix_files(), other, {});
  ASSERT_TRUE(open);
  auto cursor = (*open)->log().read_stream("A-1", {});
  ASSERT_TRUE(cursor);
  const auto event = (*cursor)->next();
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->content_type, ContentType::Avro);
  EXPECT_EQ((*event)->schema, fingerprint);
  EXPECT_EQ((*event)->schema_version, 2);
  EXPECT_EQ((*event)->data, *codec::json_to_avro(schema, R"({"n":-3})"));
}

TEST_F(Cli, an_import_of_what_is_no_export_is_refused) {
  const auto ran = daybook({"import", "--store", store}, kOpened);
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("line 1: the key \"stream\" is missing"));
  const auto unknown =
      daybook({"import", "--store", store}, R"({"stream":"A","type":"A","data":1,"schema":"0000000000000007"})");
  EXPECT_EQ(unknown.code, kUsage);
  EXPECT_THAT(unknown.err, HasSubstr("0000000000000007"));
  const auto unreadable = daybook({"import", "--store", store},
                                  R"({"stream":"A","type":"A","content_type":"avro","data":{"$base64":"AAE="}})");
  EXPECT_EQ(unreadable.code, kUsage) << "nobody could ever say what it is";
  EXPECT_THAT(unreadable.err, HasSubstr("line 1: the key \"schema\" is missing"));
}

// ---- archive

TEST_F(Cli, old_segments_are_archived_and_deleted_in_two_steps) {
  ASSERT_NO_FATAL_FAILURE(fill_small_segments(store));
  const auto archive = dir / "archive", all = on_store({"export"}).out;
  const auto sums = on_store({"stats", "--brief"}).out;
  EXPECT_EQ(on_store({"archive", archive}).code, kUsage);
  EXPECT_EQ(on_store({"archive", "--before", "9"}).code, kUsage);
  const auto moved = on_store({"archive", archive, "--before", "12"});
  EXPECT_EQ(moved.code, kOk) << moved.err;
  EXPECT_THAT(moved.out, testing::Not(HasSubstr(R"("segments":0)")));
  EXPECT_EQ(on_store({"export"}).out, all);
  EXPECT_EQ(on_store({"stats", "--brief"}).out, sums) << "archived files are files of the store";
  EXPECT_EQ(on_store({"verify"}).code, kOk);
  const auto planned = on_store({"archive", "delete", "--before", "8"});
  EXPECT_EQ(planned.code, kOk) << planned.err;
  EXPECT_THAT(planned.out, HasSubstr(R"({"stream":"Account-a","events":)"));
  EXPECT_THAT(planned.out, HasSubstr(R"({"deleted":false,)"));
  EXPECT_EQ(on_store({"export"}).out, all);
  const auto deleted = on_store({"archive", "delete", "--before", "8", "--yes"});
  EXPECT_EQ(deleted.code, kOk) << deleted.err;
  EXPECT_THAT(deleted.out, HasSubstr(R"({"deleted":true,)"));
  const auto cut = on_store({"read", "Account-a"});
  EXPECT_EQ(cut.code, kWorld);
  EXPECT_THAT(cut.err, HasSubstr("HistoryCut"));
  const auto left = on_store({"read"}), backwards = on_store({"read", "--backwards"});
  EXPECT_EQ(left.code, kOk) << "what is left";
  EXPECT_EQ(backwards.code, kOk) << backwards.err;
  EXPECT_EQ(lines_of(backwards.out).size(), lines_of(left.out).size());
  const auto below = on_store({"read", "--backwards", "--from", "0"});
  EXPECT_EQ(below.code, kWorld);
  EXPECT_THAT(below.err, HasSubstr("HistoryCut"));
  const auto back = on_store({"read", "Account-a", "--backwards"});
  EXPECT_EQ(back.code, kWorld) << "its first events are not there";
  EXPECT_FALSE(lines_of(back.out).empty());
  EXPECT_EQ(on_store({"verify"}).code, kOk);
}

// ---- what would be written over, or into the store itself

TEST_F(Cli, an_export_writes_over_nothing_and_not_into_the_store) {
  append(kOpened);
  const auto whole = whole_file(store + "/STORE");
  for (const auto& file : {store + "/STORE", store + "/log/000000000001.seg", store + "/log/000000000002.seg"}) {
    const auto ran = on_store({"export", file});
    EXPECT_EQ(ran.code, kUsage) << file;
    EXPECT_THAT(ran.err, HasSubstr(file));
  }
  EXPECT_EQ(whole_file(store + "/STORE"), whole);
  const auto file = dir / "exported";
  ASSERT_EQ(on_store({"export", file}).code, kOk);
  const auto first = whole_file(file);
  const auto again = on_store({"export", file, "--from", "99"});
  EXPECT_EQ(again.code, kUsage);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  EXPECT_EQ(whole_file(file), first);
  EXPECT_EQ(on_store({"verify"}).code, kOk);
}

TEST_F(Cli, no_archive_or_backup_is_made_in_the_store_itself) {
  append(kOpened);
  const auto link = dir / "link";
  std::filesystem::create_directory_symlink(store + "/log", link);
  for (const std::string& to : {store, store + "/log", store + "/inside", link, link + "/inside"}) {
    const auto archived = on_store({"archive", to, "--before", "1"});
    EXPECT_EQ(archived.code, kUsage) << to;
    EXPECT_THAT(archived.err, HasSubstr("outside of it was expected")) << to;
    EXPECT_EQ(on_store({"backup", to}).code, kUsage) << to;
  }
  EXPECT_EQ(on_store({"verify"}).code, kOk);
}

TEST_F(Cli, an_append_whose_receipts_can_not_be_written_says_what_became_of_the_events) {
  append(kOpened);
  const auto ran = daybook({"append", "Account-alice", "--store", store}, kOpened, {.out = "/dev/full"});
  EXPECT_EQ(ran.code, kWorld);
  EXPECT_THAT(ran.err, HasSubstr("all that was given is in the log"));
  EXPECT_THAT(lines_of(on_store({"read"}).out), testing::SizeIs(2));
}

}  // namespace
}  // namespace daybook::cli
