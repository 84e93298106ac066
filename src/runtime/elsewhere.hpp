// A thread for a job that none of a store's own threads may run: closing the store whose last handle went on one of
// them.
#pragma once

#include <functional>

#include "daybook/port/executor.hpp"

namespace daybook::runtime {

// Runs each job on a thread of its own. Nothing waits for it but the end of the program, when static objects go that
// are younger than the first call of this function.
std::function<void(Executor::Job)> elsewhere();

}  // namespace daybook::runtime
