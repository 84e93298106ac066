// What the tests of the faulty disk have in common.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.hpp"
#include "sim/faulty_disk.hpp"

namespace daybook::sim {

inline void create(io::Files& files, const std::string& path, std::string_view content) {
  auto file = files.open(path, io::Open::Create);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->write_at(0, base::as_bytes(content)));
  ASSERT_TRUE((*file)->sync());
}

inline std::string names(io::Files& files, const std::string& directory) {
  const auto entries = files.list(directory);
  std::string all;
  if (!entries) return "none ";
  for (const auto& entry : *entries) all += entry.name + " ";
  return all;
}

}  // namespace daybook::sim
