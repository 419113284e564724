// SPDX-License-Identifier: Apache-2.0
// Is the oracle's table sharp enough? Each mutant is one plausible mistake, in the text of the policy or in the way it is
// evaluated, and some cell of the table must tell it from the original.
#include <gtest/gtest.h>

#include <optional>

#include "tests/security/policy_oracle.h"

namespace liaison {
namespace {

using sample::Answer;
using sample::Cell;
using sample::every_cell;
using sample::oracle;

struct Mutant { const char *name, *from, *to; };

// Mistakes in the file.
const std::vector<Mutant> kTextMutants = {
    {"a1 denies", "allow a1", "deny a1"},
    {"a2 denies", "allow a2", "deny a2"},
    {"a3 denies", "allow a3", "deny a3"},
    {"a4 denies", "allow a4", "deny a4"},
    {"a5 denies", "allow a5", "deny a5"},
    {"a6 denies", "allow a6", "deny a6"},
    {"a7 denies", "allow a7", "deny a7"},
    {"a8 denies", "allow a8", "deny a8"},
    {"a9 denies", "allow a9", "deny a9"},
    {"z1 denies", "allow z1", "deny z1"},
    {"d1 allows", "deny d1", "allow d1"},
    {"d2 allows", "deny d2", "allow d2"},
    {"d3 allows", "deny d3", "allow d3"},
    {"a1 has another sender", "a1 publish 1540", "a1 publish 1373"},
    {"a1 is for every sender", "a1 publish 1540", "a1 publish *"},
    {"a2 has another sender", "a2 publish 1373", "a2 publish 1267"},
    {"a3 has another sender", "a3 publish 1267", "a3 publish 1540"},
    {"a4 is for one sender", "a4 publish *", "a4 publish 1540"},
    {"a5 is for one sender", "a5 publish *", "a5 publish 1267"},
    {"a8 has another sender", "a8 publish 1267", "a8 publish 1540"},
    {"z1 is a stranger's", "z1 publish 1540", "z1 publish 9999"},
    {"d1 has another sender", "d1 publish 1373", "d1 publish 1540"},
    {"d1 is for every sender", "d1 publish 1373", "d1 publish *"},
    {"d2 is for one sender", "d2 publish *", "d2 publish 1373"},
    {"d3 is for a stranger", "d3 publish 1540", "d3 publish 9999"},
    {"a1 is of another kind", "1540 visit.plan <=named", "1540 visit.answer <=named"},
    {"a4 is of another kind", "* visit.answer <=committees", "* visit.plan <=committees"},
    {"a5 is of another kind", "* receipt <=named", "* visit.recall <=named"},
    {"a6 is of another kind", "1540 visit.recall named", "1540 visit.plan named"},
    {"a7 is of another kind", "1540 heartbeat", "1540 receipt"},
    {"d1 is of another kind", "1373 visit.plan committees", "1373 visit.answer committees"},
    {"d2 is of another kind", "* visit.answer <=public", "* visit.plan <=public"},
    {"d3 is of another kind", "1540 visit.plan public", "1540 visit.recall public"},
    {"a1 loses <=", "visit.plan <=named", "visit.plan named"},
    {"a2 loses <=", "visit.plan <=committees", "visit.plan committees"},
    {"a4 loses <=", "visit.answer <=committees", "visit.answer committees"},
    {"a5 loses <=", "receipt <=named", "receipt named"},
    {"a7 loses <=", "heartbeat <=named", "heartbeat named"},
    {"a3 gains <=", "1267 visit.plan committees", "1267 visit.plan <=committees"},
    {"a6 gains <=", "1540 visit.recall named", "1540 visit.recall <=named"},
    {"d1 gains <=", "1373 visit.plan committees", "1373 visit.plan <=committees"},
    {"a1 ends at a wider marking", "visit.plan <=named", "visit.plan <=committees"},
    {"a2 ends at a narrower marking", "visit.plan <=committees", "visit.plan <=named"},
    {"a3 has another marking", "1267 visit.plan committees", "1267 visit.plan named"},
    {"a4 ends at a narrower marking", "visit.answer <=committees", "visit.answer <=named"},
    {"d1 has another marking", "1373 visit.plan committees", "1373 visit.plan public"},
    {"d2 ends at a narrower marking", "visit.answer <=public", "visit.answer <=committees"},
    {"d3 has another marking", "1540 visit.plan public", "1540 visit.plan named"},
    {"a1 loses a recipient", "to 1267 1373 under \"paragraph a1\"", "to 1267 under \"paragraph a1\""},
    {"a1 gains a recipient", "to 1267 1373 under \"paragraph a1\"", "to 1267 1373 1540 under \"paragraph a1\""},
    {"a1 is to everyone", "to 1267 1373 under \"paragraph a1\"", "to * under \"paragraph a1\""},
    {"a2 has another recipient", "to 1267 1540 under", "to 1373 1540 under"},
    {"a3 is to everyone", "to 1540 under \"paragraph a3\"", "to * under \"paragraph a3\""},
    {"a4 names the members of today", "to * under \"paragraph a4\"", "to 1267 1373 1540 under \"paragraph a4\""},
    {"a5 names the members of today", "to * under \"paragraph a5\"", "to 1267 1373 1540 under \"paragraph a5\""},
    {"a6 has another recipient", "to 1373 under \"paragraph a6\"", "to 1267 under \"paragraph a6\""},
    {"a8 and a9 are one rule", "to 1373 under \"paragraph a8\"", "to 1373 1540 under \"paragraph a8\""},
    {"d1 has another recipient", "to 1267 under \"paragraph d1\"", "to 1540 under \"paragraph d1\""},
    {"d1 is to everyone", "to 1267 under \"paragraph d1\"", "to * under \"paragraph d1\""},
    {"d2 is to everyone", "to 1267 under \"paragraph d2\"", "to * under \"paragraph d2\""},
    {"d3 gains a recipient", "to 1373 under \"paragraph d3\"", "to 1267 1373 under \"paragraph d3\""},
    {"encryption begins earlier", "encrypt committees", "encrypt public"},
    {"encryption begins later", "encrypt committees", "encrypt named"},
    {"no kind is excepted", " except heartbeat receipt", ""},
    {"heartbeat is not excepted", "except heartbeat receipt", "except receipt"},
    {"receipt is not excepted", "except heartbeat receipt", "except heartbeat"},
    {"plans are excepted", "except heartbeat receipt", "except heartbeat receipt visit.plan"},
    {"answers are excepted", "except heartbeat receipt", "except heartbeat receipt visit.answer"},
    {"recalls are excepted", "except heartbeat receipt", "except heartbeat receipt visit.recall"},
    {"the wider markings change places", "marking public committees named", "marking committees public named"},
    {"the narrower markings change places", "marking public committees named", "marking public named committees"},
    {"a marking more", "marking public committees named", "marking public committees named chair_only"},
    {"a kind more, and a4 is of it", "* visit.answer <=committees", "* visit.rumour <=committees"},
    {"a1 goes by another name", "allow a1", "allow zz"},
    {"d1 goes by another name", "deny d1", "deny d9"},
    {"a1 rests on another text", "paragraph a1", "paragraph 1a"},
    {"d2 rests on another text", "paragraph d2", "paragraph 2d"},
    {"the verb is unknown", "a1 publish", "a1 read"},
    {"the version has no predecessor", "version 1", "version 2"},
};

// Changes that no question can show, each with its reason; the test proves that none does.
const std::vector<Mutant> kEquivalentTexts = {
    {"d2 loses <=: public is the widest marking, so nothing stands before it", "<=public", "public"},
    {"z1 is to fewer: a1 covers all that z1 does", "allow z1 publish 1540 visit.plan named to 1267 under \"paragraph z1\"\n", ""},
    {"z1 rests on another text: a1 is named first", "paragraph z1", "paragraph 26"},
    {"z1 goes by another name: it is still behind a1", "allow z1", "allow zz"},
};

std::string mutated(const Mutant& mutant) {
  std::string text = sample::policy_text();
  const std::string_view from = mutant.from;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << mutant.name;
  EXPECT_EQ(text.find(from, at + 1), std::string::npos) << mutant.name << " is not one change";
  return text.replace(at, from.size(), mutant.to);
}

// Refused as a file, or betrayed by a cell.
bool killed(const std::string& text) {
  const auto policy = parse_policy(text);
  if (!policy) return true;
  const auto cells = every_cell();
  return !std::all_of(cells.begin(), cells.end(), [&](const Cell& cell) { return sample::as_oracle(sample::decide(*policy, cell), oracle(cell)); });
}

TEST(PolicyMutants, EveryMistakeInTheFileIsCaught) {
  ASSERT_GE(kTextMutants.size(), 40u);
  ASSERT_FALSE(killed(sample::policy_text()));
  for (const auto& mutant : kTextMutants) EXPECT_TRUE(killed(mutated(mutant))) << mutant.name;
}

TEST(PolicyMutants, EveryRuleThatIsLeftOutIsMissed) {
  for (const auto& left_out : sample::kPolicyRules) {
    auto rules = sample::kPolicyRules;
    std::erase(rules, left_out);
    EXPECT_EQ(killed(sample::policy_text(rules)), !left_out.starts_with("allow z1")) << left_out;
  }
}

TEST(PolicyMutants, WhatIsCalledEquivalentIs) {
  for (const auto& mutant : kEquivalentTexts) EXPECT_FALSE(killed(mutated(mutant))) << mutant.name;
}

// Mistakes in the evaluator: a second one, which can make each of them.
enum class Flaw {
  none, allow_at_one_recipient, allows_add_up, deny_at_all_recipients, deny_ignored, allow_wins, first_line_wins, last_id_named,
  first_line_named, sender_ignored, kind_ignored, marking_ignored, recipients_ignored, up_to_is_exact, up_to_is_below, up_to_is_from,
  exact_is_up_to, unknown_marking_is_public, unknown_sender_let_in, unknown_recipient_let_in, star_sender_matches_nobody,
  star_is_the_members_of_old, no_recipients_allowed, sealing_never_asked, sealing_always_asked, sealing_at_one_marking_only,
  sealing_up_to_the_marking, except_ignored, except_reversed, suite_1_asked, sealing_before_policy, default_allow,
};
constexpr Flaw kLastFlaw = Flaw::default_allow;

class FlawedEvaluator {
 public:
  FlawedEvaluator(const Policy& policy, const Cell& cell, Flaw flaw) : policy_(policy), cell_(cell), flaw_(flaw) {}

