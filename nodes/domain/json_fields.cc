// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/json_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/states.h"
#include "nodes/domain/words.h"
#include "schemas/text.h"

namespace liaison {

using nlohmann::json;

Error wrong(const std::string& field, std::string what, std::string hint) {
  return fail(Code::kInput, field + ": " + std::move(what), std::move(hint));
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 64) + "\""; }

Result<std::string> read_text(const json& value, const std::string& field) {
  if (value.is_null()) return std::string();
  if (!value.is_string()) return wrong(field, "is not text", "write it in double quotes");
  auto text = to_nfc(value.get_ref<const std::string&>());
  if (!text) return wrong(field, text.error().what, text.error().hint);
  return text;
}

Result<bool> read_flag(const json& value, const std::string& field) {
  if (value.is_null()) return false;
  if (!value.is_boolean()) return wrong(field, "is neither true nor false", "write true or false without quotes");
  return value.get<bool>();
}

Result<void> check_list(const json& value, const std::string& field) {
  if (!value.is_array()) return wrong(field, "is not a list", "write it in square brackets, also when there is one only");
  if (value.size() > 64) return wrong(field, "has more than 64 entries", "leave out what does not belong to this visit");
  return {};
}

Result<void> check_object(const json& value, const std::string& field, const std::vector<std::string_view>& known) {
  if (!value.is_object()) return wrong(field, "is not an object", "write it in braces with " + comma_list(known));
  for (const auto& [key, ignored] : value.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string path = field.empty() ? printable(key, 64) : field + "." + printable(key, 64);
    return wrong(path, "there is no such field", word_hint(key, known));
  }
  return {};
}

Result<std::vector<std::string>> read_texts(const json& value, const std::string& field) {
  std::vector<std::string> out;
  if (value.is_null()) return out;
  TRY(check_list(value, field));
  for (std::size_t i = 0; i < value.size(); ++i) out.push_back(TRY(read_text(value[i], field + "[" + std::to_string(i) + "]")));
  return out;
}

Result<RecallFields> read_recall_fields(const json& fields, const std::string& contact) {
  TRY(check_object(fields, "", {"reason", "contact"}));
  if (!fields.contains("reason")) return wrong("reason", "is missing", "say in a few words why it is taken back");
  RecallFields out{TRY(read_text(fields["reason"], "reason")), contact};
  if (fields.contains("contact")) out.contact = TRY(read_text(fields["contact"], "contact"));
  return out;
}

json states_json(const std::vector<std::string>& alpha3) {
  json out = json::array();
  for (const auto& state : alpha3) out.push_back({{"alpha3", state}, {"name", States::standard().name_of(state)}});
  return out;
}

json accepted_at(const Place& place) { return place.index ? json(rfc3339_millis(place.time_ms)) : json(nullptr); }
json index_json(const Place& place) { return place.index ? json(*place.index) : json(nullptr); }

json members_json(const std::vector<MemberId>& members) {
  auto out = json::array();
  for (const auto& member : members) out.push_back(member.str());
  return out;
}

}  // namespace liaison
