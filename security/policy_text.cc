// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "security/line_reader.h"
#include "security/policy.h"

namespace liaison {
namespace {

using Words = std::vector<std::string_view>;

// The forms that a header can carry (schemas/message.h).
bool is_marking(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), allowed);
}
bool is_kind(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), allowed);
}

template <class Words>
bool sorted_and_unique(const Words& words) {
  return std::adjacent_find(words.begin(), words.end(), [](const auto& a, const auto& b) { return !(a < b); }) == words.end();
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

class PolicyParser {
 public:
  explicit PolicyParser(LineReader lines) : lines_(std::move(lines)) {}

  Result<Policy> parse() {
    TRY(head());
    TRY(vocabulary());
    TRY(encrypt());
    while (!lines_.done()) TRY(rule());
    return std::move(policy_);
  }

 private:
  Result<void> head() {
    if (TRY(lines_.take_line()) != "liaison-policy/v1") return lines_.error("the first line is not \"liaison-policy/v1\"");
    const auto version = parse_decimal(TRY(lines_.take("version", 1))[0]);
    if (!version || *version == 0) return lines_.error("a version is a decimal number from 1");
    const auto previous = parse_previous(TRY(lines_.take("previous", 1))[0]);
    if (!previous) return lines_.error("neither \"-\" nor base64 of 32 bytes");
    if ((*version == 1) == previous->has_value()) return lines_.error("version 1, and no other, has \"previous -\"");
    policy_.version = *version;
    policy_.previous = *previous;
    return {};
  }

  Result<void> vocabulary() {
    for (const auto word : TRY(lines_.take_some("marking"))) {
      if (!is_marking(word)) return lines_.error("a marking is 1 to 32 small letters and underlines");
      if (contains(policy_.markings, word)) return lines_.error("a marking stands twice");
      policy_.markings.emplace_back(word);
    }
    const auto kinds = TRY(lines_.take_some("kind"));
    if (!std::all_of(kinds.begin(), kinds.end(), is_kind)) return lines_.error("a kind is 1 to 32 small letters, dots and underlines");
    if (!sorted_and_unique(kinds)) return lines_.error("the kinds are not sorted, or one stands twice");
    policy_.kinds.assign(kinds.begin(), kinds.end());
    return {};
  }

  Result<void> encrypt() {
    auto words = TRY(lines_.take_some("encrypt"));
    if (!contains(policy_.markings, words[0])) return lines_.error("an unknown marking");
    policy_.encrypt_from = words[0];
    if (words.size() == 1) return {};
    if (words[1] != "except" || words.size() == 2) return lines_.error("an encrypt line is MARKING, or MARKING except KIND...");
    words.erase(words.begin(), words.begin() + 2);
    if (!sorted_and_unique(words)) return lines_.error("the kinds are not sorted, or one stands twice");
    for (const auto kind : words) {
      if (!contains(policy_.kinds, kind)) return lines_.error("an unknown kind");
      policy_.encrypt_except.emplace_back(kind);
    }
    return {};
  }

  // allow ID publish SENDER KIND [<=]MARKING to RECIPIENT... under "TEXT"
  Result<void> rule() {
    const std::string_view line = TRY(lines_.take_line());
    const auto under = line.find(" under \"");
    if (under == std::string_view::npos) return lines_.error("an unknown line, or a rule without under \"...\"");
    const auto words = split_words(line.substr(0, under));
    if (!words || words->size() < 8) return lines_.error("a rule is allow|deny ID publish SENDER KIND MARKING to RECIPIENT... under \"...\"");
    PolicyRule rule;
    TRY(rule_subject(rule, *words));
    TRY(rule_recipients(rule, *words));
    TRY(rule_basis(rule, line.substr(under + 8)));
    policy_.rules.push_back(std::move(rule));
    return {};
  }

  Result<void> rule_subject(PolicyRule& rule, const Words& words) {
    if (words[0] != "allow" && words[0] != "deny") return lines_.error("a rule begins with allow or deny");
    rule.allow = words[0] == "allow";
    if (!is_id(words[1])) return lines_.error("a rule's name is one to 32 letters, digits, dots, dashes or underlines");
    if (!rule_ids_.insert(std::string(words[1])).second) return lines_.error("two rules have this name");
    rule.id = words[1];
    if (words[2] != "publish") return lines_.error("an unknown verb; there is only publish");
    if (words[3] != "*" && !is_id(words[3])) return lines_.error("a sender is a member's id or *");
    rule.sender = words[3];
    if (!contains(policy_.kinds, words[4])) return lines_.error("an unknown kind");
    rule.kind = words[4];
    rule.up_to = words[5].starts_with("<=");
    rule.marking = rule.up_to ? words[5].substr(2) : words[5];
    if (!contains(policy_.markings, rule.marking)) return lines_.error("an unknown marking");
    return {};
  }

  Result<void> rule_recipients(PolicyRule& rule, const Words& words) {
    if (words[6] != "to") return lines_.error("expected \"to\" after the marking");
    rule.to.assign(words.begin() + 7, words.end());
    if (rule.to.size() == 1 && rule.to[0] == "*") return {};
    if (!std::all_of(rule.to.begin(), rule.to.end(), [](const auto& id) { return is_id(id); })) {
      return lines_.error("recipients are members' ids, or * alone");
    }
    if (!sorted_and_unique(rule.to)) return lines_.error("the recipients are not sorted, or one stands twice");
    return {};
  }

  Result<void> rule_basis(PolicyRule& rule, std::string_view text) {
    if (!text.ends_with('"')) return lines_.error("the quoted text is the last thing in its line");
    text.remove_suffix(1);
    if (text.empty()) return lines_.error("a rule names the paragraph that it rests on");
    if (text.find('"') != std::string_view::npos) return lines_.error("a quotation mark inside the quoted text");
    rule.basis = text;
    return {};
  }

  LineReader lines_;
  Policy policy_;
  std::set<std::string> rule_ids_;
};

}  // namespace

Result<Policy> parse_policy(std::string_view file) {
  PolicyParser parser(TRY(LineReader::open(file, kPolicyBytesMax, Code::kPolicyFile)));
  return parser.parse();
}

}  // namespace liaison
