// SPDX-License-Identifier: Apache-2.0
#include "security/policy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <regex>
#include <sstream>

#include "security/hash.h"
#include "tests/security/policy_oracle.h"
#include "tests/security/written.h"

namespace liaison {
namespace {

using sample::Cell;
using sample::every_cell;
using sample::policy_text;

Policy policy_of(const std::string& text) {
  auto policy = parse_policy(text);
  EXPECT_TRUE(policy.has_value()) << policy.error().what;
  return policy ? *policy : Policy{};
}

TEST(Policy, EveryCellOfTheTableIsAsTheOracleSays) {
  const Policy policy = policy_of(policy_text());
  std::size_t accepted = 0;
  for (const auto& cell : every_cell()) {
    const auto decision = sample::decide(policy, cell);
    ASSERT_TRUE(sample::as_oracle(decision, sample::oracle(cell))) << sample::describe(cell) << ": " << decision.rule;
    accepted += decision.allowed();
  }
  EXPECT_GT(accepted, 100u);
}

TEST(Policy, ThePolicyWithoutRulesDeniesAll) {
  const Policy policy = policy_of(policy_text({}));
  for (const auto& cell : every_cell()) {
    const auto decision = sample::decide(policy, cell);
    ASSERT_FALSE(decision.allowed()) << sample::describe(cell);
    ASSERT_EQ(decision.rule, "default");
  }
  EXPECT_FALSE(decide(Policy{}, {}, {}).allowed());
}

TEST(Policy, TheOrderOfRulesChangesNothing) {
  const Policy policy = policy_of(policy_text());
  auto rules = sample::kPolicyRules;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(rules.begin(), rules.end(), random);
    const Policy shuffled = policy_of(policy_text(rules));
    for (const auto& cell : every_cell()) {
      ASSERT_TRUE(sample::as_oracle(sample::decide(shuffled, cell), sample::oracle(cell))) << sample::describe(cell);
    }
  }
}

void expect_no_more(const Policy& more, const Policy& fewer) {
  for (const auto& cell : every_cell()) {
    ASSERT_TRUE(!sample::decide(fewer, cell).allowed() || sample::decide(more, cell).allowed()) << sample::describe(cell);
  }
}

TEST(Policy, RemovingAnAllowNeverPermitsMore) {
  const Policy policy = policy_of(policy_text());
  for (std::size_t at = 0; at < policy.rules.size(); ++at) {
    if (!policy.rules[at].allow) continue;
    Policy fewer = policy;
    fewer.rules.erase(fewer.rules.begin() + static_cast<long>(at));
    expect_no_more(policy, fewer);
  }
}

TEST(Policy, AddingADenyNeverPermitsMore) {
  const Policy policy = policy_of(policy_text());
  std::size_t n = 0;
  for (const char* sender : {"*", "1267", "1373", "1540"})
    for (const char* kind : {"receipt", "visit.answer", "visit.plan"})
      for (const char* marking : {"public", "<=committees", "named"})
        for (const char* to : {"*", "1267", "1373 1540"}) {
          auto rules = sample::kPolicyRules;
          rules.push_back("deny n" + std::to_string(++n) + " publish " + sender + ' ' + kind + ' ' + marking + " to " + to + " under \"x\"");
          expect_no_more(policy, policy_of(policy_text(rules)));
        }
}

TEST(Policy, NoRecipientsAtAllIsDenied) {
  const Policy policy = policy_of(policy_text());
  const auto members = sample::member_ids({"1267", "1373", "1540"});
  const std::vector<MemberId> nobody;
  EXPECT_FALSE(decide(policy, members, {members[0], "receipt", "public", &nobody, 1}).allowed());
  EXPECT_FALSE(decide(policy, members, {members[0], "receipt", "public", nullptr, 1}).allowed());
}

// One random policy over 20 members, kept as bit masks, and judged by masks alone.
struct RandomPolicy {
  struct Rule { bool allow; int sender, kind, marking; bool up_to; std::uint32_t to; std::string id; };
  static constexpr int kMembers = 20, kKinds = 6, kMarkings = 4;   // member 20, kind 6 and marking 4 are unknown
  static constexpr std::uint32_t kAll = (1u << kMembers) - 1;
  std::vector<Rule> rules;
  int encrypt_from = 0;
  unsigned except = 0;

  static std::string member(int n) { return (n < 10 ? "m0" : "m") + std::to_string(n); }
  static std::string kind(int n) { return std::string("kind.") + static_cast<char>('a' + n); }
  static std::string marking(int n) { return std::string("mark_") + static_cast<char>('z' - n); }

