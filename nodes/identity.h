// SPDX-License-Identifier: Apache-2.0
// Who this node is and whom it trusts from the start: its private keys and the rosters pinned at enrolment or since. Read
// at start from the node's folder (keys/, trust/). While the process runs sign and hpke keys come (a new file) and go (an
// old hpke key's 30 days are over); a new curve key is used from the next start on. The node's one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <map>
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
  std::vector<AgreementKey> curve;     // the current key and, while it is rotated, the next
  std::map<std::filesystem::path, KeyId> files;   // of keys/, that were read
  std::vector<TrustedRoster> pinned;   // versions 1..n, checked one after the other
  NetworkId network{};

  const Hash& genesis() const { return pinned.front().text_hash; }
  const Roster& newest_pinned() const { return pinned.back().roster; }
  // nullptr when this node does not hold the private key.
  const SigningKey* signing(const PublicKey& key) const;
  const AgreementKey* opening(const KeyId& key_id) const;
  bool signs_with(const KeyId& key_id) const { return own_sign_key(key_id) != nullptr; }
  const SigningKey* own_sign_key(const KeyId& key_id) const;
  // The one to connect with: the newest of those held that the roster names as active, else the first.
  const AgreementKey& connecting(const Roster& roster) const;
};

// keys/{sign*.pem, hpke*.pem, curve*.key}, trust/{genesis.sha256, roster-1.note ...}. kUnknown for a missing
// file, kRoster when the notes do not follow one another, do not begin with the pinned fingerprint or do not name this
// member; kPassphrase, kPermission and kKey from the key files.
Result<Identity> open_identity(const std::filesystem::path& folder, const MemberId& member, const Secret& passphrase);
// trust/ alone; used by open_identity.
Result<std::vector<TrustedRoster>> read_pinned(const std::filesystem::path& trust);
// Puts a roster among the pinned ones. kRoster when another text of this version is there: trust is never replaced.
Result<void> keep_pinned(const std::filesystem::path& trust, const TrustedRoster& roster);

// The files of keys/ that hold private keys of this use, sorted. kUnknown when there is no such folder.
Result<std::vector<std::filesystem::path>> key_files(const std::filesystem::path& keys, KeyUse use);
// Reads the sign and hpke keys that have come since; how many. kKey, kPassphrase, kPermission for a file that cannot be read.
Result<std::uint64_t> take_up_keys(Identity& identity, const std::filesystem::path& keys, const Secret& passphrase);
// Removes an hpke key and its file. kIo.
Result<void> forget_key(Identity& identity, const KeyId& key_id);

}  // namespace liaison
