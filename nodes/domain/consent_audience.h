// SPDX-License-Identifier: Apache-2.0
// For whom a State's consent is, for the records and the visits that rest on it. Pure functions.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "nodes/domain/words.h"
#include "schemas/ids.h"
#include "schemas/record.h"

namespace liaison {

// A committee that makes what rests on the consent, `owner`, or is told of it, and that the consent does not name, where it names any: one that
// names none is for all. The committee that keeps the consent has it in any case.
inline std::optional<MemberId> not_for(const Record& consent, const MemberId& owner, const std::vector<MemberId>& told) {
  const auto& named = consent.value("committees").items;
  if (named.empty()) return std::nullopt;
  const auto has_it = [&](const MemberId& member) {
    return member == consent.owner || std::any_of(named.begin(), named.end(), [&](const RecordValue& one) { return one.text == member.str(); });
  };
  if (!has_it(owner)) return owner;
  const auto other = std::find_if_not(told.begin(), told.end(), has_it);
  return other == told.end() ? std::nullopt : std::optional(*other);
}

// "is for 1267 only, and not for 1373".
inline std::string not_for_words(const Record& consent, const MemberId& other) {
  std::vector<std::string> names;
  for (const RecordValue& one : consent.value("committees").items) names.push_back(one.text);
  return "is for " + listed(names) + " only, and not for " + other.str();
}

}  // namespace liaison
