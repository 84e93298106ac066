// The language: what a domain includes to say its events, states and rules. No I/O, no threads.
//
//     #include <daybook/daybook.hpp>
//
// A program that runs a domain on a store also includes <daybook/store.hpp>, its tests <daybook/given.hpp>.
#pragma once

#include "daybook/aggregate.hpp"
#include "daybook/decision.hpp"
#include "daybook/event.hpp"
#include "daybook/name.hpp"
#include "daybook/query.hpp"
#include "daybook/reflect.hpp"
#include "daybook/result.hpp"
#include "daybook/tags.hpp"
#include "daybook/types.hpp"
#include "daybook/view.hpp"
