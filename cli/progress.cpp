#include "cli/progress.hpp"

#include <fmt/format.h>
#include <cmath>

#include <array>

namespace daybook::cli {
namespace {

constexpr auto kOnTerminal = std::chrono::milliseconds(200);
constexpr auto kElsewhere = std::chrono::seconds(10);  // a log file wants few lines

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string time_text(std::chrono::duration<double> time) {
  const auto seconds = static_cast<std::uint64_t>(std::llround(time.count()));
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

void Progress::at(std::uint64_t done, std::uint64_t of, std::uint64_t events) {
  const auto now = now_();
  if (now - told_ < (terminal_.err ? Clock::duration(kOnTerminal) : Clock::duration(kElsewhere))) return;
  told_ = now;
  const std::chrono::duration<double> passed = now - began_;
  const auto share = of == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(of);
  const auto rate = static_cast<double>(done) / passed.count();
  const std::chrono::duration<double> left(rate > 0 ? static_cast<double>(of - std::min(done, of)) / rate : 0.0);
  const auto amount = [&](std::uint64_t n) { return by_ == By::Bytes ? size_text(n) : fmt::to_string(n); };
  const auto text =
      fmt::format("{} {}{} of {} ({:.0f}%), {}{}/s, {} left", what_,
                  by_ == By::Bytes ? fmt::format("{} events, ", events) : "", amount(done), amount(of), 100 * share,
                  amount(static_cast<std::uint64_t>(rate)), by_ == By::Bytes ? "" : " events", time_text(left));
  if (terminal_.err) {
    say(fmt::format("\r{}\x1b[K", text));
    shown_ = true;
  } else {
    say(text + "\n");
  }
}

void Progress::clear() {
  if (shown_) say("\r\x1b[K");
  shown_ = false;
}

}  // namespace daybook::cli
