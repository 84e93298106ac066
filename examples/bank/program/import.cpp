#include "program/import.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "daybook/provenance.hpp"
#include "ledger.hpp"
#include "program/report.hpp"

namespace bank {
namespace {

using daybook::ErrorCode;
using daybook::fail;
using daybook::Uuid;

// So that no other program's ids are ours. Never changed: what was imported is known by it.
constexpr Uuid kSpace{{0x6b, 0x1f, 0x0c, 0x52, 0x9d, 0x3e, 0x4a, 0x77, 0x8e, 0x21, 0x5c, 0xb0, 0x44, 0x90, 0xda, 0x13}};
constexpr const char* kActor = "import";
constexpr std::string_view kCause = "transaction ";

Uuid id_of(std::string_view table, std::string_view key) {
  return daybook::derived_uuid(kSpace, fmt::format("{}/{}", table, key));
}
Uuid id_of(const berka::Row& row) { return id_of("trans", std::to_string(row.trans_id)); }

daybook::AppendOptions how(std::optional<std::chrono::sys_days> date, std::string cause, daybook::Expect expected) {
  daybook::AppendOptions options;
  options.expected = expected;
  options.actor = kActor;
  options.causation_id = std::move(cause);
  if (date) options.occurred = *date;
  return options;
}

// Keeps so many batches on their way that the disk is never waited for one by one. One thread adds.
class Pipeline {
 public:
  explicit Pipeline(const daybook::Store& store) : store_(store) {}
  ~Pipeline() { (void)finish(); }

  // `known` is counted up if the batch turns out to be there already; it must live until finish().
  daybook::Status add(daybook::Batch batch, std::uint64_t& known) {
    {
      std::unique_lock lock(mutex_);
      moved_.wait(lock, [&] { return in_flight_ < kMost; });
      if (error_) return std::unexpected(*error_);
      ++in_flight_;
    }
    store_.submit(std::move(batch), [this, &known](const daybook::Outcome& outcome) {
      std::lock_guard lock(mutex_);
      if (!outcome && !error_) error_ = outcome.error();
      if (outcome && outcome->repeated) ++known;
      --in_flight_;
      moved_.notify_one();
    });
    return {};
  }
  daybook::Status finish() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return in_flight_ == 0; });
    if (error_) return std::unexpected(*error_);
    return {};
  }

 private:
  static constexpr std::size_t kMost = 8192;
  const daybook::Store& store_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::size_t in_flight_ = 0;
  std::optional<daybook::Error> error_;
};

// ---- what is there already ---------------------------------------------------------------------------------------

struct Entry {
  Money change;
  daybook::Time occurred;
  daybook::Revision revision;
};
struct Known {
  std::map<Uuid, Entry> entries;  // by the ids of their events
  std::uint64_t events = 0;
  Money imported;  // what the rows that were imported come to, with their corrections

  const Entry* find(const Uuid& batch, std::uint32_t index) const {
    const auto at = entries.find(daybook::event_id_of(batch, index));
    return at == entries.end() ? nullptr : &at->second;
  }
};

// An event of a row, and none that somebody only says is one.
bool is_imported(const daybook::Envelope& at) {
  const auto by = daybook::provenance(at);
  if (!by.causation_id.starts_with(kCause)) return false;
  const auto row = id_of("trans", std::string_view(by.causation_id).substr(kCause.size()));
  return at.id == daybook::event_id_of(row, 0) || at.id == daybook::event_id_of(row, 1);
}

daybook::Result<Known> known_of(const daybook::Stream<Account>& account) {
  auto history = account.history();
  if (!history) return std::unexpected(history.error());
  Known known;
  for (;;) {
    auto entry = history->next();
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return known;
    const auto& at = (*entry)->at;
    const auto by = std::visit([](const auto& event) { return change(event); }, (*entry)->event);
    known.entries[at.id] = {by, at.occurred, at.revision};
    if (is_imported(at)) known.imported += by;
    ++known.events;
  }
}

// ---- the tables of facts -----------------------------------------------------------------------------------------

template <class A, class E>
daybook::Status import_facts(const daybook::Store& store, const berka::Facts<E>& table, Pipeline& pipeline,
                             std::uint64_t& known) {
  for (const auto& fact : table.rows) {
    const auto stream = store.stream<A>(fact.id);
    daybook::Batch batch(store, id_of(daybook::category_name<A>(), fact.id));
    batch.add(stream, fact.event, how(fact.date, {}, daybook::Expect::none()));
    if (auto added = pipeline.add(std::move(batch), known); !added) return added;
  }
  return {};
}

daybook::Batch opening(const daybook::Store& store, const std::string& account, std::chrono::sys_days date) {
  daybook::Batch batch(store, id_of("account", account));
  batch.add(store.stream<Account>(account), Opened{"holder of " + account, {}}, how(date, {}, daybook::Expect::none()));
  return batch;
}

