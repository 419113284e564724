// SPDX-License-Identifier: Apache-2.0
// Who this node is and whom it trusts from the start: its private keys and the rosters pinned at enrolment. Read once at
// start from the node's folder (keys/, trust/) and never changed while the process runs; a new key file is read at the
// next start.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "schemas/result.h"
#include "security/frame.h"
#include "security/keys.h"
#include "security/roster.h"

namespace liaison {

struct Identity {
  MemberId member;
  std::vector<SigningKey> sign;        // the current key and, while it is rotated, the next
  std::vector<AgreementKey> hpke;      // older ones too: what was sealed to them must open
  AgreementKey curve;
  std::vector<TrustedRoster> pinned;   // versions 1..n, checked one after the other
  std::optional<std::string> policy;   // as given at enrolment, for plans made before the first contact
  NetworkId network{};

  const Hash& genesis() const { return pinned.front().text_hash; }
  const Roster& newest_pinned() const { return pinned.back().roster; }
  // nullptr when this node does not hold the private key.
  const SigningKey* signing(const PublicKey& key) const;
  const AgreementKey* opening(const KeyId& key_id) const;
  bool signs_with(const KeyId& key_id) const { return own_sign_key(key_id) != nullptr; }
  const SigningKey* own_sign_key(const KeyId& key_id) const;
};

// keys/{sign*.pem, hpke*.pem, curve.key}, trust/{genesis.sha256, roster-1.note ..., policy-1.policy}. kUnknown for a missing
// file, kRoster when the notes do not follow one another, do not begin with the pinned fingerprint or do not name this
// member; kPassphrase, kPermission and kKey from the key files.
Result<Identity> open_identity(const std::filesystem::path& folder, const MemberId& member, const Secret& passphrase);
// trust/ alone; used by open_identity.
Result<std::vector<TrustedRoster>> read_pinned(const std::filesystem::path& trust);

}  // namespace liaison
