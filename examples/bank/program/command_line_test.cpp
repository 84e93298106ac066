// The verbs, as a user types them.
#include <gmock/gmock.h>
#include <zstd.h>

#include <algorithm>

#include "account.hpp"
#include "daybook/codec/avro.hpp"
#include "io/posix_file.hpp"
#include "program/test_program.hpp"
#include "snapshot/directory_snapshots.hpp"

namespace bank {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// ---- how it is called

TEST_F(BankProgram, takes_the_store_before_or_after_the_verb) {
  const auto before = run_program(at, {"--store", at.directory(), "open", "alice"});
  EXPECT_EQ(before.exit, Exit::Ok) << before.err;
  EXPECT_THAT(before.out, HasSubstr("revision 0"));
  const auto after = run_program(at, {"deposit", "--store", at.directory(), "alice", "50"});
  EXPECT_EQ(after.exit, Exit::Ok) << after.err;
  EXPECT_THAT(after.out, HasSubstr("revision 1"));
  EXPECT_EQ(told({"balance", "alice"}), "50.00\n");
}

TEST_F(BankProgram, says_what_is_wrong_with_a_command_line) {
  EXPECT_EQ(run_program(at, {"balance", "alice"}).exit, Exit::Usage) << "no store";
  EXPECT_EQ(bank({}).exit, Exit::Usage) << "no verb";
  EXPECT_EQ(bank({"balance"}).exit, Exit::Usage) << "no account";
  EXPECT_EQ(bank({"borrow", "alice", "20"}).exit, Exit::Usage);
  EXPECT_EQ(bank({"balance", "alice", "--revision", "1", "--as-of", "2026-01-01"}).exit, Exit::Usage);
  const auto amount = bank({"deposit", "alice", "1,50"});
  EXPECT_EQ(amount.exit, Exit::Usage);
  EXPECT_THAT(amount.err, HasSubstr("'1,50' is no amount"));
  EXPECT_FALSE(std::filesystem::exists(at.directory())) << "nothing of it made a store";
  const auto help = run_program(at, {"--help"});
  EXPECT_EQ(help.exit, Exit::Ok);
  EXPECT_THAT(help.out, AllOf(HasSubstr("trial-balance"), HasSubstr("Exit codes")));
}

TEST_F(BankProgram, output_that_can_not_be_written_is_an_error) {
  told({"open", "alice"});
  for (int i = 0; i < 100; ++i) told({"deposit", "alice", "1"});
  const auto said = std::string("bank: DiskFull: writing to standard output: No space left on device\n");
  for (const auto verb : {"balance", "audit"}) {  // the one fits the buffer, the other does not
    const auto ran = run_program(at, {verb, "alice", "--store", at.directory()}, {.out = "/dev/full"});
    EXPECT_EQ(ran.exit, Exit::World) << verb;
    EXPECT_EQ(ran.err, said) << verb;
  }
  const auto help = run_program(at, {"--help"}, {.out = "/dev/full"});
  EXPECT_EQ(help.exit, Exit::World);
  EXPECT_EQ(help.err, said);
}

TEST_F(BankProgram, ends_as_it_would_where_its_errors_can_not_be_written) {
  const auto unheard = [&](std::vector<std::string> arguments, const Elsewhere& where) {
    arguments.insert(arguments.end(), {"--store", at.directory()});
    return run_program(at, std::move(arguments), where).exit;
  };
  EXPECT_EQ(unheard({"balance", "alice"}, {.err = "/dev/full"}), Exit::World);
  told({"open", "alice"});
  EXPECT_EQ(unheard({"withdraw", "alice", "5"}, {.err = "/dev/full"}), Exit::Refused);
  EXPECT_EQ(unheard({"withdraw", "alice", "much"}, {.err = "/dev/full"}), Exit::Usage);
  EXPECT_EQ(unheard({"balance", "alice"}, {.out = "/dev/full", .err = "/dev/full"}), Exit::World);
}

TEST_F(BankProgram, lets_no_file_of_the_store_become_a_closed_output) {
  told({"open", "alice"});
  const auto unheard = run_program(at, {"deposit", "alice", "1", "--store", at.directory()}, {.out = kClosed});
  EXPECT_EQ(unheard.exit, Exit::World);
  EXPECT_EQ(unheard.err, "bank: IoError: writing to standard output: Bad file descriptor\n");
  const auto refused = run_program(at, {"withdraw", "alice", "5", "--store", at.directory()}, {.err = kClosed});
  EXPECT_EQ(refused.exit, Exit::Refused);
  std::ifstream lock(at.directory() + "/lock", std::ios::binary);
  const std::string said(std::istreambuf_iterator<char>(lock), {});
  EXPECT_THAT(said, AllOf(Not(HasSubstr("done")), Not(HasSubstr("refused"))));
}

TEST_F(BankProgram, does_not_make_a_store_to_read_it) {
  const auto ran = bank({"balance", "alice"});
  EXPECT_EQ(ran.exit, Exit::World);
  EXPECT_THAT(ran.err, StartsWith("bank: NotFound: "));
  EXPECT_FALSE(std::filesystem::exists(at.directory()));
}

TEST_F(BankProgram, tells_another_writer_from_other_errors) {
  const auto writer = at.open();
  const auto ran = bank({"open", "alice"});
  EXPECT_EQ(ran.exit, Exit::Locked) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("Locked"));
}

