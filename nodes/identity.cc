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

Result<void> load_key(Identity& identity, const std::filesystem::path& file, KeyUse use, const Secret& passphrase) {
  if (use == KeyUse::sign) {
    identity.sign.push_back(TRY(load_signing_key(file, passphrase)));
    identity.files[file] = key_id_of(use, identity.sign.back().public_key());
    return {};
  }
  auto& held = use == KeyUse::hpke ? identity.hpke : identity.curve;
  auto key = use == KeyUse::hpke ? load_agreement_key(file, passphrase) : load_curve_key(file);
  if (!key) return std::move(key).error();
  held.push_back(std::move(*key));
  identity.files[file] = key_id_of(use, held.back().public_key());
  return {};
}

Result<void> load_keys(Identity& identity, const std::filesystem::path& keys, const Secret& passphrase) {
  for (const KeyUse use : {KeyUse::sign, KeyUse::hpke, KeyUse::curve}) {
    const auto files = TRY(key_files(keys, use));
    if (files.empty())
      return fail(Code::kUnknown, keys.string() + " holds no " + std::string(word_of(use)) + " key", "make the node's keys with `liaison node init`");
    for (const auto& file : files) TRY(load_key(identity, file, use, passphrase));
  }
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

const AgreementKey& Identity::connecting(const Roster& roster) const {
  const AgreementKey* best = &curve.front();
  std::optional<std::uint64_t> newest;
  for (const AgreementKey& own : curve) {
    const RosterKey* key = roster.find(KeyUse::curve, key_id_of(KeyUse::curve, own.public_key()));
    if (key == nullptr || key->member != member || key->status != KeyStatus::active || (newest && key->from < *newest)) continue;
    newest = key->from;
    best = &own;
  }
  return *best;
}

Result<std::vector<std::filesystem::path>> key_files(const std::filesystem::path& keys, KeyUse use) {
  return files_named(keys, word_of(use), use == KeyUse::curve ? ".key" : ".pem");
}

Result<std::uint64_t> take_up_keys(Identity& identity, const std::filesystem::path& keys, const Secret& passphrase) {
  std::uint64_t taken = 0;
  for (const KeyUse use : {KeyUse::sign, KeyUse::hpke}) {
    for (const auto& file : TRY(key_files(keys, use))) {
      if (identity.files.contains(file)) continue;
      TRY(load_key(identity, file, use, passphrase));
      ++taken;
    }
  }
  return taken;
}

Result<void> forget_key(Identity& identity, const KeyId& key_id) {
  const auto at = std::find_if(identity.files.begin(), identity.files.end(), [&](const auto& file) { return file.second == key_id; });
  if (at == identity.files.end()) return {};
  TRY(remove_durably(at->first));
  identity.files.erase(at);
  std::erase_if(identity.hpke, [&](const AgreementKey& own) { return key_id_of(KeyUse::hpke, own.public_key()) == key_id; });
  return {};
}

Result<void> keep_pinned(const std::filesystem::path& trust, const TrustedRoster& roster) {
  const auto file = trust / ("roster-" + std::to_string(roster.roster.version) + ".note");
  const auto there = read_file(file);
  if (!there && there.error().code != Code::kUnknown) return there.error();
  if (!there) return create_durably(file, view_of(roster.note));
  const auto note = parse_note(*there);
  if (note && note->text_hash() == roster.text_hash) return {};
  return fail(Code::kRoster, file.string() + " is another roster of version " + std::to_string(roster.roster.version),
              "trust is never replaced: keep both, and ask the authority which of them its roots have signed");
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
  return identity;
}

}  // namespace liaison
