// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/broker_page.h"

#include <fmt/format.h>

#include "nodes/cli/table.h"
#include "schemas/text.h"

namespace liaison {

std::string broker_page(const nlohmann::json& status) {
  std::string text = fmt::format("{}, version {}\n", shown(status, "ready") == "true" ? "ready" : "NOT READY", shown(status, "version"));
  for (const auto& check : status.value("checks", nlohmann::json::array())) {
    text += fmt::format("  {:<5} {:<12} {}\n", shown(check, "good") == "true" ? "ok" : "NOT", shown(check, "name"), shown(check, "reason"));
  }
  text += fmt::format("log      {} entries, root {}, {} bytes\n", shown(status, "log.size"), shown(status, "log.root"), shown(status, "log.bytes"));
  if (!cell_of(status, "roster").empty()) {
    text += fmt::format("roster   version {} of {}, expires {}; policy {}\n", shown(status, "roster.version"), shown(status, "roster.network"),
                        shown(status, "roster.expires"), shown(status, "roster.policy_version"));
  }
  text += fmt::format("clock    {} {}\n", shown(status, "clock.trusted") == "true" ? "trusted" : "NOT TRUSTED:", shown(status, "clock.reason"));
  std::string connected;
  const nlohmann::json counts = status.value("connected", nlohmann::json::object());
  for (const auto& [member, count] : counts.items()) {
    connected += fmt::format("{}{} {}", connected.empty() ? "" : ", ", printable(member), json_text(count, -1));
  }
  return text + fmt::format("connections  {}\n", connected.empty() ? "none" : connected);
}

}  // namespace liaison
