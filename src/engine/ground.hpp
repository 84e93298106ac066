// What every part of the engine stands on: the ports, and what is made of them alone.
#pragma once

#include <memory>

#include "engine/engine.hpp"
#include "engine/loader.hpp"
#include "engine/schema_book.hpp"

namespace daybook::engine {

struct Ground : Parts {
  explicit Ground(Parts parts) : Parts(std::move(parts)) {}

  std::shared_ptr<SchemaBook> schemas = std::make_shared<SchemaBook>(log);
  codec::Resolvers resolvers{*schemas};
  Loader loader{*log, resolvers, snapshots.get(), options.on_warning};

  void warn(std::string where, Error what) const {
    if (options.on_warning) options.on_warning({std::move(where), std::move(what)});
  }
};

}  // namespace daybook::engine