// ---- the transactions --------------------------------------------------------------------------------------------

// An account while its rows are read.
struct Book {
  Known known;
  Money balance;  // of what was imported, up to the row at hand
  std::uint64_t next_revision = 0;
};

class Transactions {
 public:
  Transactions(const daybook::Store& store, const berka::Transactions& table, Imported& told)
      : store_(store), table_(table), told_(told) {}

  // `repeated` is as Pipeline::add() has it.
  daybook::Status run(std::uint64_t& repeated, Pipeline& pipeline) {
    for (const auto& row : table_.rows) {
      if (!seen_.insert(row.trans_id).second)
        return wrong(row, ErrorCode::InvalidArgument, fmt::format("trans_id {} stands there twice", row.trans_id));
      auto [at, is_new] = books_.try_emplace(row.account);
      if (is_new)
        if (auto opened = open(row, at->second, pipeline); !opened) return opened;
      // The table goes on from the tables before it, so what is known of its own rows comes to the balance with them.
      for (const std::uint32_t i : {0u, 1u})
        if (const auto* entry = at->second.known.find(id_of(row), i)) at->second.balance -= entry->change;
    }
    for (const auto& row : table_.rows)
      if (auto taken = take(row, books_.at(row.account), repeated, pipeline); !taken) return taken;
    told_.rows += table_.rows.size();
    for (const auto& [account, book] : books_) told_.accounts.insert(account);
    return {};
  }
  std::uint64_t known() const { return known_; }

 private:
  std::unexpected<daybook::Error> wrong(const berka::Row& row, ErrorCode code, std::string what) const {
    return fail(code, fmt::format("{}:{}: {}", table_.file, row.line, what));
  }

  daybook::Status open(const berka::Row& row, Book& book, Pipeline& pipeline) {
    auto there = known_of(store_.stream<Account>(row.account));
    if (!there) return std::unexpected(there.error());
    book.known = std::move(*there);
    book.next_revision = book.known.events;
    book.balance = book.known.imported;
    if (book.known.events == 0) {
      book.next_revision = 1;
      return pipeline.add(opening(store_, row.account, row.date), ignored_);
    }
    if (book.known.find(id_of("account", row.account), 0)) return {};
    return wrong(row, ErrorCode::Conflict,
                 fmt::format("there is an account {} already that was not imported", row.account));
  }

  daybook::Status take(const berka::Row& row, Book& book, std::uint64_t& repeated, Pipeline& pipeline) {
    const auto id = id_of(row);
    if (const auto* entry = book.known.find(id, 0)) {
      if (entry->change != row.amount || entry->occurred != daybook::Time(row.date))
        return wrong(row, ErrorCode::IdConflict,
                     fmt::format("transaction {} is {} on {} here; it was imported as {} on {}", row.trans_id,
                                 to_text(row.amount), to_text(daybook::Time(row.date)), to_text(entry->change),
                                 to_text(entry->occurred)));
      const auto* correction = book.known.find(id, 1);
      ++(correction ? told_.adjusted : told_.matched);
      book.balance += entry->change;
      if (correction) book.balance += correction->change;
      ++known_;
      return {};
    }

    const auto comes_to = checked_sum(book.balance, row.amount);
    const auto residual = comes_to ? checked_difference(row.balance, *comes_to) : std::nullopt;
    if (!residual)
      return wrong(
          row, ErrorCode::InvalidArgument,
          fmt::format("{} and {} are more than an account can hold", to_text(book.balance), to_text(row.amount)));
    const auto account = store_.stream<Account>(row.account);
    const auto behind = daybook::Expect::exactly(daybook::Revision{book.next_revision - 1});
    const auto options = how(row.date, fmt::format("{}{}", kCause, row.trans_id), behind);
    daybook::Batch batch(store_, id);
    if (row.amount < Money{})
      batch.add(account, Withdrawn{-row.amount, row.reason}, options);
    else
      batch.add(account, Deposited{row.amount, row.reason}, options);
    if (*residual != Money{})
      batch.add(account,
                BalanceCorrected{*residual, fmt::format("the bank's own balance is {}, the entries came to {}",
                                                        to_text(row.balance), to_text(*comes_to))},
                options);
    book.balance = row.balance;
    book.next_revision += batch.size();
    ++(*residual == Money{} ? told_.matched : told_.adjusted);
    return pipeline.add(std::move(batch), repeated);
  }

  const daybook::Store& store_;
  const berka::Transactions& table_;
  Imported& told_;
  std::map<std::string, Book> books_;
  std::set<std::uint64_t> seen_;
  std::uint64_t known_ = 0;
  std::uint64_t ignored_ = 0;
};

