// SPDX-License-Identifier: Apache-2.0
// The mandate policy, PROTOCOL 10: which member may send which kind under which marking to whom, and the paragraph it
// rests on. Default deny. Evaluated alike by sender, broker and recipient. A Policy is a checked value; decide is pure.
#pragma once

#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

struct PolicyRule {
  bool allow = false;
  std::string id;
  std::string sender;                 // member id or "*"
  std::string kind;
  std::string marking;
  bool up_to = false;                 // "<=marking": this one or one printed before it
  std::vector<std::string> to;        // sorted members, or {"*"}
  std::string basis;
};

struct Policy {
  std::uint64_t version = 0;
  std::optional<Hash> previous;
  std::vector<std::string> markings;  // from widest to narrowest, as printed
  std::vector<std::string> kinds;
  std::string encrypt_from;           // this marking and every later one must be suite 2
  std::vector<std::string> encrypt_except;
  std::vector<PolicyRule> rules;
};

inline constexpr std::size_t kPolicyBytesMax = 64 * 1024;
// kPolicyFile with line and sentence. The quoted text of a rule holds its paragraph and a sentence for people; there are
// no comments. SHA-256 of the file's bytes is the policy's hash.
Result<Policy> parse_policy(std::string_view file);
// Version n+1 after n: names its hash and grows by one. kPolicyFile.
Result<void> check_policy_succession(const Policy& before, const Hash& before_hash, const Policy& after);

struct PolicyQuestion {
  MemberId sender;
  std::string_view kind;
  std::string_view marking;
  const std::vector<MemberId>* recipients = nullptr;
  std::uint8_t suite = 0;
};
struct PolicyDecision {
  Code verdict = Code::kPolicy;   // kAccepted, kMarking (unknown marking), kPolicy, kEncryptionRequired
  std::string rule;               // the allow that held, or the deny that won; "default" when nothing allows
  std::string basis;              // the rule's quoted text
  bool allowed() const { return verdict == Code::kAccepted; }
};
// `members` = members of the roster in force, sorted.
PolicyDecision decide(const Policy& policy, const std::vector<MemberId>& members, const PolicyQuestion& question);

}  // namespace liaison
