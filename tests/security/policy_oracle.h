// SPDX-License-Identifier: Apache-2.0
// A sample policy, every question that can be put to it, and what a person answers who reads it: an oracle written by
// hand, which shares nothing with the parser or the evaluator.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "security/policy.h"

namespace liaison::sample {

inline constexpr std::string_view kPolicyHead =
    "liaison-policy/v1\n"
    "version 1\n"
    "previous -\n"
    "marking public committees named\n"
    "kind heartbeat receipt visit.answer visit.plan visit.recall\n"
    "encrypt committees except heartbeat receipt\n";
inline const std::vector<std::string> kPolicyRules = {
    "allow z1 publish 1540 visit.plan named to 1267 under \"paragraph z1\"",
    "allow a1 publish 1540 visit.plan <=named to 1267 1373 under \"paragraph a1\"",
    "allow a2 publish 1373 visit.plan <=committees to 1267 1540 under \"paragraph a2\"",
    "allow a3 publish 1267 visit.plan committees to 1540 under \"paragraph a3\"",
    "allow a4 publish * visit.answer <=committees to * under \"paragraph a4\"",
    "allow a5 publish * receipt <=named to * under \"paragraph a5\"",
    "allow a6 publish 1540 visit.recall named to 1373 under \"paragraph a6\"",
    "allow a7 publish 1540 heartbeat <=named to 1267 1373 under \"paragraph a7\"",
    "allow a8 publish 1267 visit.recall named to 1373 under \"paragraph a8\"",
    "allow a9 publish 1267 visit.recall named to 1540 under \"paragraph a9\"",
    "deny d1 publish 1373 visit.plan committees to 1267 under \"paragraph d1\"",
    "deny d2 publish * visit.answer <=public to 1267 under \"paragraph d2\"",
    "deny d3 publish 1540 visit.plan public to 1373 under \"paragraph d3\"",
};
inline std::string policy_text(const std::vector<std::string>& rules = kPolicyRules) {
  std::string text(kPolicyHead);
  for (const auto& rule : rules) text += rule + '\n';
  return text;
}

struct Cell {
  bool fourth_member = false;   // is 9999 a member of the roster in force?
  std::string sender, kind, marking;
  std::set<std::string> to;
  std::uint8_t suite = 0;
};
struct Answer {
  Code verdict = Code::kPolicy;
  std::string rule = "default";
  bool operator==(const Answer&) const = default;
};

// Every sender, kind, marking (one of each unknown), every set of recipients and both suites, under two rosters.
inline std::vector<Cell> every_cell() {
  const std::vector<std::string> parties = {"1267", "1373", "1540", "9999"};
  std::vector<Cell> cells;
  for (const bool fourth : {false, true})
    for (const auto& sender : parties)
      for (const char* kind : {"heartbeat", "receipt", "visit.answer", "visit.plan", "visit.recall", "visit.rumour"})
        for (const char* marking : {"public", "committees", "named", "chair_only"})
          for (unsigned bits = 0; bits < 16; ++bits)
            for (const std::uint8_t suite : {std::uint8_t{1}, std::uint8_t{2}}) {
              Cell cell{fourth, sender, kind, marking, {}, suite};
              for (unsigned i = 0; i < 4; ++i) {
                if ((bits >> i & 1) != 0) cell.to.insert(parties[i]);
              }
              cells.push_back(cell);
            }
  return cells;
}

inline Answer plan_answer(const Cell& c) {
  const bool within_a1 = !c.to.contains("1540") && !c.to.contains("9999");
  const bool within_a2 = !c.to.contains("1373") && !c.to.contains("9999");
  if (c.sender == "1540") {
    if (c.marking == "public" && c.to.contains("1373")) return {Code::kPolicy, "d3"};
    if (within_a1) return {Code::kAccepted, "a1"};
  }
  if (c.sender == "1373") {
    if (c.marking == "committees" && c.to.contains("1267")) return {Code::kPolicy, "d1"};
    if (c.marking != "named" && within_a2) return {Code::kAccepted, "a2"};
  }
  if (c.sender == "1267" && c.marking == "committees" && c.to == std::set<std::string>{"1540"}) return {Code::kAccepted, "a3"};
  return {};
}

inline Answer recall_answer(const Cell& c) {
  if (c.marking != "named" || c.to.size() != 1) return {};
  if (c.sender == "1540" && c.to.contains("1373")) return {Code::kAccepted, "a6"};
  if (c.sender == "1267" && c.to.contains("1373")) return {Code::kAccepted, "a8"};
  if (c.sender == "1267" && c.to.contains("1540")) return {Code::kAccepted, "a9"};
  return {};
}

inline Answer answer_before_sealing(const Cell& c) {
  if (c.kind == "receipt") return {Code::kAccepted, "a5"};
  if (c.kind == "heartbeat") {
    if (c.sender == "1540" && !c.to.contains("1540") && !c.to.contains("9999")) return {Code::kAccepted, "a7"};
    return {};
  }
  if (c.kind == "visit.answer") {
    if (c.marking == "public" && c.to.contains("1267")) return {Code::kPolicy, "d2"};
    if (c.marking != "named") return {Code::kAccepted, "a4"};
    return {};
  }
  if (c.kind == "visit.plan") return plan_answer(c);
  if (c.kind == "visit.recall") return recall_answer(c);
  return {};
}

// What a reader of the sample policy answers.
inline Answer oracle(const Cell& c) {
  if (c.marking == "chair_only") return {Code::kMarking, "default"};
  if (c.to.empty()) return {};
  if (!c.fourth_member && (c.sender == "9999" || c.to.contains("9999"))) return {};
  Answer answer = answer_before_sealing(c);
  const bool may_be_plain = c.marking == "public" || c.kind == "heartbeat" || c.kind == "receipt";
  if (answer.verdict == Code::kAccepted && c.suite == 1 && !may_be_plain) answer.verdict = Code::kEncryptionRequired;
  return answer;
}

inline std::vector<MemberId> member_ids(const std::set<std::string>& names) {
  std::vector<MemberId> out;
  for (const auto& name : names) out.push_back(*MemberId::parse(name));
  return out;
}
inline std::vector<MemberId> members_of(const Cell& cell) {
  return cell.fourth_member ? member_ids({"1267", "1373", "1540", "9999"}) : member_ids({"1267", "1373", "1540"});
}

inline PolicyDecision decide(const Policy& policy, const Cell& cell) {
  const auto recipients = member_ids(cell.to);
  return liaison::decide(policy, members_of(cell), {*MemberId::parse(cell.sender), cell.kind, cell.marking, &recipients, cell.suite});
}

// The decision is the oracle's, and its basis is the text of the rule that it names.
inline bool as_oracle(const PolicyDecision& decision, const Answer& answer) {
  return Answer{decision.verdict, decision.rule} == answer &&
         decision.basis == (answer.rule == "default" ? "" : "paragraph " + answer.rule);
}

inline std::string describe(const Cell& c) {
  std::string text = c.sender + ' ' + c.kind + ' ' + c.marking + " suite " + std::to_string(c.suite) + " to";
  for (const auto& id : c.to) text += ' ' + id;
  return text + (c.fourth_member ? " (four members)" : "");
}

}  // namespace liaison::sample
