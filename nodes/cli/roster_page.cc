// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "nodes/cli/authority.h"

namespace liaison {
namespace {

std::string day_of(TimeMs time_ms) { return rfc3339(time_ms).substr(0, 10); }

std::string validity(const RosterKey& key) {
  switch (key.status) {
    case KeyStatus::active: return fmt::format("active from entry {}", key.from);
    case KeyStatus::retired: return fmt::format("retired: valid from entry {} to before {}", key.from, key.until.value_or(0));
    case KeyStatus::revoked: return fmt::format("REVOKED ({}): trusted below entry {}", key.reason, key.trusted_below.value_or(0));
  }
  return {};
}

std::string member_lines(const Roster& roster, const MemberId& member) {
  std::string text;
  for (const RosterKey& key : roster.keys) {
    if (key.member == member) text += fmt::format("    {:<18} {:<8} {}   {}\n", key.id, word_of(key.use), spoken_key(key.use, key.key), validity(key));
  }
  return text;
}

std::string former_members(const Roster& roster) {
  std::string text;
  MemberId last;
  for (const RosterKey& key : roster.keys) {
    if (roster.member(key.member) != nullptr || key.member == last) continue;
    last = key.member;
    text += fmt::format("  {} has left\n", last.str()) + member_lines(roster, last);
  }
  return text;
}

}  // namespace

std::string roster_page(const SignedNote& note, const Roster& roster) {
  std::string text = fmt::format("Roster {} of {}\n", roster.version, roster.network);
  text += fmt::format("fingerprint  {}\n", spoken(note.text_hash()));
  text += fmt::format("previous     {}\n", roster.previous ? spoken(*roster.previous) : "none: this is the first version");
  text += fmt::format("valid        {} to {}\n\n", day_of(roster.issued_ms), day_of(roster.expires_ms));
  text += fmt::format("Roots: {} of {} sign\n", roster.root_threshold, roster.roots.size());
  for (const RosterRoot& root : roster.roots) {
    text += fmt::format("    {:<8} {:<30} {:08x}   {}\n", root.id, root.key.name, root.key.hash4,
                        note_signed_by(note, root.key) ? "has signed" : "has not signed");
  }
  text += fmt::format("\nBroker {}\n    sign {}\n    log  {}\n    curve {}\n", roster.broker.id, spoken_key(KeyUse::sign, roster.broker.sign),
                      spoken_key(KeyUse::log, roster.broker.log.key), spoken_key(KeyUse::curve, roster.broker.curve));
  text += fmt::format("\nMembers: {}\n", roster.members.size());
  for (const RosterMember& member : roster.members) {
    text += fmt::format("  {} on port {} from {}\n", member.id.str(), member.port, member.net) + member_lines(roster, member.id);
  }
  text += former_members(roster);
  text += fmt::format("\npolicy       {}\nschemas      {}\nwitnesses    {} make a quorum\n", spoken(roster.policy_sha256), spoken(roster.schemas_sha256),
                      roster.witness_quorum);
  return text;
}

}  // namespace liaison
