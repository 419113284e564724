// SPDX-License-Identifier: Apache-2.0
#include "security/roster.h"

#include <algorithm>

namespace liaison {

KeyId RosterKey::key_id() const {
  if (hint && hint->use == use && hint->key == key) return hint->id;
  return key_id_of(use, key);
}

bool RosterKey::valid_at(std::uint64_t index) const {
  if (index < from) return false;
  switch (status) {
    case KeyStatus::active: return true;
    case KeyStatus::retired: return until && index < *until;
    case KeyStatus::revoked: return trusted_below && index < *trusted_below;
  }
  return false;
}

const RosterMember* Roster::member(const MemberId& id) const {
  const auto at = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.id == id; });
  return at == members.end() ? nullptr : &*at;
}

const RosterKey* Roster::key(std::string_view id) const {
  const auto at = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.id == id; });
  return at == keys.end() ? nullptr : &*at;
}

const RosterKey* Roster::find(KeyUse use, const KeyId& id) const {
  const auto at = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.use == use && k.key_id() == id; });
  return at == keys.end() ? nullptr : &*at;
}

const RosterKey* Roster::newest(const MemberId& member_id, KeyUse use, std::uint64_t index) const {
  const RosterKey* newest = nullptr;
  const auto better = [](const RosterKey& key, const RosterKey& than) {
    if (key.status != than.status) return key.status == KeyStatus::active;
    return key.from > than.from || (key.from == than.from && key.id > than.id);
  };
  for (const auto& key : keys) {
    if (key.member != member_id || key.use != use || key.status == KeyStatus::revoked || !key.valid_at(index)) continue;
    if (newest == nullptr || better(key, *newest)) newest = &key;
  }
  return newest;
}

std::vector<const RosterKey*> Roster::keys_of(const MemberId& member_id, KeyUse use) const {
  std::vector<const RosterKey*> out;
  for (const auto& key : keys) {
    if (key.member == member_id && key.use == use) out.push_back(&key);
  }
  return out;
}

}  // namespace liaison
