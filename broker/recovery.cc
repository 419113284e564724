// SPDX-License-Identifier: Apache-2.0
#include "broker/recovery.h"

#include <algorithm>

namespace liaison {

namespace {

constexpr std::size_t kEntriesAtOnce = 256;
constexpr std::size_t kBytesAtOnce = 4 << 20;

Error bad_chain(const RosterKey& key) {
  return fail(Code::kStore, "the stored chain of key " + key.id + " is not that of the entries", "run liaison-broker --rebuild");
}

// A wrong chain would let a sequence be used twice, so that it is compared with the entries at every start.
Result<void> compare_chains(Store& store, const Charter& charter, const Fold& fold) {
  std::size_t known = 0;
  if (charter.roster() == nullptr) return {};
  for (const RosterKey& key : charter.roster()->roster.keys) {
    if (key.use != KeyUse::sign) continue;
    const auto chain = fold.chains.find(key.key_id());
    const std::uint64_t last = chain == fold.chains.end() ? 0 : chain->second.sequence;
    if (TRY(store.find(key.key_id(), last + 1))) return bad_chain(key);
    if (last == 0) continue;
    known += 1;
    const auto place = TRY(store.find(key.key_id(), last));
    const bool same = place && place->index == chain->second.last_index && place->message_id == chain->second.message_id &&
                      chain->second.member == key.member;
    if (!same) return bad_chain(key);
  }
  if (known != fold.chains.size()) return fail(Code::kStore, "the store has a chain of a key that is in no roster", "run liaison-broker --rebuild");
  return {};
}

std::string differences(std::string_view what, std::size_t stored, std::size_t anew) {
  return "the stored " + std::string(what) + " are not what the entries give (" + std::to_string(stored) + " rows stored, " +
         std::to_string(anew) + " folded anew)";
}

std::vector<std::string> compare_folds(const Fold& stored, const Fold& anew) {
  std::vector<std::string> found;
  if (stored.chains != anew.chains) found.push_back(differences("chains", stored.chains.size(), anew.chains.size()));
  if (stored.usage != anew.usage) found.push_back(differences("usage counts", stored.usage.size(), anew.usage.size()));
  return found;
}

}  // namespace

Result<Ledger::Found> recover(Store& store, Ledger& ledger, Exchange& exchange, const Now& now, Ledger::Opening opening) {
  Ledger::Found found = TRY(ledger.open(opening));
  for (const std::uint64_t index : found.charter) {
    const std::vector<Entry> entry = TRY(ledger.entries(index, 1, 0));
    if (entry.empty()) return fail(Code::kStore, place_of(index) + ": the row is missing");
    // It was good when it was accepted, whatever is wrong with it now.
    const auto applied = exchange.apply(entry);
    if (!applied)
      return fail(Code::kStore, place_of(index) + ": " + applied.error().what,
                  "run liaison-broker --fsck, and restore the folder from its last good copy");
  }
  Fold fold = TRY(store.fold(day_of(found.last_accept_ms)));
  TRY(compare_chains(store, exchange.charter(), fold));
  exchange.resume(found.size, found.last_accept_ms, std::move(fold));
  exchange.clock().start(now, found.last_accept_ms);
  if (const TrustedRoster* roster = exchange.charter().roster()) ledger.sign_as(log_origin(roster->roster.network));
  return found;
}

Result<Fold> fold_anew(Store& store) {
  Fold fold;
  const std::uint64_t end = TRY(store.size());
  for (std::uint64_t at = 0; at < end;) {
    const std::vector<Entry> entries = TRY(store.entries(at, kEntriesAtOnce, kBytesAtOnce));
    if (entries.empty()) return fail(Code::kStore, place_of(at) + ": the row is missing");
    for (const Entry& entry : entries) fold_in(fold, entry);
    at += entries.size();
  }
  return fold;
}

Result<std::vector<TileRow>> tiles_anew(Store& store) {
  std::vector<TileRow> rows;
  const std::uint64_t end = TRY(store.size());
  for (std::uint64_t first = 0; first + kTileLeaves <= end; first += kTileLeaves) {
    TileRow row;
    std::vector<Hash> hashes;
    const std::vector<LeafData> leaves = TRY(store.leaves(first, kTileLeaves));
    for (const LeafData& data : leaves) {
      const auto leaf = decode_leaf(data);
      if (!leaf) return fail(Code::kStore, place_of(first + hashes.size()) + ": the leaf is not readable");
      if (leaf->leaf_class != LeafClass::kFrame) row.others.push_back(static_cast<std::uint8_t>(hashes.size()));
      hashes.push_back(leaf_hash(data));
    }
    if (hashes.size() < kTileLeaves) return fail(Code::kStore, place_of(first + hashes.size()) + ": the row is missing");
    row.root = tile_root(std::move(hashes));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> examine(Store& store) {
  std::vector<std::string> found;
  const auto trouble = store.examine();
  if (!trouble) found.push_back(trouble.error().what);
  if (trouble && *trouble) found.push_back(**trouble);
  Meters meters;
  Ledger ledger(store, meters, SigningKey::generate());
  Exchange exchange{QuotaLimits{}};
  const auto recovered = recover(store, ledger, exchange, Now{}, Ledger::Opening::kLook);
  const auto told = [&](const std::string& sentence) { return std::find(found.begin(), found.end(), sentence) != found.end(); };
  if (!recovered && !told(recovered.error().what)) found.push_back(recovered.error().what);
  const auto anew = fold_anew(store);
  const auto stored = store.fold(0);
  if (!stored) found.push_back(stored.error().what);
  if (!anew || !stored) return found;
  for (std::string& difference : compare_folds(*stored, *anew)) found.push_back(std::move(difference));
  return found;
}

Result<std::vector<std::string>> rebuild(Store& store) {
  const Fold anew = TRY(fold_anew(store));
  const auto stored = store.fold(0);
  std::vector<std::string> found;
  if (!stored) found.push_back(stored.error().what);
  if (stored) found = compare_folds(*stored, anew);
  TRY(store.replace_fold(anew));
  const std::vector<TileRow> tiles = TRY(tiles_anew(store));
  const auto kept = store.tiles();
  if (!kept) found.push_back(kept.error().what);
  // The newest may not be stored yet; the next start makes them.
  const bool same = kept && kept->size() <= tiles.size() && std::equal(kept->begin(), kept->end(), tiles.begin());
  if (kept && !same) found.push_back(differences("tiles", kept->size(), tiles.size()));
  TRY(store.replace_tiles(tiles));
  return found;
}

}  // namespace liaison
