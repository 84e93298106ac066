// The language: what a domain includes to say its events, states and rules. No I/O, no threads.
//
//     #include <daybook/daybook.hpp>
//
// What else there is to include:
//
//     <daybook/open.hpp>       a store in a directory, and what is done with one: what a program runs a domain on
//     <daybook/given.hpp>      given/when/then, for the domain's tests
//     <daybook/schema.hpp>     the schema lock, the test that old events can still be read
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