daybook::Status import_table(const daybook::Store& store, const berka::Table& table, Imported& told) {
  Imported::Table counts;
  std::uint64_t ignored = 0;
  Pipeline pipeline(store);
  auto done = std::visit(
      [&]<class T>(const T& one) -> daybook::Status {
        counts.file = one.file;
        counts.rows = one.rows.size();
        if constexpr (std::same_as<T, berka::Transactions>) {
          Transactions transactions(store, one, told);
          auto run = transactions.run(counts.known, pipeline);
          auto finished = pipeline.finish();  // what its completions count must outlive them
          counts.known += transactions.known();
          told.known += counts.known;
          return run ? finished : run;
        } else if constexpr (std::same_as<T, berka::Facts<ContractSigned>>) {
          for (const auto& fact : one.rows)
            if (auto added = pipeline.add(opening(store, fact.id, *fact.date), ignored); !added) return added;
          return import_facts<Contract>(store, one, pipeline, counts.known);
        } else if constexpr (std::same_as<T, berka::Facts<ClientRegistered>>) {
          return import_facts<Client>(store, one, pipeline, counts.known);
        } else if constexpr (std::same_as<T, berka::Facts<AccessGranted>>) {
          return import_facts<Disposition>(store, one, pipeline, counts.known);
        } else if constexpr (std::same_as<T, berka::Facts<StandingOrderPlaced>>) {
          return import_facts<StandingOrder>(store, one, pipeline, counts.known);
        } else if constexpr (std::same_as<T, berka::Facts<LoanGranted>>) {
          return import_facts<Loan>(store, one, pipeline, counts.known);
        } else if constexpr (std::same_as<T, berka::Facts<CardIssued>>) {
          return import_facts<Card>(store, one, pipeline, counts.known);
        } else {
          return import_facts<District>(store, one, pipeline, counts.known);
        }
      },
      table);
  if (auto finished = pipeline.finish(); !finished) return finished;
  if (done) told.tables.push_back(std::move(counts));
  return done;
}

}  // namespace

daybook::Result<Imported> import_tables(const daybook::Store& store, const std::vector<berka::Table>& tables) {
  Imported told;
  // The tables as berka::Table lists them: accounts are opened before their transactions, whatever order the files had.
  for (std::size_t kind = 0; kind < std::variant_size_v<berka::Table>; ++kind)
    for (const auto& table : tables)
      if (table.index() == kind)
        if (auto done = import_table(store, table, told); !done) return std::unexpected(done.error());
  return told;
}

// ---- checking ----------------------------------------------------------------------------------------------------

namespace {

class Checking {
 public:
  Checking(const daybook::Store& store, Checked& told) : store_(store), told_(told) {}

  daybook::Status run(const std::string& account, const std::vector<const berka::Row*>& rows) {
    const auto stream = store_.stream<Account>(account);
    auto known = known_of(stream);
    if (!known) return std::unexpected(known.error());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& row = *rows[i];
      ++told_.rows;
      const auto* entry = known->find(id_of(row), 1);
      if (!entry) entry = known->find(id_of(row), 0);
      if (!entry)
        differs(fmt::format("transaction {} is not in the store", row.trans_id));
      else if (auto compared = compare(stream, entry->revision, row, told_.rows_equal,
                                       fmt::format("at revision {}", entry->revision.value));
               !compared)
        return compared;
      if (i + 1 < rows.size() && rows[i + 1]->date == row.date) continue;
      ++told_.days;
      const daybook::AsOf evening{row.date + std::chrono::days(1) - std::chrono::nanoseconds(1), daybook::by_occurred};
      if (auto compared = compare(stream, evening, row, told_.days_equal,
                                  fmt::format("as of the end of {}", to_text(daybook::Time(row.date))));
          !compared)
        return compared;
    }
    return {};
  }

 private:
  daybook::Status compare(const daybook::Stream<Account>& account, const daybook::Moment& moment, const berka::Row& row,
                          std::uint64_t& equal, const std::string& when) {
    const auto state = account.state(moment);
    if (!state) return std::unexpected(state.error());
    if (state->balance == row.balance)
      ++equal;
    else
      differs(fmt::format("account {} holds {} {}; the bank says {} after transaction {}", row.account,
                          to_text(state->balance), when, to_text(row.balance), row.trans_id));
    return {};
  }
  void differs(std::string what) {
    if (told_.first_difference.empty()) told_.first_difference = std::move(what);
  }

  const daybook::Store& store_;
  Checked& told_;
};

}  // namespace

daybook::Result<Checked> check_tables(const daybook::Store& store, const std::vector<berka::Table>& tables) {
  std::map<std::string, std::vector<const berka::Row*>> by_account;
  for (const auto& table : tables)
    if (const auto* transactions = std::get_if<berka::Transactions>(&table))
      for (const auto& row : transactions->rows) by_account[row.account].push_back(&row);
  Checked told;
  Checking checking(store, told);
  for (const auto& [account, rows] : by_account)
    if (auto checked = checking.run(account, rows); !checked) return std::unexpected(checked.error());
  return told;
}

}  // namespace bank