// ---- at the counter

TEST_F(BankProgram, moves_money_and_shows_where_it_is) {
  told({"open", "alice", "--owner", "Alice A."});
  told({"open", "bob"});
  told({"deposit", "alice", "50", "--reason", "wages", "--actor", "teller-7"});
  told({"withdraw", "alice", "10.50"});
  told({"transfer", "alice", "bob", "20", "--reason", "rent"});
  EXPECT_EQ(told({"balance", "alice"}), "19.50\n");
  EXPECT_EQ(told({"balance", "Account-bob"}), "20.00\n");
  EXPECT_EQ(told({"balance", "alice", "--revision", "1"}), "50.00\n");
  EXPECT_EQ(told({"balance", "alice", "--revision", "0"}), "0.00\n");
  const auto audit = told({"audit", "alice"});
  EXPECT_THAT(audit, AllOf(HasSubstr("for Alice A."), HasSubstr("teller-7    wages"), HasSubstr("rent, to bob")));
  EXPECT_EQ(std::ranges::count(audit, '\n'), 1 + 4);
  EXPECT_EQ(std::ranges::count(told({"audit", "alice", "--last", "2"}), '\n'), 1 + 2);
  EXPECT_THAT(told({"trial-balance"}),
              AllOf(StartsWith("trial balance of 2 accounts"), HasSubstr("39.50"), EndsWith("the books balance\n")));
}

TEST_F(BankProgram, says_no_in_the_bank_s_own_words) {
  told({"open", "alice"});
  told({"open", "bob"});
  told({"deposit", "alice", "50"});
  const auto refused = [&](std::vector<std::string> arguments, const std::string& why) {
    const auto ran = bank(std::move(arguments));
    EXPECT_EQ(ran.exit, Exit::Refused) << ran.err;
    EXPECT_THAT(ran.err, StartsWith("bank: refused: " + why));
    EXPECT_EQ(ran.out, "");
  };
  refused({"open", "alice"}, "AlreadyOpen");
  refused({"deposit", "nobody", "5"}, "NotOpen");
  refused({"deposit", "alice", "0"}, "AmountNotPositive");
  refused({"withdraw", "alice", "50.01"}, "InsufficientFunds");
  refused({"transfer", "alice", "bob", "80"}, "InsufficientFunds");
  refused({"transfer", "alice", "nobody", "5"}, "NotOpen");
  refused({"transfer", "alice", "alice", "5"}, "SameAccount");
  refused({"transfer", "alice", "Account-alice", "5"}, "SameAccount");
  EXPECT_EQ(told({"balance", "alice"}), "50.00\n");
}