  Answer judge() const {
    const std::size_t rank = rank_of(cell_.marking);
    if (rank == policy_.markings.size() && !has(Flaw::unknown_marking_is_public)) return {Code::kMarking, "default"};
    if (cell_.to.empty() && !has(Flaw::no_recipients_allowed)) return {};
    if (!known(cell_.sender) && !has(Flaw::unknown_sender_let_in)) return {};
    for (const auto& id : cell_.to) {
      if (!known(id) && !has(Flaw::unknown_recipient_let_in)) return {};
    }
    if (has(Flaw::sealing_before_policy) && must_seal(rank)) return {Code::kEncryptionRequired, "default"};
    Answer answer = by_rules();
    if (answer.verdict == Code::kAccepted && must_seal(rank)) answer.verdict = Code::kEncryptionRequired;
    return answer;
  }

 private:
  bool has(Flaw flaw) const { return flaw_ == flaw; }
  bool known(const std::string& id) const { return id != "9999" || cell_.fourth_member; }
  std::size_t rank_of(const std::string& marking) const {
    std::size_t rank = 0;
    while (rank < policy_.markings.size() && policy_.markings[rank] != marking) ++rank;
    if (rank == policy_.markings.size() && has(Flaw::unknown_marking_is_public)) return 0;
    return rank;
  }

