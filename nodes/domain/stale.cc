// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/stale.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kFieldsMax = 10, kValueBytesMax = 80;

// As officers say it: days, codes and words; anything else as it stands.
std::string told_value(const json& value) {
  if (value.is_array()) {
    std::string out;
    for (const json& one : value) out += (out.empty() ? "" : ", ") + (one.is_string() ? one.get<std::string>() : told_value(one));
    return out;
  }
  if (value.is_object() && value.contains("start") && value.contains("end") && value["start"].is_string() && value["end"].is_string()) {
    const std::string start = value["start"], end = value["end"];
    std::string out = start.empty() && end.empty() ? "days not known" : start == end ? start : start + " to " + end;
    for (const char* beside : {"mode", "precision"}) {
      const std::string word = value.contains(beside) && value[beside].is_string() ? value[beside].get<std::string>() : std::string();
      if (!word.empty() && word != "on_site" && word != "day") out += " " + word;
    }
    return value.contains("places") && !value["places"].empty() ? out + " at " + told_value(value["places"]) : out;
  }
  if (value.is_object() && value.contains("alpha3") && value["alpha3"].is_string()) return value["alpha3"];
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string told_name(const std::string& name) { return name == "components" ? "days" : name; }

std::string short_value(const json& value) {
  if (value.is_null() || value == "" || value.empty()) return "empty";
  return printable(told_value(value), kValueBytesMax);
}

}  // namespace

std::string differing_fields(const json& since, const json& yours) {
  std::vector<std::string> told;
  for (const auto& [name, mine] : yours.items()) {
    const auto other = since.find(name);
    const std::string theirs = other == since.end() ? "is " + short_value(mine["from"])
                                                    : "was " + short_value((*other)["from"]) + " and is " + short_value((*other)["to"]);
    told.push_back(told_name(name) + " " + theirs + ", yours says " + short_value(mine["to"]));
  }
  for (const auto& [name, other] : since.items()) {
    if (!yours.contains(name)) told.push_back(told_name(name) + " was " + short_value(other["from"]) + " and is " + short_value(other["to"]));
  }
  std::string out;
  for (std::size_t i = 0; i < told.size() && i < kFieldsMax; ++i) out += (i == 0 ? "" : "; ") + told[i];
  return told.size() > kFieldsMax ? out + "; and " + std::to_string(told.size() - kFieldsMax) + " more fields" : out;
}

}  // namespace liaison
