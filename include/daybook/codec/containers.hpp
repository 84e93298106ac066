// What a schema does not say of a struct's containers, since Avro has no words for it: whether an array is a list, a set
// or of a fixed length, and what the keys of a map are besides texts.
//
//     containers_of<Traded>()
//     {"fees[]":"list","tags[]":"set","legs[]":2,"legs[]{}":"int32","by_side{}":["Buy","Sell"],"Line.notes[]":"list"}
//
// By place, as the struct declares them: "[]" is an array and its items, "{}" a map and its values, and a field of a
// struct within is named with that struct. The schema lock keeps it beside the schema (<daybook/schema.hpp>); it stands
// in no log, and nothing is decoded by it.
//
// Any thread may call.
#pragma once

#include <string>

#include "daybook/codec/describe.hpp"

namespace daybook::codec {

// JSON without white space; empty if there is no container in it. `type` is a struct.
std::string containers_in(const Type& type);

template <Storable T>
std::string containers_of() {
  return containers_in(type_of<T>());
}

}  // namespace daybook::codec
