// SPDX-License-Identifier: Apache-2.0
#include "nodes/identity.h"

#include <algorithm>

#include "security/durable.h"

namespace liaison {

namespace {

// Files of a folder whose names begin and end so, sorted.
Result<std::vector<std::filesystem::path>> files_named(const std::filesystem::path& folder, std::string_view begin, std::string_view end) {
  std::vector<std::filesystem::path> out;
  std::error_code trouble;
  for (std::filesystem::directory_iterator at(folder, trouble), last; !trouble && at != last; at.increment(trouble)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) out.push_back(at->path());
  }
  if (trouble) return fail(Code::kUnknown, "there is no folder " + folder.string(), "make the node's folder with `liaison node init`");
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> load_keys(Identity& identity, const std::filesystem::path& keys, const Secret& passphrase) {
  for (const auto& file : TRY(files_named(keys, "sign", ".pem"))) identity.sign.push_back(TRY(load_signing_key(file, passphrase)));
  for (const auto& file : TRY(files_named(keys, "hpke", ".pem"))) identity.hpke.push_back(TRY(load_agreement_key(file, passphrase)));
  if (identity.sign.empty() || identity.hpke.empty())
    return fail(Code::kUnknown, keys.string() + " holds no sign.pem or no hpke.pem", "make the node's keys with `liaison node init`");
  identity.curve = TRY(load_curve_key(keys / "curve.key"));
  return {};
}

}  // namespace

const SigningKey* Identity::signing(const PublicKey& key) const {
  const auto at = std::find_if(sign.begin(), sign.end(), [&](const SigningKey& own) { return own.public_key() == key; });
  return at == sign.end() ? nullptr : &*at;
}

const SigningKey* Identity::own_sign_key(const KeyId& key_id) const {
  const auto at = std::find_if(sign.begin(), sign.end(), [&](const SigningKey& own) { return key_id_of(KeyUse::sign, own.public_key()) == key_id; });
  return at == sign.end() ? nullptr : &*at;
}

const AgreementKey* Identity::opening(const KeyId& key_id) const {
  const auto at = std::find_if(hpke.begin(), hpke.end(), [&](const AgreementKey& own) { return key_id_of(KeyUse::hpke, own.public_key()) == key_id; });
  return at == hpke.end() ? nullptr : &*at;
}

Result<std::vector<TrustedRoster>> read_pinned(const std::filesystem::path& trust) {
  const char* hint = "pin the roster with `liaison node trust --dir D roster-1.note --fingerprint HEX`";
  auto fingerprint = read_file(trust / "genesis.sha256");
  if (!fingerprint) return fail(fingerprint.error().code, "this node has no pinned roster: " + fingerprint.error().what, hint);
  while (!fingerprint->empty() && fingerprint->back() == '\n') fingerprint->pop_back();
  std::vector<TrustedRoster> pinned;
  for (std::uint64_t version = 1;; ++version) {
    const auto file = trust / ("roster-" + std::to_string(version) + ".note");
    auto note = read_file(file);
    if (!note && note.error().code == Code::kUnknown && version > 1) return pinned;
    if (!note) return fail(note.error().code, "this node has no pinned roster: " + note.error().what, hint);
    auto trusted = pinned.empty() ? trust_first_roster(*note) : trust_next_roster(pinned.back(), *note);
    if (!trusted) return within(file.string(), trusted.error());
    if (pinned.empty() && hex(trusted->text_hash) != *fingerprint)
      return fail(Code::kRoster, file.string() + " is not the roster whose fingerprint is pinned in genesis.sha256", hint);
    pinned.push_back(std::move(*trusted));
  }
}

Result<Identity> open_identity(const std::filesystem::path& folder, const MemberId& member, const Secret& passphrase) {
  Identity identity;
  identity.member = member;
  identity.pinned = TRY(read_pinned(folder / "trust"));
  const Roster& first = identity.pinned.front().roster;
  identity.network = network_id_of(first.network, identity.genesis());
  if (identity.newest_pinned().member(member) == nullptr)
    return fail(Code::kRoster, "the pinned roster has no member " + member.str(), "set [node] member to this committee's id in the roster");
  TRY(load_keys(identity, folder / "keys", passphrase));
  auto policy = read_file(folder / "trust" / "policy-1.policy");
  if (policy) identity.policy = std::move(*policy);
  return identity;
}

}  // namespace liaison
