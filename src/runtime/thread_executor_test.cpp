#include "runtime/thread_executor.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <future>
#include <latch>

namespace daybook::runtime {
namespace {

using namespace std::chrono_literals;

TEST(ThreadExecutorTest, one_that_grows_lets_no_job_wait_for_another) {
  ThreadExecutor executor({.threads = 0, .grows = true});
  constexpr int kJobs = 20;
  std::barrier all_at_work(kJobs);
  std::latch over(kJobs);
  for (int i = 0; i < kJobs; ++i) {
    auto job = [&] {
      all_at_work.arrive_and_wait();
      over.count_down();
    };
    if (i % 2 == 0)
      executor.post(job);
    else
      executor.post_after(1ms, job);
  }
  over.wait();
}

TEST(ThreadExecutorTest, one_that_grows_uses_the_threads_it_has) {
  ThreadExecutor executor({.threads = 0, .grows = true});
  for (int i = 0; i < 100; ++i) {
    std::promise<void> ran;
    executor.post([&] { ran.set_value(); });
    ran.get_future().get();
    std::promise<void> ran_later;
    executor.post_after(1us, [&] { ran_later.set_value(); });
    ran_later.get_future().get();
  }
  EXPECT_LT(executor.threads(), 50u);
}

TEST(ThreadExecutorTest, a_delay_may_be_for_ever_or_over_long_ago) {
  ThreadExecutor executor({.threads = 1});
  std::promise<void> ran;
  executor.post_after(std::chrono::nanoseconds::max(), [] { ADD_FAILURE(); });
  executor.post_after(std::chrono::nanoseconds::min(), [&] { ran.set_value(); });
  ran.get_future().get();
}

TEST(ThreadExecutorTest, one_that_does_not_grow_stays_as_it_is) {
  ThreadExecutor executor({.threads = 2});
  std::latch over(50);
  for (int i = 0; i < 50; ++i) executor.post([&] { over.count_down(); });
  over.wait();
  EXPECT_EQ(executor.threads(), 2u);
}

}  // namespace
}  // namespace daybook::runtime
