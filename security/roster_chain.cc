// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "security/roster.h"

namespace liaison {
namespace {

Error bad(std::string what, std::string hint = {}) { return fail(Code::kRoster, std::move(what), std::move(hint)); }

std::string version_of(const Roster& roster) { return "version " + std::to_string(roster.version); }

bool same_broker(const RosterBroker& a, const RosterBroker& b) {
  return a.id == b.id && a.sign == b.sign && a.curve == b.curve && a.log == b.log;
}

Result<void> check_key_kept(const RosterKey& before, const Roster& after) {
  const RosterKey* kept = after.key(before.id);
  if (kept == nullptr) return bad("key " + before.id + " has no line any more", "a key line stays in every later version");
  const bool same = kept->member == before.member && kept->use == before.use && kept->key == before.key &&
                    kept->vkey == before.vkey && kept->from == before.from;
  if (!same) return bad("key " + before.id + " has another member, use, public key or from", "give a new key a new id");
  return {};
}

Result<void> check_threshold(const SignedNote& note, const Roster& judge) {
  std::vector<VerifierKey> keys;
  for (const auto& root : judge.roots) keys.push_back(root.key);
  const std::size_t signers = note_signers(note, keys);
  if (signers >= judge.root_threshold) return {};
  return bad("signed by " + std::to_string(signers) + " of the roots of " + version_of(judge) + ", which asks for " +
                 std::to_string(judge.root_threshold),
             "let more holders of root keys sign the note");
}

struct OpenedRoster { SignedNote note; Roster roster; };
Result<OpenedRoster> open_roster(std::string_view bytes) {
  if (bytes.size() > kRosterNoteBytesMax) {
    return fail(Code::kNote,
                "the roster note has " + std::to_string(bytes.size()) + " bytes, and at most " + std::to_string(kRosterNoteBytesMax) + " are taken",
                "leave out signature lines of those who hold no root");
  }
  auto note = TRY(parse_note(bytes));
  auto roster = TRY(parse_roster(note.text));
  return OpenedRoster{std::move(note), std::move(roster)};
}

}  // namespace

Result<void> check_succession(const Roster& before, const Hash& before_text_hash, const Roster& after) {
  if (after.network != before.network) return bad("the roster is of another network, " + after.network);
  if (after.version <= before.version) {
    return bad("the roster is " + version_of(after) + ", and " + version_of(before) + " is in force", "versions only grow");
  }
  if (after.version != before.version + 1) {
    return bad("the roster is " + version_of(after) + " and does not follow " + version_of(before), "apply those between first");
  }
  if (after.previous != before_text_hash) return bad("the roster names another " + version_of(before) + " than the one held");
  if (!same_broker(before.broker, after.broker)) return bad("the broker line has changed");
  for (const auto& key : before.keys) TRY(check_key_kept(key, after));
  return {};
}

Result<TrustedRoster> trust_first_roster(std::string_view note) {
  auto opened = TRY(open_roster(note));
  if (opened.roster.version != 1) return bad("the first roster is to be version 1, and this is " + version_of(opened.roster));
  TRY(check_threshold(opened.note, opened.roster));
  return TrustedRoster{std::move(opened.roster), opened.note.text_hash(), std::string(note)};
}

Result<TrustedRoster> trust_next_roster(const TrustedRoster& before, std::string_view note) {
  auto opened = TRY(open_roster(note));
  const Hash hash = opened.note.text_hash();
  if (opened.roster.version == before.roster.version) {
    return bad(version_of(before.roster) + (hash == before.text_hash ? " is in force already" : " is held with another text"));
  }
  TRY(check_succession(before.roster, before.text_hash, opened.roster));
  TRY(check_threshold(opened.note, before.roster));
  TRY(check_threshold(opened.note, opened.roster));
  return TrustedRoster{std::move(opened.roster), hash, std::string(note)};
}

}  // namespace liaison
