// SPDX-License-Identifier: Apache-2.0
// Who gets a message: fixed before the first of a record leaves, and the same for all that follows. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/domain/effect.h"
#include "schemas/result.h"

namespace liaison {

// Who should get the message: not part of the record itself.
struct Audience {
  std::optional<std::string> marking;
  std::optional<std::vector<std::string>> to;
};

// kInput for a word that is none; kMarking for one that never leaves this node.
Result<void> check_marking(const std::string& marking);
// The members that a new record goes to, sorted: all others, or those in `to` when the marking is `named`. kInput says who is meant by nobody.
Result<std::vector<MemberId>> audience_of(const std::vector<MemberId>& others, const std::string& marking, const std::optional<std::vector<std::string>>& to);
// The members that a new revision goes to: who was told of the record before and still is a member. kInput when another audience is wanted.
Result<std::vector<MemberId>> lasting_audience(const StoredRevision& revision, const std::vector<MemberId>& others, const Audience& wanted);

// The members that an answer goes to: the record's owner, and who else was told of it and still is a member. kInput when the owner is none any more.
Result<std::vector<MemberId>> told_of_answer(const StoredRevision& revision, const MemberId& owner, const std::vector<MemberId>& others);

}  // namespace liaison
