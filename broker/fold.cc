// SPDX-License-Identifier: Apache-2.0
#include "broker/fold.h"

#include "schemas/message.h"

namespace liaison {

namespace {
}

const Chain* Fold::latest(const MemberId& member) const {
  const Chain* found = nullptr;
  for (const auto& [key, chain] : chains) {
    if (chain.member == member && (found == nullptr || chain.last_index > found->last_index)) found = &chain;
  }
  return found;
}

std::uint64_t day_of(TimeMs time_ms) { return time_ms / kDayMs; }

UsageKey usage_key(TimeMs accept_time_ms, const MemberId& member, std::string_view kind) {
  return {day_of(accept_time_ms), member, std::string(schema_id_of(kind) ? kind : "other")};
}

void fold_in(Fold& fold, const Entry& entry) {
  if (!entry.is_frame()) return;
  const auto [place, fresh] = fold.chains.try_emplace(entry.key_id);
  Chain& chain = place->second;
  if (fresh) {
    chain.member = entry.sender;
    chain.first_index = entry.leaf.index;
  }
  chain.last_index = entry.leaf.index;
  chain.sequence = entry.sequence;
  chain.message_id = entry.message_id;
  Usage& usage = fold.usage[usage_key(entry.leaf.accept_time_ms, entry.sender, entry.kind)];
  usage.messages += 1;
  usage.bytes += entry.body.size();
}

Fold touched_by(const Fold& fold, const std::vector<Entry>& entries) {
  Fold touched;
  for (const Entry& entry : entries) {
    if (!entry.is_frame()) continue;
    touched.chains.insert(*fold.chains.find(entry.key_id));
    touched.usage.insert(*fold.usage.find(usage_key(entry.leaf.accept_time_ms, entry.sender, entry.kind)));
  }
  return touched;
}

}  // namespace liaison
