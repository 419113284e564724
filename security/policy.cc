// SPDX-License-Identifier: Apache-2.0
#include "security/policy.h"

#include <algorithm>

namespace liaison {
namespace {

constexpr std::string_view kEveryone = "*";

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_member(const std::vector<MemberId>& members, const MemberId& id) {
  return std::binary_search(members.begin(), members.end(), id);
}

// The place of a marking in the printed order; the list's size when it is unknown.
std::size_t rank_of(const Policy& policy, std::string_view marking) {
  return static_cast<std::size_t>(std::find(policy.markings.begin(), policy.markings.end(), marking) - policy.markings.begin());
}

struct Asked {
  const PolicyQuestion& question;
  std::size_t rank;
};

bool covers_marking(const Policy& policy, const PolicyRule& rule, const Asked& asked) {
  if (!rule.up_to) return rule.marking == asked.question.marking;
  const std::size_t limit = rank_of(policy, rule.marking);
  return limit < policy.markings.size() && asked.rank <= limit;
}

bool names(const PolicyRule& rule, const MemberId& recipient) {
  return (rule.to.size() == 1 && rule.to[0] == kEveryone) || contains(rule.to, recipient.str());
}

// An allow must name every recipient, a deny bites at the first it names.
bool matches(const Policy& policy, const PolicyRule& rule, const Asked& asked) {
  const PolicyQuestion& q = asked.question;
  if (rule.sender != kEveryone && rule.sender != q.sender.str()) return false;
  if (rule.kind != q.kind || !covers_marking(policy, rule, asked)) return false;
  const auto named = [&](const MemberId& recipient) { return names(rule, recipient); };
  return rule.allow ? std::all_of(q.recipients->begin(), q.recipients->end(), named)
                    : std::any_of(q.recipients->begin(), q.recipients->end(), named);
}

// Of the rules that match, the one whose id sorts first, so that the order of lines shows nowhere.
const PolicyRule* first_match(const Policy& policy, bool allow, const Asked& asked) {
  const PolicyRule* first = nullptr;
  for (const auto& rule : policy.rules) {
    if (rule.allow != allow || (first != nullptr && first->id < rule.id)) continue;
    if (matches(policy, rule, asked)) first = &rule;
  }
  return first;
}

bool everybody_known(const Policy& policy, const std::vector<MemberId>& members, const PolicyQuestion& q) {
  if (!contains(policy.kinds, q.kind) || !is_member(members, q.sender)) return false;
  if (q.recipients == nullptr || q.recipients->empty()) return false;
  return std::all_of(q.recipients->begin(), q.recipients->end(), [&](const auto& id) { return is_member(members, id); });
}

bool must_be_sealed(const Policy& policy, const Asked& asked) {
  return asked.rank >= rank_of(policy, policy.encrypt_from) && !contains(policy.encrypt_except, asked.question.kind);
}

}  // namespace

PolicyDecision decide(const Policy& policy, const std::vector<MemberId>& members, const PolicyQuestion& question) {
  const Asked asked{question, rank_of(policy, question.marking)};
  if (asked.rank == policy.markings.size()) return {Code::kMarking, "default", ""};
  if (!everybody_known(policy, members, question)) return {Code::kPolicy, "default", ""};
  if (const auto* deny = first_match(policy, false, asked)) return {Code::kPolicy, deny->id, deny->basis};
  const auto* allow = first_match(policy, true, asked);
  if (allow == nullptr) return {Code::kPolicy, "default", ""};
  constexpr std::uint8_t kSealed = 2;
  const bool open = question.suite != kSealed && must_be_sealed(policy, asked);
  return {open ? Code::kEncryptionRequired : Code::kAccepted, allow->id, allow->basis};
}

Result<void> check_policy_succession(const Policy& before, const Hash& before_hash, const Policy& after) {
  const auto bad = [](std::string what) { return fail(Code::kPolicyFile, std::move(what)); };
  if (after.version != before.version + 1) {
    return bad("the policy is version " + std::to_string(after.version) + ", and version " + std::to_string(before.version) +
               " is in force");
  }
  if (after.previous != before_hash) return bad("the policy names another version " + std::to_string(before.version) + " than the one in force");
  return {};
}

}  // namespace liaison
