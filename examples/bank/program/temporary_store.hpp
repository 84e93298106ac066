// A store in a directory of its own, for tests: gone with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "daybook/open.hpp"

namespace bank {

class TemporaryStore {
 public:
  TemporaryStore() {
    std::string name = (std::filesystem::temp_directory_path() / "bank-XXXXXX").string();
    if (!::mkdtemp(name.data())) ADD_FAILURE() << "no temporary directory " << name;
    directory_ = name;
  }
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;
  ~TemporaryStore() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string file(const char* name) const { return directory_ / name; }
  std::string directory() const { return file("store"); }
  daybook::Store open(daybook::StoreOptions options = {}) const {
    auto store = daybook::open(directory(), std::move(options));
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace bank
