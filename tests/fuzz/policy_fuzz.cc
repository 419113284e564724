// SPDX-License-Identifier: Apache-2.0
// Policy files, and what they decide: against an evaluator that follows the page word by word, with the rules the other
// way round, without the rule that allowed, and with one more that denies.
#include "security/policy.h"

#include <map>
#include <set>

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

struct Cell {
  std::string sender, kind, marking;
  std::set<std::string> to;
  std::uint8_t suite = 1;
};

const std::set<std::string> kMembers{"1267", "1373", "1540"};

std::vector<MemberId> ids(const std::set<std::string>& names) {
  std::vector<MemberId> out;
  for (const auto& name : names) out.push_back(*MemberId::parse(name));
  return out;
}

PolicyDecision decided(const Policy& policy, const Cell& cell) {
  const auto recipients = ids(cell.to);
  return decide(policy, ids(kMembers), {*MemberId::parse(cell.sender), cell.kind, cell.marking, &recipients, cell.suite});
}

class Reader {
 public:
  explicit Reader(const Policy& policy) : policy_(policy) {
    for (const auto& marking : policy.markings) rank_.emplace(marking, rank_.size());
  }
  Code verdict(const Cell& cell) const {
    if (!rank_.contains(cell.marking)) return Code::kMarking;
    const std::set<std::string> kinds(policy_.kinds.begin(), policy_.kinds.end());
    if (!kinds.contains(cell.kind) || !kMembers.contains(cell.sender) || cell.to.empty()) return Code::kPolicy;
    for (const auto& id : cell.to) {
      if (!kMembers.contains(id)) return Code::kPolicy;
    }
    bool allowed = false;
    for (const auto& rule : policy_.rules) {
      const std::size_t met = named(rule, cell);
      if (!rule.allow && met > 0) return Code::kPolicy;
      if (rule.allow && met == cell.to.size()) allowed = true;
    }
    if (!allowed) return Code::kPolicy;
    const std::set<std::string> except(policy_.encrypt_except.begin(), policy_.encrypt_except.end());
    const bool sealed = rank_.at(cell.marking) >= rank_.at(policy_.encrypt_from) && !except.contains(cell.kind);
    return sealed && cell.suite != 2 ? Code::kEncryptionRequired : Code::kAccepted;
  }

 private:
  // How many of the recipients the rule names, when it speaks of this sender, kind and marking at all.
  std::size_t named(const PolicyRule& rule, const Cell& cell) const {
    if ((rule.sender != "*" && rule.sender != cell.sender) || rule.kind != cell.kind) return 0;
    if (rule.up_to ? rank_.at(cell.marking) > rank_.at(rule.marking) : cell.marking != rule.marking) return 0;
    if (rule.to == std::vector<std::string>{"*"}) return cell.to.size();
    std::size_t count = 0;
    for (const auto& id : rule.to) count += cell.to.count(id);
    return count;
  }
  const Policy& policy_;
  std::map<std::string, std::size_t> rank_;
};

PolicyRule denial_of(const Cell& cell) {
  return {false, "zz", cell.sender, cell.kind, cell.marking, false, {*cell.to.begin()}, "text"};
}

void check_cell(const Policy& policy, const Policy& reversed, const Cell& cell) {
  const auto decision = decided(policy, cell);
  CHECK(decision.verdict == Reader(policy).verdict(cell));
  const auto other = decided(reversed, cell);
  CHECK(decision.verdict == other.verdict && decision.rule == other.rule && decision.basis == other.basis);
  if (!decision.allowed()) return;
  CHECK(!decision.basis.empty() && is_id(decision.rule));
  Policy less = policy;
  std::erase_if(less.rules, [&](const auto& rule) { return rule.id == decision.rule; });
  const auto without = decided(less, cell);
  CHECK(!without.allowed() || without.rule != decision.rule);
  Policy stricter = policy;
  stricter.rules.push_back(denial_of(cell));
  CHECK(!decided(stricter, cell).allowed());
}

// A question made of two bytes and the words of the policy.
Cell cell_of(const Policy& policy, std::uint8_t a, std::uint8_t b) {
  constexpr std::array kSenders{"1267", "1373", "1540", "9999"};
  constexpr std::array kTo{"1267", "1373", "1540", "9999"};
  Cell cell{kSenders[a & 3U], policy.kinds[(a >> 3U) % policy.kinds.size()], policy.markings[(b >> 4U) % policy.markings.size()], {}, 1};
  if ((a & 4U) != 0) cell.suite = 2;
  for (std::size_t i = 0; i < kTo.size(); ++i) {
    if ((b >> i & 1U) != 0) cell.to.insert(kTo[i]);
  }
  if (a == 255) cell.kind = "unheard.of";
  if (b == 255) cell.marking = "unheard_of";
  return cell;
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(policy) {
  using namespace liaison;
  const std::string_view text = text_of({data, size});
  const auto policy = parse_policy(text);
  if (!policy) {
    CHECK(policy.error().code == Code::kPolicyFile);
    return 0;
  }
  Policy reversed = *policy;
  std::reverse(reversed.rules.begin(), reversed.rules.end());
  const Hash hash = sha256({data, size});
  for (std::size_t i = 0; i + 1 < hash.size(); ++i) check_cell(*policy, reversed, cell_of(*policy, hash[i], hash[i + 1]));
  CHECK(!check_policy_succession(*policy, hash, *policy));
  return 0;
}
