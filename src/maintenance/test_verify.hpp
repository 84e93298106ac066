// What verify says of a store, collected: for the tests of maintenance.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "maintenance/verify.hpp"

namespace daybook::maintenance {

struct Looked {
  Verified sum;
  std::vector<Finding> findings;
  std::vector<std::string> notes;
};

inline Looked look(io::Files& files, const std::string& store, const Snapshots* snapshots = nullptr,
                   const Checkpoints* checkpoints = nullptr) {
  Looked out;
  VerifyOptions options;
  options.snapshots = snapshots;
  options.checkpoints = checkpoints;
  options.found = [&](const Finding& f) { out.findings.push_back(f); };
  options.note = [&](const std::string& text) { out.notes.push_back(text); };
  const auto verified = verify(files, store, options);
  EXPECT_TRUE(verified) << verified.error().message;
  if (verified) out.sum = *verified;
  return out;
}

inline std::vector<io::Entry> entries_of(io::Files& files, const std::string& directory) {
  auto entries = files.list(directory);
  EXPECT_TRUE(entries) << entries.error().message;
  return entries ? std::move(*entries) : std::vector<io::Entry>{};
}

}  // namespace daybook::maintenance