  explicit RandomPolicy(std::mt19937& random) {
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    encrypt_from = below(kMarkings);
    except = static_cast<unsigned>(random()) % (1u << kKinds);
    const int count = below(41);
    for (int i = 0; i < count; ++i) {
      const bool everybody = below(4) == 0;
      const std::uint32_t mask = static_cast<std::uint32_t>(random() | random()) & kAll;
      rules.push_back({below(4) != 0, below(4) == 0 ? -1 : below(kMembers), below(kKinds), below(kMarkings), below(2) == 0,
                       everybody ? kAll : mask == 0 ? 1u : mask, "r" + std::to_string(random())});
    }
  }

  std::string text() const {
    std::string out = "liaison-policy/v1\nversion 1\nprevious -\nmarking";
    for (int n = 0; n < kMarkings; ++n) out += ' ' + marking(n);
    out += "\nkind";
    for (int n = 0; n < kKinds; ++n) out += ' ' + kind(n);
    out += "\nencrypt " + marking(encrypt_from) + (except != 0 ? " except" : "");
    for (int n = 0; n < kKinds; ++n) out += (except >> n & 1) != 0 ? ' ' + kind(n) : "";
    out += '\n';
    for (const auto& r : rules) {
      out += (r.allow ? "allow " : "deny ") + r.id + " publish " + (r.sender < 0 ? "*" : member(r.sender)) + ' ' + kind(r.kind) + ' ' +
             (r.up_to ? "<=" : "") + marking(r.marking) + " to";
      for (int n = 0; n < kMembers && r.to != kAll; ++n) out += (r.to >> n & 1) != 0 ? ' ' + member(n) : "";
      out += (r.to == kAll ? " *" : "") + std::string(" under \"of ") + r.id + "\"\n";
    }
    return out;
  }

