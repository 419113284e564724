// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/overlap_acts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/api/messages.h"
#include "nodes/domain/filters.h"

namespace liaison {

namespace {

using nlohmann::json;

// One message for each member concerned, told as one act.
Result<json> send_all(Node& node, const Overlaps::Acted& acted, const Act& act) {
  json answer = {{"id", acted.id}, {"revision", 1}, {"message_id", nullptr}, {"state", act.dry_run ? "dry_run" : "queued"},
                 {"recipients", json::array()}, {"rule", ""}, {"basis", ""}, {"warnings", json::array()}};
  for (const Draft& draft : acted.drafts) {
    const json one = TRY(send_draft(node, draft, act, Outbox::Signing::kLater));
    for (const json& recipient : one["recipients"]) answer["recipients"].push_back(recipient);
    for (const json& warning : one["warnings"]) {
      if (std::find(answer["warnings"].begin(), answer["warnings"].end(), warning) == answer["warnings"].end()) answer["warnings"].push_back(warning);
    }
    answer["rule"] = one["rule"];
    answer["basis"] = one["basis"];
  }
  return answer;
}

// Whether the filter asks for them; it is taken out, since visits know it not.
Result<bool> with_hidden(std::map<std::string, std::string>& filters) {
  const std::string word = TRY(filter_word(filters, "overlap_only", {"0", "1", "false", "true"}));
  filters.erase("overlap_only");
  return word == "1" || word == "true";
}

// Behind what stands before it; days that are not known come last.
void put_in(json& items, json one, bool ascending) {
  const auto key = [](const json& item) { return item["first_day"].is_string() ? item["first_day"].get<std::string>() : std::string(); };
  const std::string day = key(one);
  const auto at = std::find_if(items.begin(), items.end(), [&](const json& item) { return ascending ? key(item) > day : key(item) < day; });
  items.insert(at, std::move(one));
}

}  // namespace

Result<json> plan_hidden(Node& node, const json& fields, const Act& act) {
  return one_act(node, act, "visit.hidden", [&]() -> Result<json> {
    const auto acted = TRY(node.overlaps().plan(fields, act.now.wall_ms));
    return send_all(node, acted, act);
  });
}

Result<json> withdraw_hidden(Node& node, const std::string& id, const Act& act) {
  return one_act(node, act, "visit.withdrawn", [&]() -> Result<json> {
    const auto acted = TRY(node.overlaps().withdraw(id));
    return send_all(node, acted, act);
  });
}

Result<json> disclose_hidden(Node& node, const std::string& id, const json& fields, const Act& act) {
  if (node.release_rules().needs_two(std::string(kKindVisitPlan)))
    return fail(Code::kPermission, "a plan leaves this node only when two officers say so, and one alone would show this one",
                "withdraw it, and plan it openly with --draft");
  return one_act(node, act, "visit.disclosed", [&]() -> Result<json> {
    const auto acted = TRY(node.overlaps().disclose(id, fields));
    return send_all(node, acted, act);
  });
}

Result<json> visits_page(Node& node, std::map<std::string, std::string> filters) {
  const bool wanted = TRY(with_hidden(filters));
  const json visits = TRY(node.visits().list(filters));
  json page = TRY(with_deliveries(node, visits));
  if (!wanted || !filter_text(filters, "cursor").empty()) return page;
  for (json& one : TRY(node.overlaps().list(filters))) put_in(page["items"], std::move(one), false);
  return page;
}

Result<json> calendar_with_hidden(Node& node, std::map<std::string, std::string> filters) {
  const bool wanted = TRY(with_hidden(filters));
  json page = TRY(node.visits().calendar(filters));
  if (!wanted) return page;
  for (json& one : TRY(node.overlaps().list(filters))) put_in(page["items"], std::move(one), true);
  return page;
}

Result<json> conflicts_page(Node& node, const std::map<std::string, std::string>& filters) {
  const std::string visit = filter_text(filters, "visit");
  if (node.overlaps().is_hidden(visit)) {
    json found = TRY(node.overlaps().findings(filters));
    return json{{"items", std::move(found)}, {"next", nullptr}, {"more", json::array()}};
  }
  json page = TRY(node.visits().conflicts(filters));
  if (!filter_text(filters, "cursor").empty()) return page;
  json found = TRY(node.overlaps().findings(filters));
  page["items"].insert(page["items"].begin(), found.begin(), found.end());
  return page;
}

}  // namespace liaison
