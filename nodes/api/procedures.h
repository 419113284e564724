// SPDX-License-Identifier: Apache-2.0
// Decisions by silence, with what this node's own log and deliveries say of them: how one stands, its certificate, and whether that agrees with
// what is known here. Acts are signed revisions by the owner. Node's one thread; reads only, but for close and extend.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/api/act.h"

namespace liaison {

inline constexpr std::size_t kCertificateVoicesMax = 128;   // so many words of committees stand in a certificate at most

// How a procedure stands by this node's log (README.md beside this). A committee that is asked knows its own delivery only, until a certificate
// names the others'. kUnknown, kInput for another kind of record, kTransition (not in the log yet, recalled), kStore.
Result<nlohmann::json> procedure_clock_json(Node& node, const std::string& record_id);
// The owner states how it stands: adopted, objected, on hold, lapsed, or running again after a hold. kTransition before the end, or when somebody
// was not reached, with who; kBusy when the log may still hold back a word in time, or a message of who is asked is missing from it; kUnknown naming the
// file of holidays without which it cannot be told whether it is over; kNotOwner; and as submit.
Result<nlohmann::json> close_procedure(Node& node, const std::string& record_id, const nlohmann::json& fields, const Act& act);
// `working_days` or `hold_months` more, with a `reason`; each once, while it runs. kTransition, kInput, kNotOwner, and as submit.
Result<nlohmann::json> extend_procedure(Node& node, const std::string& record_id, const nlohmann::json& fields, const Act& act);
// A proposal that is about to leave: kInput for a station or an hour that is none; warns of holidays that are not known.
// Before it is made: a period of 0 is refused, since it would be read as none said. kInput.
Result<void> check_periods(const nlohmann::json& fields);
Result<void> look_at_proposal(const Node& node, Draft& draft, TimeMs now_ms);

}  // namespace liaison