  bool subject_matches(const PolicyRule& rule) const {
    const bool star = rule.sender == "*" && !has(Flaw::star_sender_matches_nobody);
    if (!has(Flaw::sender_ignored) && !star && rule.sender != cell_.sender) return false;
    if (!has(Flaw::kind_ignored) && rule.kind != cell_.kind) return false;
    if (has(Flaw::marking_ignored)) return true;
    const std::size_t asked = rank_of(cell_.marking), limit = rank_of(rule.marking);
    if (rule.up_to) {
      if (has(Flaw::up_to_is_exact)) return asked == limit;
      if (has(Flaw::up_to_is_below)) return asked < limit;
      if (has(Flaw::up_to_is_from)) return asked >= limit;
      return asked <= limit;
    }
    return has(Flaw::exact_is_up_to) ? asked <= limit : asked == limit;
  }

  bool names(const PolicyRule& rule, const std::string& id) const {
    if (has(Flaw::recipients_ignored)) return true;
    if (rule.to.front() == "*") return !has(Flaw::star_is_the_members_of_old) || id != "9999";
    return std::find(rule.to.begin(), rule.to.end(), id) != rule.to.end();
  }

  bool matches(const PolicyRule& rule) const {
    if (!subject_matches(rule)) return false;
    const auto count = std::count_if(cell_.to.begin(), cell_.to.end(), [&](const auto& id) { return names(rule, id); });
    const auto all = static_cast<std::ptrdiff_t>(cell_.to.size());
    if (rule.allow) return has(Flaw::allow_at_one_recipient) ? count > 0 : count == all;
    return has(Flaw::deny_at_all_recipients) ? count == all : count > 0;
  }

