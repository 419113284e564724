// SPDX-License-Identifier: Apache-2.0
// What an operator does to the gateway: start it, hand it rosters and policies, confirm its clock.
#include "broker/gateway.h"
#include "security/audit.h"
#include "security/hash.h"
#include "security/note.h"

namespace liaison {

namespace {

Result<void> check_schemas(const Roster& roster) {
  if (roster.schemas_sha256 == sha256(view_of(schemas_text()))) return {};
  return fail(Code::kRoster, "the roster was made for other schemas than this program's",
              "compare `liaison schemas` with the list the roster was made from; use one version of the programs");
}

// A lower version, or an equal one with other text, that a root has signed: somebody brings another history.
bool contradicts(const TrustedRoster& in_force, const std::string& bytes) {
  const auto note = parse_note(bytes);
  const auto roster = note ? parse_roster(note->text) : Result<Roster>(fail(Code::kNote, ""));
  if (!roster || roster->version > in_force.roster.version || note->text_hash() == in_force.text_hash) return false;
  std::vector<VerifierKey> roots;
  for (const RosterRoot& root : in_force.roster.roots) roots.push_back(root.key);
  return note_signers(*note, roots) > 0;
}

}  // namespace

Result<Ledger::Found> Gateway::start() {
  Ledger::Found found = TRY(recover(store_, ledger_, exchange_, clock_.now()));
  if (const TrustedRoster* roster = exchange_.charter().roster()) {
    TRY(check_broker_keys(keys_, roster->roster));
    TRY(check_schemas(roster->roster));
  }
  if (found.adopted > 0) {
    log_info("store.adopted", "entries above the checkpoint were adopted unchanged", {{"count", found.adopted}, {"size", found.size}});
  }
  if (exchange_.clock().halted()) log_error("clock.halted", exchange_.clock().reason());
  return found;
}

Result<void> Gateway::check_roster(const std::string& note) {
  const TrustedRoster* before = exchange_.charter().roster();
  const auto next = before == nullptr ? trust_first_roster(note) : trust_next_roster(*before, note);
  if (!next) {
    if (before != nullptr && contradicts(*before, note)) strange_roster_ = note;
    return next.error();
  }
  TRY(check_broker_keys(keys_, next->roster));
  return check_schemas(next->roster);
}

std::optional<Applied> Gateway::already(LeafClass leaf_class, const std::string& text) const {
  const Charter& charter = exchange_.charter();
  if (charter.roster() == nullptr) return std::nullopt;
  if (leaf_class == LeafClass::kRoster) {
    const auto note = parse_note(text);
    if (!note || note->text_hash() != charter.roster()->text_hash) return std::nullopt;
    return Applied{leaf_class, charter.roster()->roster.version, charter.in_force_since(), true};
  }
  const auto index = charter.policy_index(sha256(view_of(text)));
  if (!index) return std::nullopt;
  return Applied{leaf_class, charter.policy_at(*index)->version, *index, true};
}

Result<Applied> Gateway::apply_one(LeafClass leaf_class, const std::string& text) {
  if (const auto known = already(leaf_class, text)) return *known;
  const Now now = clock_.now();
  watch_clock(now);
  if (leaf_class == LeafClass::kRoster) TRY(check_roster(text));
  Outcome outcome = TRY(leaf_class == LeafClass::kRoster ? exchange_.decide_roster(text, now) : exchange_.decide_policy(text, now));
  if (ledger_.note().empty() && leaf_class == LeafClass::kRoster) {
    const TrustedRoster first = TRY(trust_first_roster(text));
    ledger_.sign_as(log_origin(first.roster.network));
  }
  const std::uint64_t index = outcome.entries.front().leaf.index;
  if (!TRY(commit(outcome, now))) return fail(Code::kStorageFull, "the disk is full", "free some space and apply again");
  delivery_.remember(std::move(outcome.entries));
  const Charter& charter = exchange_.charter();
  sessions_.keep([&](const MemberId& member, const PublicKey& key) { return charter.may_connect(member, key); });
  const bool is_roster = leaf_class == LeafClass::kRoster;
  if (is_roster && wire_ != nullptr) wire_->recheck_keys();
  const Applied applied{leaf_class, is_roster ? charter.roster()->roster.version : charter.policy_at(index)->version, index, false};
  log_info(is_roster ? "roster.accepted" : "policy.accepted", "the log has a new entry that every member is shown",
           {{"version", applied.version}, {"index", index}});
  return applied;
}

Result<std::vector<Applied>> Gateway::apply(const std::optional<std::string>& roster, const std::optional<std::string>& policy) {
  const bool first = !exchange_.charter().complete();
  if (first) {
    // Both or nothing: a roster without its policy would leave an exchange that refuses everybody.
    const bool has_roster = roster || exchange_.charter().roster() != nullptr;
    if (!has_roster || !policy) {
      return fail(Code::kInput, "the exchange has no roster yet: the first call needs the roster note and the policy file it names",
                  "liaison broker apply --dir FOLDER ROSTER POLICY");
    }
    Hash named{};
    if (roster) {
      const TrustedRoster trusted = TRY(trust_first_roster(*roster));
      named = trusted.roster.policy_sha256;
    } else {
      named = exchange_.charter().policy_hash();
    }
    const Policy parsed = TRY(parse_policy(*policy));
    if (named != sha256(view_of(*policy)) || parsed.previous) {
      return fail(Code::kPolicyFile, "this is not the policy that the first roster names", "apply the file that the roster was made with");
    }
  }
  if (!roster && !policy) return fail(Code::kInput, "there is nothing to apply", "name a roster note, a policy file, or both");
  // Both or nothing: a policy is not logged for a roster that will be refused.
  if (!first && roster && policy && !already(LeafClass::kRoster, *roster)) {
    const Now now = clock_.now();
    watch_clock(now);
    TRY(check_roster(*roster));
    TRY(exchange_.check_roster(*roster, sha256(view_of(*policy)), now));
  }
  std::vector<Applied> applied;
  if (first && roster) applied.push_back(TRY(apply_one(LeafClass::kRoster, *roster)));
  if (policy) applied.push_back(TRY(apply_one(LeafClass::kPolicy, *policy)));
  if (!first && roster) applied.push_back(TRY(apply_one(LeafClass::kRoster, *roster)));
  return applied;
}

void Gateway::confirm_clock() {
  const Now now = clock_.now();
  exchange_.clock().confirm(now);
  log_info("clock.confirmed", "an operator has confirmed the clock", {{"time", rfc3339(now.wall_ms)}});
}

}  // namespace liaison