TEST_F(BankProgram, lets_a_balance_fall_to_the_limit_and_no_further) {
  told({"open", "alice", "--overdraft", "100"});
  told({"withdraw", "alice", "80"});
  EXPECT_EQ(told({"balance", "alice"}), "-80.00\n");
  EXPECT_EQ(bank({"withdraw", "alice", "20.01"}).exit, Exit::Refused);
  EXPECT_EQ(bank({"limit", "alice", "50"}).exit, Exit::Refused) << "more is owed";
  told({"limit", "alice", "200"});
  told({"withdraw", "alice", "120"});
  EXPECT_EQ(told({"balance", "alice"}), "-200.00\n");
  EXPECT_EQ(told({"limit", "alice", "200"}), "nothing needed to happen\n");
}

TEST_F(BankProgram, pays_out_what_is_left_and_closes) {
  told({"open", "alice"});
  told({"deposit", "alice", "50"});
  told({"close", "alice"});
  EXPECT_EQ(told({"balance", "alice"}), "0.00\n");
  EXPECT_EQ(bank({"deposit", "alice", "5"}).exit, Exit::Refused);
  EXPECT_EQ(told({"close", "alice"}), "nothing needed to happen\n");
}

// ---- the books

TEST_F(BankProgram, reads_numbers_in_decimal_or_not_at_all) {
  told({"open", "alice"});
  for (int i = 1; i <= 10; ++i) told({"deposit", "alice", "1"});
  EXPECT_EQ(told({"balance", "alice", "--revision", "010"}), "10.00\n") << "and not 8";
  EXPECT_EQ(told({"balance", "alice", "--revision", "9"}), "9.00\n");
  for (const auto* none : {"0x9", "-1", "1e1", "", "18446744073709551616"})
    EXPECT_EQ(bank({"balance", "alice", "--revision", none}).exit, Exit::Usage) << none;
  EXPECT_EQ(bank({"audit", "alice", "--last", "0x1"}).exit, Exit::Usage);
  for (const auto* many : {"0", "1025", "0x8"})
    EXPECT_EQ(bank({"simulate", "--customers", many}).exit, Exit::Usage) << many;
}

TEST_F(BankProgram, names_an_account_a_revision_or_a_time_that_is_not_there) {
  told({"open", "alice"});
  const auto nobody = bank({"audit", "nobody"});
  EXPECT_EQ(nobody.exit, Exit::World);
  EXPECT_THAT(nobody.err, HasSubstr("there is no account 'nobody'"));
  const auto revision = bank({"balance", "alice", "--revision", "7"});
  EXPECT_EQ(revision.exit, Exit::World);
  EXPECT_THAT(revision.err, HasSubstr("no revision 7"));
  const auto time = bank({"balance", "alice", "--as-of", "yesterday"});
  EXPECT_EQ(time.exit, Exit::Usage);
  EXPECT_THAT(time.err, HasSubstr("'yesterday' is no time"));
}

// A store with a saved state of alice, and that state's file.
struct WithSnapshot : BankProgram {
  WithSnapshot() {
    {
      daybook::StoreOptions options;
      options.snapshot_every.events = 10;
      const auto store = at.open(std::move(options));
      const auto alice = store.stream<Account>("alice");
      EXPECT_TRUE(alice.execute(Open{"Alice"}));
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(alice.execute(Deposit{1_eur}));
    }
    for (const auto& file : std::filesystem::recursive_directory_iterator(at.file("store/snapshots")))
      if (file.is_regular_file()) files.push_back(file.path());
    std::ranges::sort(files);
    EXPECT_FALSE(files.empty());
  }
  std::vector<std::filesystem::path> files;
};

TEST_F(WithSnapshot, sound_states_are_verified) {
  EXPECT_THAT(told({"verify-snapshots"}), MatchesRegex("([0-9]+) saved states, ([0-9]+) of them sound\n"));
  EXPECT_THAT(told({"verify-snapshots"}), Not(HasSubstr(" 0 of them")));
}

