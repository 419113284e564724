// SPDX-License-Identifier: Apache-2.0
// A State's consent and what rests on it: when it ends, so do the copies. Node's one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"

namespace liaison {

// A consent on which something rests is withdrawn and not recalled: kTransition. One that has ended is held up by what rests on it of this committee's
// own alone. Nothing for records of other kinds, and for those that are not known.
Result<void> check_consent_recall(Node& node, const std::string& record_id, TimeMs now_ms);

// A change of an own consent, inside the act that makes it. When it is withdrawn or expired, or no longer covers what it covered, every own record
// with a step that needed it is recalled in the same transaction, but for those in its field `keep`. The write's answer, with `recalls` (each a
// write's answer with `title`), `kept` ([{"id", "reason"}]) and `others` ([{"id", "owner", "contact", "title", "status", "needs", "told"}]: records of
// other committees; `told`: that committee receives this change). Errors: Records::change's and recall's, and submit's; nothing is stored then.
Result<nlohmann::json> change_consent(Node& node, const std::string& record_id, std::uint32_t on_revision, const nlohmann::json& fields, const Act& act);
// Who has confirmed, by a signed receipt of each recall, that the copy was removed (README.md beside this). kUnknown, kInput, kStore.
Result<nlohmann::json> consent_confirmations_json(Node& node, const std::string& record_id, Now now);

}  // namespace liaison
