// Where in a value something went wrong, put together on the way out of it: "Order.lines[3].price: …".
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace daybook::codec {

class Failure {
 public:
  // Each returns false, so that a decoder can `return failure.set(…)`. The first one said counts.
  bool set(std::string what) {
    if (what_.empty()) what_ = std::move(what);
    return false;
  }
  bool within(std::string_view name) {
    if (!path_.empty() && path_.front() != '[') path_.insert(0, 1, '.');
    path_.insert(0, name);
    return false;
  }
  bool within_item(std::size_t index) { return within("[" + std::to_string(index) + "]"); }

  bool is_set() const { return !what_.empty(); }
  std::string text() const { return path_.empty() ? what_ : path_ + ": " + what_; }

 private:
  std::string what_;
  std::string path_;
};

}  // namespace daybook::codec
