// SPDX-License-Identifier: Apache-2.0
#include "nodes/explain.h"

#include <algorithm>

#include "nodes/composer.h"

namespace liaison {

namespace {

std::string and_list(const std::vector<MemberId>& members) {
  std::string out;
  for (std::size_t i = 0; i < members.size(); ++i) out += (i == 0 ? "" : i + 1 == members.size() ? " and " : ", ") + members[i].str();
  return out.empty() ? "nobody" : out;
}

PolicyDecision ruling(const Mandates::Term& term, const SeenBy& seen, const std::vector<MemberId>& recipients) {
  return ruling_on(term, seen.sender, {seen.kind, seen.marking, recipients, {}, {}});
}

PolicyWord::Reason reason_of(const Mandates::Term& term, const SeenBy& seen, const PolicyDecision& decision) {
  using Reason = PolicyWord::Reason;
  if (!term.has_member(seen.reader)) return Reason::kNotMember;
  const auto known = [&](const MemberId& one) { return term.has_member(one); };
  if (!known(seen.sender) || !std::all_of(seen.recipients.begin(), seen.recipients.end(), known)) return Reason::kNobody;
  if (!decision.allowed()) return Reason::kDenied;
  if (seen.reader == seen.sender) return Reason::kOwn;
  return std::binary_search(seen.recipients.begin(), seen.recipients.end(), seen.reader) ? Reason::kAllowed : Reason::kNotAddressed;
}

std::string message_text(const SeenBy& seen) {
  return seen.sender.str() + " send " + seen.kind + " marked " + seen.marking + " to " + and_list(seen.recipients);
}

}  // namespace

std::string_view word_of(PolicyWord::Reason reason) {
  static constexpr std::string_view kWords[] = {"allowed", "own", "not_addressed", "denied", "not_member", "nobody", "no_policy"};
  return kWords[static_cast<std::size_t>(reason)];
}

PolicyWord policy_word(const Mandates::Term* term, const SeenBy& seen) {
  PolicyWord out;
  if (term == nullptr || term->policy == nullptr) return out;
  out.roster = term->roster().version;
  out.policy = term->policy->version;
  out.since_ms = term->since_ms;
  const PolicyDecision decision = ruling(*term, seen, seen.recipients);
  out.verdict = decision.verdict;
  out.rule = decision.rule;
  out.basis = decision.basis;
  out.reason = reason_of(*term, seen, decision);
  if (out.reason == PolicyWord::Reason::kDenied && seen.recipients.size() > 1 && seen.reader != seen.sender)
    out.to_reader_alone = ruling(*term, seen, {seen.reader}).allowed();
  return out;
}

std::vector<PolicyWord> policy_words(const Mandates& mandates, const SeenBy& seen) {
  std::vector<PolicyWord> out;
  for (const auto& term : mandates.terms()) {
    PolicyWord word = policy_word(term.get(), seen);
    if (out.empty() || !out.back().same_word(word)) out.push_back(std::move(word));
  }
  return out;
}

std::string policy_sentence(const PolicyWord& word, const SeenBy& seen) {
  using Reason = PolicyWord::Reason;
  const std::string policy = "policy " + std::to_string(word.policy) + " (roster " + std::to_string(word.roster) + ")";
  switch (word.reason) {
    case Reason::kNoPolicy: return "no policy was in force, so that nothing could be sent";
    case Reason::kNotMember: return seen.reader.str() + " was no member of the exchange (roster " + std::to_string(word.roster) + ")";
    case Reason::kNobody: return policy + ": the sender or a recipient was no member of the exchange, so that nothing could be sent";
    case Reason::kAllowed:
    case Reason::kOwn: return policy + " lets " + message_text(seen) + ": rule " + word.rule + ", " + word.basis;
    case Reason::kNotAddressed:
      return policy + " lets " + message_text(seen) + " (rule " + word.rule + ", " + word.basis + "), but " + seen.reader.str() + " is none of its recipients";
    case Reason::kDenied: break;
  }
  std::string out = policy + " does not let " + message_text(seen) + ": ";
  if (word.verdict == Code::kMarking) out += "this marking may not travel over the exchange";
  else out += word.rule == "default" || word.rule.empty() ? "no rule allows it" : "rule " + word.rule + ", " + word.basis;
  if (word.to_reader_alone) out += "; to " + seen.reader.str() + " alone it would";
  return out;
}

std::string utc_text(TimeMs time_ms) {
  const std::string text = rfc3339(time_ms);
  return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

}  // namespace liaison
