// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/audience.h"

#include <algorithm>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

constexpr std::string_view kNamed = "named";

}  // namespace

Result<void> check_marking(const std::string& marking) {
  static const std::vector<std::string_view> known = {"public", "committees", "named"};
  static const std::vector<std::string_view> kept = {"committee_only", "state_shared", "chair_only"};
  if (std::find(known.begin(), known.end(), marking) != known.end()) return {};
  if (std::find(kept.begin(), kept.end(), marking) != kept.end()) {
    return fail(Code::kMarking, "marking: " + marking + " never leaves this node",
                "keep it in the committee's own files, or choose one of " + comma_list(known));
  }
  return fail(Code::kInput, "marking: \"" + marking.substr(0, 64) + "\" is not known", "one of " + comma_list(known));
}

Result<std::vector<MemberId>> audience_of(const std::vector<MemberId>& others, const std::string& marking, const std::optional<std::vector<std::string>>& to) {
  if (others.empty()) return fail(Code::kInput, "to: the roster knows no other member yet", "wait until the node has met the broker");
  if (!to || to->empty()) {
    if (marking != kNamed) return others;
    const std::string& one = others.front().str();
    return fail(Code::kInput, "to: the marking named needs the members it is for",
                "name them, each with --recipient " + one + " (in JSON: \"to\": [\"" + one + "\"])");
  }
  std::vector<MemberId> recipients;
  for (const auto& name : *to) {
    const auto found = std::find_if(others.begin(), others.end(), [&](const MemberId& m) { return m.str() == name; });
    if (found == others.end()) {
      std::vector<std::string_view> known;
      for (const auto& member : others) known.push_back(member.str());
      return fail(Code::kInput, "to: \"" + name.substr(0, 64) + "\" is not another member", "one of " + comma_list(known));
    }
    if (std::find(recipients.begin(), recipients.end(), *found) == recipients.end()) recipients.push_back(*found);
  }
  std::sort(recipients.begin(), recipients.end());
  if (marking != kNamed && recipients != others) {
    return fail(Code::kInput, "to: the marking " + marking + " goes to every member, and this names only some",
                "use the marking named for some, or leave the recipients out for all");
  }
  return recipients;
}

// Who was told of a record is told of every revision: widening is another record, narrowing another message.
Result<std::vector<MemberId>> lasting_audience(const StoredRevision& revision, const std::vector<MemberId>& others, const Audience& wanted) {
  const std::string hint = "make a new one for another audience; the audience of this one was fixed when it first left";
  if (wanted.marking && *wanted.marking != revision.marking) return fail(Code::kInput, "marking: this record went out as " + revision.marking, hint);
  std::vector<MemberId> recipients;
  std::set_intersection(revision.recipients.begin(), revision.recipients.end(), others.begin(), others.end(), std::back_inserter(recipients));
  if (wanted.to) {
    auto asked = TRY(audience_of(others, std::string(kNamed), wanted.to));
    if (asked != recipients) return fail(Code::kInput, "to: this record went to other members", hint);
  }
  if (recipients.empty()) return fail(Code::kInput, "to: none of the members who got this record is in the roster any more", hint);
  return recipients;
}

Result<std::vector<MemberId>> told_of_answer(const StoredRevision& revision, const MemberId& owner, const std::vector<MemberId>& others) {
  std::vector<MemberId> told = revision.recipients, recipients;
  told.push_back(owner);
  std::sort(told.begin(), told.end());
  std::set_intersection(told.begin(), told.end(), others.begin(), others.end(), std::back_inserter(recipients));
  if (std::binary_search(recipients.begin(), recipients.end(), owner)) return recipients;
  return fail(Code::kInput, "id: " + owner.str() + ", which owns " + revision.record + ", is not in the roster any more", "nobody is left to answer");
}

}  // namespace liaison