  sample::Answer judge(int sender, int kind_number, int marking_number, std::uint32_t to, int suite) const {
    if (marking_number == kMarkings) return {Code::kMarking, "default"};
    if (sender == kMembers || kind_number == kKinds || to == 0 || (to & ~kAll) != 0) return {};
    std::string allow, deny;
    for (const auto& r : rules) {
      const bool subject = (r.sender < 0 || r.sender == sender) && r.kind == kind_number &&
                           (r.up_to ? marking_number <= r.marking : marking_number == r.marking);
      if (subject && r.allow && (to & ~r.to) == 0 && (allow.empty() || r.id < allow)) allow = r.id;
      if (subject && !r.allow && (to & r.to) != 0 && (deny.empty() || r.id < deny)) deny = r.id;
    }
    if (!deny.empty()) return {Code::kPolicy, deny};
    if (allow.empty()) return {};
    const bool plain_ok = marking_number < encrypt_from || (except >> kind_number & 1) != 0;
    return {suite == 2 || plain_ok ? Code::kAccepted : Code::kEncryptionRequired, allow};
  }
};

TEST(Policy, AMillionRandomCellsOfTwentyMembersAreAsAnIndependentEvaluatorSays) {
  std::vector<MemberId> everyone;   // the last one is no member
  for (int n = 0; n <= RandomPolicy::kMembers; ++n) everyone.push_back(*MemberId::parse(RandomPolicy::member(n)));
  const std::vector<MemberId> members(everyone.begin(), everyone.end() - 1);
  std::vector<std::string> kinds, markings;
  for (int n = 0; n <= RandomPolicy::kKinds; ++n) kinds.push_back(RandomPolicy::kind(n));
  for (int n = 0; n <= RandomPolicy::kMarkings; ++n) markings.push_back(RandomPolicy::marking(n));
  std::mt19937 random(20260701);
  std::size_t accepted = 0, denied = 0, unsealed = 0;
  std::vector<MemberId> recipients;
  for (int round = 0; round < 500; ++round) {
    const RandomPolicy drawn(random);
    const Policy policy = policy_of(drawn.text());
    for (int i = 0; i < 2000; ++i) {
      // Half of the questions begin at a rule, so that many of them are allowed.
      int sender = static_cast<int>(random() % 21), kind = static_cast<int>(random() % 7), marking = static_cast<int>(random() % 5);
      std::uint32_t to = static_cast<std::uint32_t>(random() & random() & random()) & 0x1FFFFF;
      if (!drawn.rules.empty() && random() % 2 == 0) {
        const auto& rule = drawn.rules[random() % drawn.rules.size()];
        sender = rule.sender < 0 ? static_cast<int>(random() % 20) : rule.sender;
        kind = rule.kind, marking = rule.marking, to &= rule.to;
      }
      const std::uint8_t suite = 1 + random() % 2;
      recipients.clear();
      for (int n = 0; n <= RandomPolicy::kMembers; ++n) {
        if ((to >> n & 1) != 0) recipients.push_back(everyone[static_cast<std::size_t>(n)]);
      }
      const auto decision = decide(policy, members, {everyone[static_cast<std::size_t>(sender)], kinds[static_cast<std::size_t>(kind)],
                                                     markings[static_cast<std::size_t>(marking)], &recipients, suite});
      const auto expected = drawn.judge(sender, kind, marking, to, suite);
      ASSERT_EQ(decision.verdict, expected.verdict) << drawn.text();
      ASSERT_EQ(decision.rule, expected.rule) << drawn.text();
      ASSERT_EQ(decision.basis, expected.rule == "default" ? "" : "of " + expected.rule);
      accepted += decision.allowed(), unsealed += decision.verdict == Code::kEncryptionRequired;
      denied += decision.verdict == Code::kPolicy && decision.rule != "default";
    }
  }
  EXPECT_GT(accepted, 100'000u);
  EXPECT_GT(denied, 50'000u);
  EXPECT_GT(unsealed, 30'000u);
}

TEST(PolicyFile, WhatIsPrintedIsWhatIsRead) {
  const Policy policy = policy_of(replaced(replaced(policy_text(), "version 1", "version 3"), "previous -", "previous " + base64(kZeroHash)));
  EXPECT_EQ(policy.version, 3u);
  EXPECT_EQ(policy.previous, kZeroHash);
  EXPECT_EQ(policy.markings, (std::vector<std::string>{"public", "committees", "named"}));
  EXPECT_EQ(policy.encrypt_from, "committees");
  EXPECT_EQ(policy.encrypt_except, (std::vector<std::string>{"heartbeat", "receipt"}));
  ASSERT_EQ(policy.rules.size(), sample::kPolicyRules.size());
  EXPECT_EQ(policy.rules[1].to, (std::vector<std::string>{"1267", "1373"}));
  EXPECT_EQ(policy.rules[1].basis, "paragraph a1");
}

TEST(PolicyFile, ALineThatIsWrongIsNamed) {
  struct Case { const char *from, *to, *line; };
  const std::vector<Case> cases = {
      {"liaison-policy/v1", "liaison-policy/v2", "line 1: "},
      {"version 1", "version 01", "line 2: "},
      {"version 1", "version 0", "line 2: "},
      {"version 1\n", "", "line 2: "},
      {"version 1", "version 2", "line 3: "},
      {"previous -", "previous AAAA", "line 3: "},
      {"public committees", "public  committees", "line 4: "},
      {"public committees", "public public", "line 4: "},
      {"public committees", "Public committees", "line 4: "},
      {"heartbeat receipt visit.answer", "receipt heartbeat visit.answer", "line 5: "},
      {"heartbeat receipt visit.answer", "heartbeat heartbeat visit.answer", "line 5: "},
      {"heartbeat receipt visit.answer", "heartbeat receipt visit-answer", "line 5: "},
      {"encrypt committees", "encrypt secret", "line 6: "},
      {"except heartbeat", "but heartbeat", "line 6: "},
      {"except heartbeat receipt", "except", "line 6: "},
      {"except heartbeat receipt", "except receipt heartbeat", "line 6: "},
      {"except heartbeat receipt", "except heartbeat rumour", "line 6: "},
      {"allow z1", "permit z1", "line 7: "},
      {"allow z1", "allow z/1", "line 7: "},
      {"publish 1540 visit.plan named", "read 1540 visit.plan named", "line 7: "},
      {"1540 visit.plan named", "15/40 visit.plan named", "line 7: "},
      {"visit.plan named", "visit.rumour named", "line 7: "},
      {"visit.plan named", "visit.plan secret", "line 7: "},
      {"visit.plan named", "visit.plan <=secret", "line 7: "},
      {"visit.plan named", "visit.plan < =named", "line 7: "},
      {"named to 1267 under", "named for 1267 under", "line 7: "},
      {"named to 1267 under", "named to under", "line 7: "},
      {"named to 1267 under", "named to 12/67 under", "line 7: "},
      {"<=named to 1267 1373 under", "<=named to 1373 1267 under", "line 8: "},
      {"<=named to 1267 1373 under", "<=named to 1267 1267 under", "line 8: "},
      {"<=named to 1267 1373 under", "<=named to * 1373 under", "line 8: "},
      {"<=named to 1267 1373 under", "<=named to 1267  1373 under", "line 8: "},
      {"under \"paragraph a1\"", "under paragraph a1", "line 8: "},
      {"under \"paragraph a1\"", "under \"\"", "line 8: "},
      {"under \"paragraph a1\"", "under \"paragraph a1", "line 8: "},
      {"under \"paragraph a1\"", "under \"paragraph \"a1\"", "line 8: "},
      {"under \"paragraph a1\"", "under \"paragraph a1\" ", "line 8: "},
      {"under \"paragraph a1\"", "under \"paragraph\ta1\"", "line 8: "},
      {"under \"paragraph a1\"", "under \"paragraph \xC2\xA7 1\"", "line 8: "},
      {"allow a1", "allow z1", "line 8: "},
      {"allow a1", "# allow a1", "line 8: "},
      {"allow a1", "\nallow a1", "line 8: "},
      {"allow a1", " allow a1", "line 8: "},
  };
  for (const auto& one : cases) {
    const auto policy = parse_policy(replaced(policy_text(), one.from, one.to));
    ASSERT_FALSE(policy.has_value()) << one.to;
    EXPECT_EQ(policy.error().code, Code::kPolicyFile) << one.to;
    EXPECT_TRUE(policy.error().what.starts_with(one.line)) << one.to << ": " << policy.error().what;
  }
  EXPECT_FALSE(parse_policy("").has_value());
  EXPECT_FALSE(parse_policy(policy_text().substr(0, policy_text().size() - 1)).has_value());
}

TEST(PolicyFile, MoreThan64KibibytesIsRefused) {
  auto text = policy_text({});
  const std::string start = "allow x publish * receipt public to * under \"";
  text += start + std::string(kPolicyBytesMax - text.size() - start.size() - 2, 'x') + "\"\n";
  ASSERT_EQ(text.size(), kPolicyBytesMax);
  EXPECT_TRUE(parse_policy(text).has_value());
  EXPECT_FALSE(parse_policy(replaced(text, "xx", "xxx")).has_value());
}

TEST(PolicyFile, BrokenBytesNeverBreakTheParser) {
  std::mt19937 random(7);
  const auto good = policy_text();
  const auto cells = every_cell();
  for (int round = 0; round < 30'000; ++round) {
    auto text = good;
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 40); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 40)); break;
        case 3: text[at] = " \n\"<=*-"[random() % 7]; break;
      }
      if (text.empty()) text = "x";
    }
    if (const auto policy = parse_policy(text)) (void)sample::decide(*policy, cells[random() % cells.size()]);
  }
  for (std::size_t size = 0; size < good.size(); ++size) (void)parse_policy(good.substr(0, size));
}