  // Each recipient is named by some allow, but perhaps by different ones.
  bool covered_together() const {
    return std::all_of(cell_.to.begin(), cell_.to.end(), [&](const auto& id) {
      return std::any_of(policy_.rules.begin(), policy_.rules.end(), [&](const auto& r) { return r.allow && subject_matches(r) && names(r, id); });
    });
  }

  std::optional<std::string> matching(bool allow) const {
    std::optional<std::string> named;
    for (const auto& rule : policy_.rules) {
      if (rule.allow != allow || !matches(rule)) continue;
      const bool later = has(Flaw::last_id_named) ? named && rule.id < *named : named && *named < rule.id;
      if (!named || (!later && !has(Flaw::first_line_named))) named = rule.id;
    }
    return named;
  }

  Answer by_rules() const {
    if (has(Flaw::first_line_wins)) {
      for (const auto& rule : policy_.rules) {
        if (matches(rule)) return {rule.allow ? Code::kAccepted : Code::kPolicy, rule.id};
      }
      return {};
    }
    const auto deny = matching(false), allow = matching(true);
    const bool allow_first = has(Flaw::deny_ignored) || (has(Flaw::allow_wins) && allow);
    if (deny && !allow_first) return {Code::kPolicy, *deny};
    if (allow) return {Code::kAccepted, *allow};
    if (has(Flaw::allows_add_up) && covered_together()) return {Code::kAccepted, "several"};
    return {has(Flaw::default_allow) ? Code::kAccepted : Code::kPolicy, "default"};
  }

  bool must_seal(std::size_t rank) const {
    if (has(Flaw::sealing_never_asked)) return false;
    const std::size_t first = rank_of(policy_.encrypt_from);
    const auto& except = policy_.encrypt_except;
    bool excepted = std::find(except.begin(), except.end(), cell_.kind) != except.end();
    if (has(Flaw::except_ignored)) excepted = false;
    if (has(Flaw::except_reversed)) excepted = !excepted;
    bool within = rank >= first;
    if (has(Flaw::sealing_always_asked)) within = true;
    if (has(Flaw::sealing_at_one_marking_only)) within = rank == first;
    if (has(Flaw::sealing_up_to_the_marking)) within = rank <= first;
    return within && !excepted && cell_.suite != (has(Flaw::suite_1_asked) ? 1 : 2);
  }

  const Policy& policy_;
  const Cell& cell_;
  Flaw flaw_;
};

TEST(PolicyMutants, EveryMistakeInTheEvaluatorIsCaught) {
  const Policy policy = *parse_policy(sample::policy_text());
  const auto cells = every_cell();
  for (int flaw = 0; flaw <= static_cast<int>(kLastFlaw); ++flaw) {
    const bool sound = std::all_of(cells.begin(), cells.end(), [&](const Cell& cell) {
      return FlawedEvaluator(policy, cell, static_cast<Flaw>(flaw)).judge() == oracle(cell);
    });
    EXPECT_EQ(sound, static_cast<Flaw>(flaw) == Flaw::none) << "flaw " << flaw;
  }
}

}  // namespace
}  // namespace liaison
