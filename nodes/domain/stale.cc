// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/stale.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kFieldsMax = 10, kValueBytesMax = 80;

std::string short_value(const json& value) {
  if (value.is_null() || value == "" || value.empty()) return "empty";
  return printable(value.dump(-1, ' ', false, json::error_handler_t::replace), kValueBytesMax);
}

}  // namespace

std::string differing_fields(const json& since, const json& yours) {
  std::vector<std::string> told;
  for (const auto& [name, mine] : yours.items()) {
    const auto other = since.find(name);
    const std::string theirs = other == since.end() ? "is " + short_value(mine["from"])
                                                    : "was " + short_value((*other)["from"]) + " and is " + short_value((*other)["to"]);
    told.push_back(name + " " + theirs + ", yours says " + short_value(mine["to"]));
  }
  for (const auto& [name, other] : since.items()) {
    if (!yours.contains(name)) told.push_back(name + " was " + short_value(other["from"]) + " and is " + short_value(other["to"]));
  }
  std::string out;
  for (std::size_t i = 0; i < told.size() && i < kFieldsMax; ++i) out += (i == 0 ? "" : "; ") + told[i];
  return told.size() > kFieldsMax ? out + "; and " + std::to_string(told.size() - kFieldsMax) + " more fields" : out;
}

}  // namespace liaison