TEST(PolicyFile, TheNextVersionNamesTheHashOfTheOneInForce) {
  const auto text = policy_text();
  const Policy one = policy_of(text);
  const Hash hash = sha256(view_of(text));
  Policy two = one;
  two.version = 2;
  two.previous = hash;
  EXPECT_TRUE(check_policy_succession(one, hash, two).has_value());
  two.previous = kZeroHash;
  EXPECT_EQ(check_policy_succession(one, hash, two).error().code, Code::kPolicyFile);
  two.previous.reset();
  EXPECT_FALSE(check_policy_succession(one, hash, two).has_value());
  two.previous = hash;
  for (const std::uint64_t version : {0, 1, 3}) {
    two.version = version;
    EXPECT_FALSE(check_policy_succession(one, hash, two).has_value()) << version;
  }
}

std::string default_policy() {
  std::ifstream file(LIAISON_SOURCE_DIR "/deploy/policy/default.policy", std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(DefaultPolicy, EveryRuleNamesItsParagraph) {
  const Policy policy = policy_of(default_policy());
  EXPECT_EQ(policy.version, 1u);
  const std::regex paragraph(R"(S/RES/\d+ \(\d{4}\) \d+[^:]*: .+)");
  for (const auto& rule : policy.rules) EXPECT_TRUE(std::regex_match(rule.basis, paragraph)) << rule.id << ": " << rule.basis;
}

TEST(DefaultPolicy, TheThreeSealPlansAnswersAndRecallsToEachOtherAndNothingElse) {
  const Policy policy = policy_of(default_policy());
  for (const auto& cell : every_cell()) {
    if (cell.to.contains(cell.sender)) continue;   // no header can ask this
    const bool known = cell.fourth_member || (cell.sender != "9999" && !cell.to.contains("9999"));
    const bool three = cell.sender != "9999" && !cell.to.contains("9999");
    const bool record = cell.kind == "visit.plan" || cell.kind == "visit.answer" || cell.kind == "visit.recall";
    auto expected = Code::kPolicy;
    if (cell.marking == "chair_only") expected = Code::kMarking;
    else if (cell.to.empty() || !known) expected = Code::kPolicy;
    else if (cell.kind == "receipt" && cell.marking == "public") expected = Code::kAccepted;
    else if (record && three) expected = cell.suite == 2 ? Code::kAccepted : Code::kEncryptionRequired;
    ASSERT_EQ(sample::decide(policy, cell).verdict, expected) << sample::describe(cell);
  }
}

}  // namespace
}  // namespace liaison
