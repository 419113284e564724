// SPDX-License-Identifier: Apache-2.0
// How a field of the API's JSON is read: what is not as it should be is told with its name and with what to try. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/effect.h"
#include "schemas/result.h"

namespace liaison {

// kInput: "field: what is wrong".
Error wrong(const std::string& field, std::string what, std::string hint);
// What was typed, in quotes and printable.
std::string in_quotes(std::string_view text);
// In normal form C; null is empty. kInput.
Result<std::string> read_text(const nlohmann::json& value, const std::string& field);
Result<bool> read_flag(const nlohmann::json& value, const std::string& field);
Result<std::vector<std::string>> read_texts(const nlohmann::json& value, const std::string& field);
// kInput unless it is a list of at most 64.
Result<void> check_list(const nlohmann::json& value, const std::string& field);
// kInput for what is no object, or has a field of another name; the hint names the nearest one.
Result<void> check_object(const nlohmann::json& value, const std::string& field, const std::vector<std::string_view>& known);

// Why a record is taken back, and whom to call: `reason` is needed. kInput.
struct RecallFields { std::string reason, contact; };
Result<RecallFields> read_recall_fields(const nlohmann::json& fields, const std::string& contact);
// States as {"alpha3", "name"}.
nlohmann::json states_json(const std::vector<std::string>& alpha3);
// How a place in the log is printed: null while a message is only queued.
nlohmann::json accepted_at(const Place& place);
nlohmann::json index_json(const Place& place);
nlohmann::json members_json(const std::vector<MemberId>& members);

}  // namespace liaison
