// SPDX-License-Identifier: Apache-2.0
// Why a committee could or could not see something: what the policy in force at a place in the log, or at a time, says of a message to it, and
// what the policies before and after say. Pure functions of the rosters and policies of the log; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/mandates.h"

namespace liaison {

// A message as the policy sees it, and who asks to see it.
struct SeenBy {
  MemberId reader, sender;
  std::string kind, marking;
  std::vector<MemberId> recipients;   // sorted
};

// What one policy says of it.
struct PolicyWord {
  enum class Reason : std::uint8_t {
    kAllowed,        // the reader is a recipient, and a rule allows the message
    kOwn,            // the reader sends it
    kNotAddressed,   // the message may go, but the reader is no recipient
    kDenied,         // a rule forbids the message, no rule allows it, or its marking may not travel
    kNotMember,      // the reader is no member
    kNobody,         // the sender or a recipient is no member
    kNoPolicy,       // none was in force
  };
  Reason reason = Reason::kNoPolicy;
  std::uint64_t roster = 0, policy = 0;   // versions; 0: none
  TimeMs since_ms = 0;
  Code verdict = Code::kPolicy;
  std::string rule, basis;                // "default" when no rule allows it
  bool to_reader_alone = false;           // denied, but to the reader alone it would be allowed
  bool may_see() const { return reason == Reason::kAllowed || reason == Reason::kOwn; }
  bool same_word(const PolicyWord& other) const { return reason == other.reason && rule == other.rule && basis == other.basis; }
};

// allowed, own, not_addressed, denied, not_member, nobody, no_policy.
std::string_view word_of(PolicyWord::Reason reason);
// `term` may be null: nothing was in force.
PolicyWord policy_word(const Mandates::Term* term, const SeenBy& seen);
// What each policy has said, oldest first; those that say the same as the one before are left out.
std::vector<PolicyWord> policy_words(const Mandates& mandates, const SeenBy& seen);
// One sentence without full stop; the policy is "policy 2 (roster 3)".
std::string policy_sentence(const PolicyWord& word, const SeenBy& seen);
// "2027-03-08 14:00 UTC".
std::string utc_text(TimeMs time_ms);

}  // namespace liaison
