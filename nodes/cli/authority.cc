// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/authority.h"

#include <fmt/format.h>

#include <algorithm>

#include "security/hash.h"
#include "security/log.h"
#include "security/policy.h"

namespace liaison {
namespace {

const PublicKey* key_of(const Enrolment& request, KeyUse use) {
  for (const EnrolmentKey& key : request.keys) {
    if (key.use == use) return &key.key;
  }
  return nullptr;
}

Result<void> expect_party(const Enrolment& request, const std::string& network, bool broker) {
  if (request.network != network) {
    return fail(Code::kRoster, fmt::format("the request of {} is for the network {}, not {}", request.id, request.network, network));
  }
  if (request.is_broker != broker) {
    return fail(Code::kRoster, fmt::format("the request of {} is a {}'s where a {}'s is expected", request.id, broker ? "member" : "broker",
                                           broker ? "broker" : "member"));
  }
  return {};
}

Result<void> expect_keys(const Enrolment& request, std::initializer_list<KeyUse> uses) {
  for (const KeyUse use : uses) {
    if (key_of(request, use) == nullptr) {
      return fail(Code::kRoster, fmt::format("the request of {} brings no {} key", request.id, word_of(use)), "ask its owner for a whole request");
    }
  }
  return {};
}

Result<MemberId> member_of(const Enrolment& request) {
  const auto id = MemberId::parse(request.id);
  if (!id) return fail(Code::kRoster, fmt::format("'{}' is not the id of a member", request.id));
  return *id;
}

void add_key(Roster& roster, const MemberId& member, const EnrolmentKey& offered, std::uint64_t from) {
  RosterKey key;
  key.id = free_key_name(roster, member, offered.use);
  key.member = member;
  key.use = offered.use;
  key.key = offered.key;
  key.from = from;
  if (offered.use == KeyUse::witness) {
    key.vkey = make_verifier_key(fmt::format("{}/witness/{}", roster.network, member.str()), kVkeyCosignature, offered.key);
  }
  roster.keys.push_back(std::move(key));
}

Result<void> add_member(Roster& roster, const NewMember& wanted, std::uint64_t from) {
  TRY(expect_party(wanted.request, roster.network, false));
  TRY(expect_keys(wanted.request, {KeyUse::sign, KeyUse::witness, KeyUse::curve, KeyUse::hpke}));
  const MemberId id = TRY(member_of(wanted.request));
  if (roster.member(id) != nullptr) return fail(Code::kRoster, fmt::format("{} is a member already", id.str()), "give its request to --rotate");
  roster.members.push_back({id, wanted.port, wanted.net});
  for (const EnrolmentKey& key : wanted.request.keys) add_key(roster, id, key, from);
  return {};
}

std::uint32_t witness_quorum_of(std::size_t members) {
  if (members < 3) return static_cast<std::uint32_t>(members);
  return members == 3 ? 2 : static_cast<std::uint32_t>(2 * members / 3 + 1);
}

Result<std::string> finished(Roster roster) {
  std::sort(roster.roots.begin(), roster.roots.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(roster.members.begin(), roster.members.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  std::sort(roster.keys.begin(), roster.keys.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  roster.witness_quorum = witness_quorum_of(roster.members.size());
  std::string text = roster_text(roster);
  TRY(parse_roster(text));
  return text;
}

RosterKey* find_key(Roster& roster, const std::string& id) {
  const auto found = std::find_if(roster.keys.begin(), roster.keys.end(), [&](const RosterKey& key) { return key.id == id; });
  return found == roster.keys.end() ? nullptr : &*found;
}

Error no_such_key(const std::string& id) {
  return fail(Code::kRoster, fmt::format("the roster has no key '{}'", id), "liaison authority show NOTE lists the keys");
}

Result<void> end_keys(Roster& roster, const NextRoster& wanted) {
  for (const Retirement& retirement : wanted.retired) {
    RosterKey* key = find_key(roster, retirement.key);
    if (key == nullptr) return no_such_key(retirement.key);
    key->status = KeyStatus::retired;
    key->until = retirement.until;
  }
  for (const Revocation& revocation : wanted.revoked) {
    RosterKey* key = find_key(roster, revocation.key);
    if (key == nullptr) return no_such_key(revocation.key);
    key->status = KeyStatus::revoked;
    key->until.reset();
    key->trusted_below = revocation.trusted_below;
    key->reason = revocation.reason;
  }
  return {};
}

// A member that leaves keeps its key lines; those still active end where the new roster begins to count.
Result<void> remove_members(Roster& roster, const NextRoster& wanted) {
  for (const MemberId& id : wanted.leaving) {
    if (std::erase_if(roster.members, [&](const RosterMember& member) { return member.id == id; }) == 0) {
      return fail(Code::kRoster, fmt::format("{} is no member", id.str()));
    }
    for (RosterKey& key : roster.keys) {
      if (key.member != id || key.status != KeyStatus::active) continue;
      key.status = KeyStatus::retired;
      key.until = wanted.from_index;
    }
  }
  return {};
}

Result<void> change_roots(Roster& roster, const NextRoster& wanted) {
  for (const std::string& id : wanted.roots_dropped) {
    if (std::erase_if(roster.roots, [&](const RosterRoot& root) { return root.id == id; }) == 0) {
      return fail(Code::kRoster, fmt::format("the roster has no root '{}'", id));
    }
  }
  for (const RosterRoot& root : wanted.roots_added) roster.roots.push_back(root);
  if (wanted.threshold) roster.root_threshold = *wanted.threshold;
  return {};
}

// The sign key in a request vouches for the keys beside it: a new one by its proof, one that the roster knows by standing there
// as this member's, and not ended.
Result<void> check_vouching(const RosterKey& known, const MemberId& member, std::uint64_t from_index) {
  if (known.member != member) {
    return fail(Code::kRoster, fmt::format("the request of {} holds the key {} of {}", member.str(), known.id, known.member.str()),
                "a member vouches for its own keys only; do not go on with this request");
  }
  const bool ended = known.status == KeyStatus::revoked || (known.status == KeyStatus::retired && known.until.value_or(0) <= from_index);
  if (ended) {
    return fail(Code::kRoster, fmt::format("the request of {} holds {}, which has ended, and so vouches for nothing", member.str(), known.id),
                "ask for a request that a key in force vouches for: liaison node rotate makes it");
  }
  return {};
}

Result<void> rotate_keys(Roster& roster, const Roster& before, const Enrolment& request, std::uint64_t from_index) {
  TRY(expect_party(request, roster.network, false));
  const MemberId id = TRY(member_of(request));
  if (roster.member(id) == nullptr) return fail(Code::kRoster, fmt::format("{} is no member, so it has no keys to rotate", id.str()));
  bool fresh = false;
  for (const EnrolmentKey& key : request.keys) {
    const KeyId key_id = key_id_of(key.use, key.key);
    if (const RosterKey* known = before.find(key.use, key_id)) {
      TRY(check_vouching(*known, id, from_index));
    } else if (const RosterKey* drafted = roster.find(key.use, key_id)) {   // another request of the same member has brought it
      TRY(check_vouching(*drafted, id, from_index));
    } else {
      add_key(roster, id, key, from_index);
      fresh = true;
    }
  }
  if (!fresh) return fail(Code::kRoster, fmt::format("the request of {} brings no key that the roster does not have already", id.str()));
  return {};
}

std::string count_line(const SignedNote& note, const Roster& roster, const char* whose) {
  std::vector<VerifierKey> keys;
  for (const RosterRoot& root : roster.roots) keys.push_back(root.key);
  const std::size_t signers = note_signers(note, keys);
  return fmt::format("signatures: {} of {} roots{}, {} needed: {}\n", signers, keys.size(), whose, roster.root_threshold,
                     signers >= roster.root_threshold ? "enough" : fmt::format("{} more", roster.root_threshold - signers));
}

}  // namespace

std::string free_key_name(const Roster& roster, const MemberId& member, KeyUse use) {
  for (unsigned number = 1;; ++number) {
    std::string name = fmt::format("{}-{}-{}", member.str(), word_of(use), number);
    if (roster.key(name) == nullptr) return name;
  }
}

Result<std::string> first_roster(const FirstRoster& wanted) {
  Roster roster;
  roster.network = wanted.network;
  roster.version = 1;
  roster.issued_ms = wanted.issued_ms / 1000 * 1000;
  roster.expires_ms = roster.issued_ms + wanted.expires_days * kDayMs;
  roster.root_threshold = wanted.threshold;
  roster.roots = wanted.roots;
  roster.policy_sha256 = wanted.policy_sha256;
  roster.schemas_sha256 = wanted.schemas_sha256;
  TRY(expect_party(wanted.broker, wanted.network, true));
  TRY(expect_keys(wanted.broker, {KeyUse::sign, KeyUse::curve, KeyUse::log}));
  roster.broker = {wanted.broker.id, *key_of(wanted.broker, KeyUse::sign), *key_of(wanted.broker, KeyUse::curve),
                   make_verifier_key(log_origin(wanted.network), kVkeyEd25519, *key_of(wanted.broker, KeyUse::log))};
  for (const NewMember& member : wanted.members) TRY(add_member(roster, member, 0));
  return finished(std::move(roster));
}

Result<std::string> next_roster(const Roster& before, const Hash& before_text_hash, const NextRoster& wanted) {
  Roster roster = before;
  roster.version = before.version + 1;
  roster.previous = before_text_hash;
  roster.issued_ms = wanted.issued_ms / 1000 * 1000;
  roster.expires_ms = roster.issued_ms + wanted.expires_days * kDayMs;
  if (wanted.policy_sha256) roster.policy_sha256 = *wanted.policy_sha256;
  if (wanted.schemas_sha256) roster.schemas_sha256 = *wanted.schemas_sha256;
  TRY(change_roots(roster, wanted));
  TRY(end_keys(roster, wanted));
  TRY(remove_members(roster, wanted));
  for (const NewMember& member : wanted.members) TRY(add_member(roster, member, wanted.from_index));
  for (const Enrolment& rotation : wanted.rotations) TRY(rotate_keys(roster, before, rotation, wanted.from_index));
  const std::string text = TRY(finished(std::move(roster)));
  const Roster after = TRY(parse_roster(text));
  TRY(check_succession(before, before_text_hash, after));
  return text;
}

Result<std::string> next_policy(std::string_view file) {
  const Policy before = TRY(parse_policy(file));
  const Hash hash = sha256(view_of(file));
  std::size_t rules = 0;   // the three lines of the head are the first line, the version and the one before
  for (int line = 0; line < 3; ++line) rules = file.find('\n', rules) + 1;
  const std::string text = fmt::format("liaison-policy/v1\nversion {}\nprevious {}\n{}", before.version + 1, base64(hash), file.substr(rules));
  const Policy after = TRY(parse_policy(text));
  TRY(check_policy_succession(before, hash, after));
  return text;
}

Result<void> check_policy_follows(const Roster& before, std::string_view file) {
  const Policy policy = TRY(parse_policy(file));
  if (sha256(view_of(file)) == before.policy_sha256 || policy.previous == before.policy_sha256) return {};
  return fail(Code::kPolicyFile, fmt::format("policy {} does not name the policy of roster {} as the one before", policy.version, before.version),
              "liaison authority policy next --from FILE_IN_FORCE --out FILE makes one that does");
}

std::string spoken_key(KeyUse use, const PublicKey& key) {
  const std::string digits = hex(key_id_of(use, key));
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += 4) text += (at == 0 ? "" : " ") + digits.substr(at, 4);
  return text;
}

std::string spoken_keys(const Enrolment& request) {
  std::string text;
  for (const EnrolmentKey& key : request.keys) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", word_of(key.use), spoken_key(key.use, key.key));
  return text;
}

std::string signature_report(const SignedNote& note, const Roster& roster, const std::optional<Roster>& before) {
  std::string report = count_line(note, roster, before ? " of this version" : "");
  if (before) report += count_line(note, *before, " of the version before");
  return report;
}

Result<SignedRoster> sign_roster(std::string_view note, const std::string& root_id, const SigningKey& key, const std::optional<Roster>& before) {
  SignedNote opened = TRY(parse_note(note, DraftNote::kAllowed));
  const Roster roster = TRY(parse_roster(opened.text));
  const RosterRoot* found = nullptr;
  for (const Roster* version : {&roster, before ? &*before : nullptr}) {
    if (version == nullptr) continue;
    for (const RosterRoot& root : version->roots) {
      if (root.id == root_id && (found == nullptr || root.key.key == key.public_key())) found = &root;
    }
  }
  if (found == nullptr) {
    return fail(Code::kRoster, fmt::format("the roster names no root '{}'", root_id), "a root that only the version before names signs with --previous NOTE");
  }
  if (found->key.key != key.public_key()) {
    return fail(Code::kKey, fmt::format("this key is not the one that the roster names for {}", root_id), "compare with liaison authority show");
  }
  sign_note(opened, found->key, key);
  return SignedRoster{opened.str(), signature_report(opened, roster, before)};
}

}  // namespace liaison