TEST_F(WithSnapshot, a_state_of_a_wrong_evolve_is_found_under_right_checksums) {
  {
    auto saved = daybook::snapshot::DirectorySnapshots(daybook::io::posix_files(), at.file("store/snapshots"));
    const auto infos = saved.list([](std::string_view, const daybook::Error&) {});
    ASSERT_TRUE(infos && !infos->empty());
    std::string state;
    ASSERT_TRUE(daybook::codec::encode_avro(Account{true, "Alice", 1'000_eur, {}}, state));
    ASSERT_TRUE(saved.save(infos->back(), state));
  }
  EXPECT_NE(told({"balance", "alice"}), "20.00\n") << "it is believed";
  const auto ran = bank({"verify-snapshots"});
  EXPECT_EQ(ran.exit, Exit::Damage);
  EXPECT_THAT(ran.out, HasSubstr("Differs   Account-alice before position "));
}

TEST_F(WithSnapshot, whoever_reads_is_told_that_one_was_passed_over) {
  for (const auto& file : files) std::filesystem::resize_file(file, 40);
  const std::vector<std::string> reads[] = {{"balance", "alice"}, {"audit", "alice"}, {"trial-balance"}};
  for (const auto& arguments : reads) {
    const auto ran = bank(arguments);
    EXPECT_EQ(ran.exit, Exit::Ok) << ran.err;
    EXPECT_THAT(ran.err, AllOf(StartsWith("bank: warning: "), HasSubstr(".snapshot"))) << arguments[0];
    EXPECT_THAT(ran.out, HasSubstr("20.00")) << arguments[0];
  }
  const auto unheard = run_program(at, {"balance", "alice", "--store", at.directory()}, {.err = "/dev/full"});
  EXPECT_EQ(unheard.exit, Exit::Ok);
  EXPECT_EQ(unheard.out, "20.00\n");
}

// ---- many at once

TEST_F(BankProgram, simulates_the_same_from_the_same_seed) {
  // One customer: what several ask falls in between each other as the moment has it.
  const auto balances = [](const char* seed) {
    const TemporaryStore other;
    const auto bank = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.end(), {"--store", other.directory()});
      const auto ran = run_program(other, std::move(arguments));
      EXPECT_EQ(ran.exit, Exit::Ok) << ran.err;
      return ran.out;
    };
    EXPECT_THAT(bank({"simulate", "--seed", seed, "--customers", "1", "--commands", "60"}),
                HasSubstr("1 customers asked "));
    return bank({"balance", "alice"}) + bank({"balance", "grocer"}) + bank({"trial-balance"});
  };
  const auto seven = balances("7");
  EXPECT_THAT(seven, EndsWith("the books balance\n"));
  EXPECT_EQ(balances("7"), seven);
  EXPECT_NE(balances("8"), seven);
}

TEST_F(BankProgram, holds_receipts_against_the_store) {
  const auto receipts = at.file("receipts");
  told({"simulate", "--customers", "3", "--commands", "100", "--receipts", receipts});
  EXPECT_THAT(told({"receipts", receipts}), HasSubstr("each once, where its receipt says"));
  std::ofstream(receipts, std::ios::app)
      << R"({"customer":"eve","number":0,"command":"Deposit","command_id":"0196b1f0-0000-7000-8000-000000000000",)"
      << R"("position":1,"revision":1})" << "\n";
  const auto ran = bank({"receipts", receipts});
  EXPECT_EQ(ran.exit, Exit::Damage);
  EXPECT_THAT(ran.out, HasSubstr("eve's Deposit number 0, acknowledged at position 1: is not in the log"));
  EXPECT_EQ(bank({"receipts", at.file("none")}).exit, Exit::World);
}

constexpr std::string_view kTable =
    "trans_id,account_id,date,type,operation,amount,balance,k_symbol,bank,account\n"
    "1,7,1993-01-05,PRIJEM,VKLAD,100.00,100.00,,,\n"
    "2,7,1993-01-05,VYDAJ,VYBER,30.00,70.00,,,\n"
    "3,7,1993-01-31,PRIJEM,,0.35,70.30,UROK,,\n";

std::string packed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST_F(BankProgram, imports_a_table_once_however_often_and_however_it_is_packed) {
  const auto first = told({"import", "--check", written("trans.csv", kTable)});
  EXPECT_THAT(first, HasSubstr("transactions: rows 3, known 0, matched 2, adjusted 1, accounts 1\n"));
  EXPECT_THAT(first, HasSubstr("by revision: 3 of 3 rows"));
  EXPECT_THAT(first, HasSubstr("by date: 2 of 2 account-days"));
  EXPECT_EQ(told({"balance", "7"}), "70.30\n");
  EXPECT_EQ(told({"balance", "7", "--as-of", "1993-01-05"}), "70.00\n");
  EXPECT_EQ(told({"balance", "7", "--as-of", "1993-01-04T23:59:59Z"}), "0.00\n");
  const auto audit = told({"audit", "7"});
  EXPECT_THAT(audit, HasSubstr("BalanceCorrected"));

  const auto again = told({"import", written("trans.csv.zst", packed(kTable))});
  EXPECT_THAT(again, HasSubstr("transactions: rows 3, known 3,"));
  EXPECT_EQ(told({"audit", "7"}), audit) << "nothing was appended";
}

TEST_F(BankProgram, names_file_line_and_value_of_a_row_that_is_none) {
  const auto wrong = [&](std::string_view row, const std::vector<std::string>& named) {
    const auto file = written("trans.csv", std::string(kTable) + std::string(row) + "\n");
    const auto ran = bank({"import", file});
    EXPECT_EQ(ran.exit, Exit::Usage) << row;
    EXPECT_THAT(ran.err, HasSubstr(file + ":5"));
    for (const auto& word : named) EXPECT_THAT(ran.err, HasSubstr(word));
  };
  wrong("4,7,1993-02-30,PRIJEM,VKLAD,1.00,71.30,,,", {"date", "1993-02-30"});
  wrong("4,7,1993-02-01,PRIJEM,VKLAD,1.0.0,71.30,,,", {"amount", "1.0.0"});
  wrong("4,7,1993-02-01,DAR,VKLAD,1.00,71.30,,,", {"type", "DAR"});
  wrong("x,7,1993-02-01,PRIJEM,VKLAD,1.00,71.30,,,", {"trans_id", "x"});
  wrong("4,7,1993-02-01", {"3 cells"});
  wrong("4,\"7,1993-02-01,PRIJEM,VKLAD,1.00,71.30,,,", {"quotation mark"});
  EXPECT_FALSE(std::filesystem::exists(at.directory())) << "a table is read whole before anything is appended";
}

TEST_F(BankProgram, refuses_a_file_that_is_no_table_or_a_broken_archive) {
  EXPECT_EQ(bank({"import", at.file("none")}).exit, Exit::World);
  EXPECT_EQ(bank({"import", written("empty", "")}).exit, Exit::Usage);
  const auto shopping = bank({"import", written("list", "what,how_many\nmilk,2\n")});
  EXPECT_EQ(shopping.exit, Exit::Usage);
  EXPECT_THAT(shopping.err, HasSubstr("list"));
  auto archive = packed(kTable);
  archive.resize(archive.size() / 2);
  const auto torn = bank({"import", written("torn.zst", archive)});
  EXPECT_EQ(torn.exit, Exit::Usage) << torn.err;
  EXPECT_THAT(torn.err, HasSubstr("torn.zst"));
  EXPECT_FALSE(std::filesystem::exists(at.directory()));
}

TEST_F(BankProgram, refuses_a_row_that_comes_with_another_amount_than_before) {
  told({"import", written("trans.csv", kTable)});
  std::string changed(kTable);
  changed.replace(changed.find("30.00,70.00"), 11, "31.00,69.00");
  const auto ran = bank({"import", written("trans.csv", changed)});
  EXPECT_EQ(ran.exit, Exit::World);
  EXPECT_THAT(ran.err, HasSubstr("IdConflict"));
  EXPECT_EQ(told({"balance", "7"}), "70.30\n");
}

}  // namespace
}  // namespace bank
