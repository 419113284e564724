// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/fields.h"

namespace liaison {

std::string joined_text(const nlohmann::json& value, std::string_view between) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return json_text(value, -1);
  std::string text;
  for (const auto& one : value) {
    if (!text.empty()) text += between;
    text += joined_text(one, between);
  }
  return text;
}

std::string json_text(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string cell_of(const nlohmann::json& item, const std::string& path, std::string_view between) {
  const nlohmann::json* at = &item;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string name(rest.substr(0, rest.find('.')));
    if (!at->is_object() || !at->contains(name)) return "";
    at = &(*at)[name];
    rest = rest.find('.') == std::string_view::npos ? std::string_view() : rest.substr(rest.find('.') + 1);
  }
  return joined_text(*at, between);
}

nlohmann::json list_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : nlohmann::json::array();
}

}  // namespace liaison
