// SPDX-License-Identifier: Apache-2.0
// From a stored log to a running exchange, and what an operator may do about a stored log: examine it, and fold it anew.
// All before any endpoint is bound.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/exchange.h"
#include "broker/ledger.h"
#include "broker/store.h"

namespace liaison {

// Opens the ledger, reads rosters and policies, takes the stored fold and compares it with the entries. kStore naming the
// place of damage, also for a roster or policy that does not follow the ones before it.
Result<Ledger::Found> recover(Store& store, Ledger& ledger, Exchange& exchange, const Now& now,
                              Ledger::Opening opening = Ledger::Opening::kStart);

// All entries folded from the first on, and the tiles of all complete ones.
Result<Fold> fold_anew(Store& store);
Result<std::vector<TileRow>> tiles_anew(Store& store);

// Everything that is wrong with a store, one sentence each; empty when it is whole. Changes nothing.
std::vector<std::string> examine(Store& store);

// Replaces the fold's rows by the entries folded anew, and the tiles. Says what was different; empty when nothing was.
Result<std::vector<std::string>> rebuild(Store& store);

}  // namespace liaison
