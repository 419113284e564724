// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/joint_visits.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/domain/states.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"
#include "schemas/dates.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string text(const json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

Error not_this(const json& plan, const std::string& what, std::string hint) {
  return fail(Code::kInput, "plans: " + text(plan, "id") + " " + what, std::move(hint));
}

std::set<std::string> states_of(const json& plan) {
  std::set<std::string> out;
  for (const json& state : plan.value("states", json::array())) out.insert(text(state, "alpha3"));
  return out;
}

Result<void> check_plan(const json& plan) {
  if (plan.contains("recalled")) return not_this(plan, "was recalled", "name plans that stand");
  const auto status = parse_word<VisitStatus>(text(plan, "status"));
  if (!status || !stands(*status) || is_over(*status)) return not_this(plan, "is " + text(plan, "status"), "name plans that are still to take place");
  for (const char* day : {"first_day", "last_day"}) {
    if (text(plan, day).empty())
      return not_this(plan, "has no known days", "agree on days first: liaison visit change " + text(plan, "id") + " --from DATE --to DATE");
  }
  return {};
}

Result<std::set<std::string>> common_states(const std::vector<json>& plans) {
  std::set<std::string> common = states_of(plans.front());
  for (const json& plan : plans) {
    const auto own = states_of(plan);
    std::erase_if(common, [&](const std::string& state) { return !own.contains(state); });
    if (common.empty()) return not_this(plan, "goes to no State that the others go to", "a joint visit goes to a State that all of them have in common");
  }
  return common;
}

void add_stages(const json& plan, json& itinerary) {
  for (const json& part : plan.value("components", json::array())) {
    if (text(part, "mode") == "virtual") continue;
    std::string place;
    for (const json& one : part.value("places", json::array())) place += (place.empty() ? "" : ", ") + one.get<std::string>();
    if (place.empty()) place = "to be agreed";
    const std::string lead = text(plan, "lead"), first = text(part, "start"), last = text(part, "end");
    if (first.size() == 10)
      itinerary.push_back({{"day", first}, {"place", place}, {"what", lead + ": " + text(plan, "title") + ", first day"}, {"committee", lead}});
    if (last.size() == 10 && last != first)
      itinerary.push_back({{"day", last}, {"place", place}, {"what", lead + ": " + text(plan, "title") + ", last day"}, {"committee", lead}});
  }
}

// What one committee calls otherwise than another.
std::string question_in(const std::string& aim) {
  static const std::map<std::string, std::string> same = {{"identify_assistance_needs", "assistance_needs"}, {"effective_practices", "good_practices"}};
  const auto found = same.find(aim);
  return found == same.end() ? aim : found->second;
}

// An aim that several plans have is one question of all of them.
json questions_of(const std::vector<json>& plans) {
  std::map<std::string, std::map<std::string, std::string>> asked;   // the question, and each committee's word for it
  for (const json& plan : plans) {
    for (const json& aim : plan.value("aims", json::array())) asked[question_in(aim.get<std::string>())][text(plan, "lead")] = aim.get<std::string>();
  }
  json out = json::array();
  for (const auto& [question, words] : asked) {
    json merged = json::array(), committees = json::array();
    for (const auto& [committee, word] : words) {
      committees.push_back(committee);
      if (words.size() > 1) merged.push_back(committee + ": " + in_words(word));
    }
    out.push_back({{"committees", std::move(committees)}, {"text", in_words(question)}, {"merged_from", std::move(merged)}});
  }
  return out;
}

}  // namespace

Result<json> joint_visit_fields(const std::string& owner, const std::vector<json>& plans) {
  if (plans.size() < 2) return fail(Code::kInput, "plans: a joint visit is made of at least two plans", "name one of each committee");
  std::set<std::string> leads;
  std::string first = "9999-12-31", last;
  json parts = json::array(), itinerary = json::array(), ids = json::array();
  for (const json& plan : plans) {
    TRY(check_plan(plan));
    leads.insert(text(plan, "lead"));
    first = std::min(first, text(plan, "first_day"));
    last = std::max(last, text(plan, "last_day"));
    ids.push_back(text(plan, "id"));
    parts.push_back({{"committee", text(plan, "lead")}, {"visit", text(plan, "id")}, {"role", text(plan, "lead") == owner ? "leads" : "participates"},
                     {"text", text(plan, "title")}});
    add_stages(plan, itinerary);
  }
  if (leads.size() < 2) return not_this(plans.front(), "and the others are of one committee", "name a plan of another committee too");
  if (!leads.contains(owner)) return fail(Code::kInput, "plans: none of them is led by " + owner, "name the own plan that goes on in the joint visit");
  const auto states = TRY(common_states(plans));
  std::sort(itinerary.begin(), itinerary.end(), [](const json& a, const json& b) { return a["day"] < b["day"]; });
  std::vector<std::string> names, committees(leads.begin(), leads.end());
  for (const auto& state : states) names.push_back(States::standard().name_of(state));
  return json{{"title", "Joint visit of " + listed(committees) + " to " + listed(names)}, {"states", states}, {"begins", first}, {"ends", last}, {"plans", ids},
              {"parts", std::move(parts)}, {"itinerary", std::move(itinerary)}, {"questions", questions_of(plans)}};
}

}  // namespace liaison
