// A key whose views lie deeper: in what may be there, in a list, in one of several things.
// expect: the key of a view owns what it is made of
// expect: Key = std::(__1::)?optional<std::|check_key<std::(__1::)?optional<
// expect: Key = std::(__1::)?vector<std::|check_key<std::(__1::)?vector<
// expect: Key = std::(__1::)?variant<|check_key<std::(__1::)?variant<
// expect: Key = std::(__1::)?map<|check_key<std::(__1::)?map<
// expect: Key = Path|check_key<Path
#include <daybook/daybook.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#ifdef MISTAKE
using Text = std::string_view;
#else
using Text = std::string;
#endif

struct Opened {
  std::string owner;
};
struct Account {
  using Event = std::variant<Opened>;
};
void evolve(Account&, const Opened&) {}

struct Path {
  std::vector<Path> below;  // recursive
  Text name;
  friend bool operator==(const Path&, const Path&) = default;
  friend bool operator<(const Path& a, const Path& b) { return a.name < b.name; }
  friend bool operator>(const Path& a, const Path& b) { return b < a; }
  friend bool operator<=(const Path& a, const Path& b) { return !(b < a); }
  friend bool operator>=(const Path& a, const Path& b) { return !(a < b); }
};

template <class Key>
struct Accounts {
  using Reads = daybook::from<Account>;
  using Event = std::variant<Opened>;
  static constexpr std::string_view stored_as = "Accounts";
  static Key key(const Opened&) { return {}; }
};
template <class Key>
void evolve(Accounts<Key>&, const Opened&) {}
daybook::Rows<Accounts<std::optional<Text>>> by_optional;
daybook::Rows<Accounts<std::vector<Text>>> by_vector;
daybook::Rows<Accounts<std::variant<int, Text>>> by_variant;
daybook::Rows<Accounts<std::map<Text, int>>> by_map;
daybook::Rows<Accounts<Path>> by_path;
daybook::Rows<Accounts<std::filesystem::path>> by_file;  // a range of paths, endlessly
