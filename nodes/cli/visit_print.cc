// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/visit_print.h"

#include <fmt/format.h>

#include "nodes/cli/record_print.h"
#include "nodes/cli/table.h"
#include "nodes/files/when.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr const char* kCompromised = "signed by a compromised key: it stays, and may be forged";

std::string line(std::string_view name, const std::string& value) {
  return value.empty() ? std::string() : fmt::format("  {:<14} {}\n", name, value);
}

std::string states_of(const json& visit, const char* field) {
  std::string text;
  for (const auto& state : list_of(visit, "states")) text += (text.empty() ? "" : ", ") + shown(state, field);
  return text;
}

std::string named_states(const json& visit) {
  std::string text;
  for (const auto& state : list_of(visit, "states")) {
    text += (text.empty() ? "" : ", ") + fmt::format("{} ({})", shown(state, "name"), shown(state, "alpha3"));
    if (const std::string other = shown(state, "name_in_source"); !other.empty()) text += fmt::format(", '{}' in the source", other);
  }
  return text;
}

std::string places_of(const json& visit) {
  std::string text;
  for (const auto& component : list_of(visit, "components")) {
    for (const auto& place : list_of(component, "places")) text += (text.empty() ? "" : ", ") + printable(place.is_string() ? place.get<std::string>() : "");
  }
  return text;
}

std::string participants_of(const json& visit) {
  std::string text;
  for (const auto& one : list_of(visit, "participation"))
    text += line(shown(one, "role"), shown(one, "body") + (shown(one, "note").empty() ? "" : ": " + shown(one, "note")));
  return text;
}

std::string reports_of(const json& visit) {
  std::string text;
  for (const auto& one : list_of(visit, "reports")) {
    const std::string symbol = shown(one, "symbol");
    text += line("report", shown(one, "kind") + ", " + people_day(shown(one, "date")) + (symbol.empty() ? "" : ", " + symbol));
  }
  return text;
}

std::string follow_ups_of(const json& visit) {
  std::string text;
  for (const auto& one : list_of(visit, "follow_ups")) {
    const std::string done = people_day(shown(one, "done"));
    const std::string end = !done.empty() ? ", came on " + done : shown(one, "waits") == "true" ? ", not there yet" : ", none came";
    text += line("due", fmt::format("{} by {}{}", shown(one, "awaited"), people_day(shown(one, "due")), end));
  }
  return text;
}

std::string merged_of(const json& visit) {
  std::string joint;
  for (const auto& one : list_of(visit, "joint_visits")) joint += line("joint visit", printable(one.is_string() ? one.get<std::string>() : ""));
  std::string text = line("goes on in", shown(visit, "merged_into"));
  for (const auto& one : list_of(visit, "merged_here")) text += line("takes in", printable(one.is_string() ? one.get<std::string>() : ""));
  for (const auto& one : list_of(visit, "with"))
    text += line("with", shown(one, "committee") + (shown(one, "answer") == "advises" ? ", which advises" : "") +
                             (shown(one, "agreed") == "true" ? ", agreed" : ", not agreed yet"));
  return text + joint;
}

std::string invitation_of(const json& visit) {
  if (!visit.contains("invitation") || !visit["invitation"].is_object()) return "";
  return fmt::format("{} {} {}", shown(visit, "invitation.reference"), people_day(shown(visit, "invitation.date")), shown(visit, "invitation.issuer"));
}

std::string consent_of(const json& visit) {
  std::string text = shown(visit, "consent.status");
  for (const std::string& more : {people_day(shown(visit, "consent.date")), shown(visit, "consent.reference"), shown(visit, "consent.signed_by")}) {
    if (!more.empty()) text += ", " + more;
  }
  return text;
}

std::string suggestion(const std::string& word, const std::string& record, const std::string& overlap) {
  if (word == "disclose") return "agree that both sides show their plans: liaison visit disclose " + overlap;
  if (word == "merge") return "make one visit of them";
  if (word == "back_to_back") return "go one straight after the other";
  if (word == "inform") return "tell each other what you find";
  if (word == "answer") return "answer it: liaison visit answer " + record;
  if (word == "take_up") return "agree that they take part: liaison visit agree " + record;
  if (word == "change") return "change the plan: liaison visit change " + record;
  return printable(word);
}

// A changed value as people read it; the days of a visit as days.
std::string changed_value(const json& change, const char* side, const std::string& field) {
  const auto value = change.find(side);
  if (value == change.end()) return "";
  if (field == "components") return printable(people_days_of(*value), kShownBytesMax);
  return printable(value->is_structured() ? value_line(*value) : cell_of(change, side), kShownBytesMax);
}

// "not taken by 1373" where the machine's word is "not_taken".
std::string delivery_words(const json& said) {
  const std::string word = cell_of(said, "delivery");
  return word == "not_taken" ? "not taken by " + cell_of(said, "not_taken_by") : word;
}

std::string answers_of(const json& visit, const std::string& zone) {
  std::string text;
  for (const auto& answer : list_of(visit, "answers")) {
    text += fmt::format("  {} {}{} ({}{})\n", shown(answer, "from"), shown(answer, "answer"),
                        shown(answer, "body").empty() ? "" : ", " + shown(answer, "body"),
                        people_time(shown(answer, "accepted_at"), zone), shown(answer, "unverified") == "true" ? "; not verified" : "");
    if (const std::string of = shown(answer, "said_of"); !of.empty()) text += "      said so of " + of + "\n";
    if (const std::string said = shown(answer, "text"); !said.empty()) text += "      " + said + "\n";
    if (shown(answer, "compromised") == "true") text += fmt::format("      WARNING: {}\n", kCompromised);
    if (const std::string office = shown(answer, "contact"); !office.empty()) text += "      call " + office + "\n";
    if (const std::string source = shown(answer, "source"); !source.empty()) text += "      source " + source + "\n";
  }
  return text.empty() ? text : "answers\n" + text;
}

// "1373: visits desk; 1540: ..."
std::string contacts_of(const json& finding) {
  std::string text;
  for (const auto& contact : list_of(finding, "contacts")) {
    text += (text.empty() ? "" : "; ") + cell_of(contact, "committee") + ": " + cell_of(contact, "contact");
  }
  return text;
}

std::string place_in_log(const json& visit) {
  const std::string index = shown(visit, "index");
  return fmt::format("{}{}", shown(visit, "message_id"), index.empty() ? ", not yet in the log" : ", entry " + index);
}

std::string recall_line(const json& visit, const std::string& zone) {
  if (!visit.contains("recalled") || !visit["recalled"].is_object()) return {};
  const json& recall = visit["recalled"];
  const std::string at = people_time(shown(recall, "accepted_at"), zone);
  return line("RECALLED", fmt::format("by {}{}: {}", shown(recall, "by"), at.empty() ? ", not in the log yet" : " on " + at, shown(recall, "reason"))) +
         line("call", shown(recall, "contact"));
}

// How a plan that is kept back stands with the others.
std::string hidden_lines(const json& visit) {
  std::string text = line("seen by", "nobody else: overlap only, compared with what " + shown(visit, "compared_with") + " have");
  if (shown(visit, "withdrawn") == "true") text += line("withdrawn", "the others were told that it is none any more");
  for (const auto& one : list_of(visit, "shown")) text += line("shown", "to " + shown(one, "to") + " as " + shown(one, "as"));
  for (const auto& one : list_of(visit, "questions")) {
    const std::string found = shown(one, "found") == "true" ? ", it meets something" : "";
    text += line(shown(one, "with"), fmt::format("{}: {}{}", shown(one, "overlap"), shown(one, "state"), found));
  }
  const json findings = list_of(visit, "findings");
  if (!findings.empty()) text += "findings\n";
  for (const auto& finding : findings) text += finding_lines(finding, shown(visit, "lead"));
  return text;
}

}  // namespace

std::vector<Column> visit_columns() {
  return {plain_column("record", "id"),
          plain_column("lead", "lead"),
          {"states", [](const json& visit) { return states_of(visit, "name"); }, [](const json& visit) {
             std::string text;
             for (const auto& state : list_of(visit, "states")) text += (text.empty() ? "" : ";") + cell_of(state, "alpha3");
             return text;
           }},
          {"days", [](const json& visit) { return people_days_of(list_of(visit, "components")); },
           [](const json& visit) { return cell_of(visit, "first_day") + "/" + cell_of(visit, "last_day"); }},
          plain_column("kind", "kind"),
          plain_column("status", "status"),
          plain_column("title", "title"),
          {"delivery", [](const json& visit) { return delivery_words(visit) + (cell_of(visit, "compromised") == "true" ? ", COMPROMISED KEY" : ""); },
           [](const json& visit) { return cell_of(visit, "delivery"); }},
          {"unverified", [](const json& visit) { return std::string(cell_of(visit, "unverified") == "true" ? "yes" : ""); },
           [](const json& visit) { return std::string(cell_of(visit, "unverified") == "true" ? "yes" : "no"); }}};
}

std::vector<Column> finding_columns() {
  return {plain_column("kind", "kind"), plain_column("states", "states"), plain_column("visits", "visits"), plain_column("committees", "committees"),
          {"days", [](const json& finding) {
             const json days = list_of(finding, "days");
             if (days.size() != 2 || !days[0].is_string() || !days[1].is_string()) return std::string();
             return people_days(days[0].get<std::string>(), days[1].get<std::string>(), "day");
           }, [](const json& finding) { return cell_of(finding, "days", "/"); }},
          plain_column("suggest", "suggest"), plain_column("why", "sentence"), {"call", contacts_of}, plain_column("unverified", "unverified")};
}

std::string finding_lines(const json& finding, const std::string& own_committee) {
  std::string text = fmt::format("{}: {}\n", shown(finding, "kind"), shown(finding, "sentence"));
  for (const auto& contact : list_of(finding, "contacts")) {
    if (shown(contact, "committee") != own_committee) text += fmt::format("  call {}: {}\n", shown(contact, "committee"), shown(contact, "contact"));
  }
  std::string what;
  const json visits = list_of(finding, "visits");
  const std::string record = !visits.empty() && visits[0].is_string() ? printable(visits[0].get<std::string>(), 64) : "";
  for (const auto& one : list_of(finding, "suggest")) {
    what += (what.empty() ? "" : ", or ") + suggestion(one.is_string() ? one.get<std::string>() : "", record, shown(finding, "overlap"));
  }
  if (!what.empty()) text += fmt::format("  you could {}\n", what);
  return text;
}

std::string more_lines(const json& answer) {
  std::string text;
  for (const auto& sentence : list_of(answer, "more")) text += printable(sentence.is_string() ? sentence.get<std::string>() : "", kShownBytesMax) + "\n";
  return text;
}

std::string visit_page(const json& visit, const std::string& zone) {
  const std::string recalled = recall_line(visit, zone);
  if (!recalled.empty() && !visit.contains("title")) return fmt::format("{}\n{}", shown(visit, "id"), recalled);
  std::string text = fmt::format("{}  {}\n", shown(visit, "id"), shown(visit, "title"));
  if (shown(visit, "compromised") == "true") text += line("WARNING", kCompromised);
  text += recalled;
  text += line("States", named_states(visit));
  text += line("days", printable(people_days_of(list_of(visit, "components")), kShownBytesMax));
  text += line("places", places_of(visit));
  text += line("led by", shown(visit, "lead"));
  text += line("kind", shown(visit, "kind"));
  text += line("status", shown(visit, "status"));
  text += merged_of(visit);
  text += line("aims", shown(visit, "aims"));
  text += line("consent", consent_of(visit));
  text += line("invitation", invitation_of(visit));
  text += participants_of(visit);
  text += reports_of(visit) + follow_ups_of(visit);
  text += line("paragraph", shown(visit, "paragraph"));
  text += line("call", shown(visit, "contact"));
  text += line("note", shown(visit, "note"));
  text += line("source", shown(visit, "source") + (shown(visit, "unverified") == "true" ? " (not verified)" : ""));
  if (shown(visit, "overlap_only") == "true") return text + hidden_lines(visit);
  text += line("seen by", shown(visit, "marking") + ": " + shown(visit, "recipients"));
  const std::string accepted = people_time(shown(visit, "accepted_at"), zone);
  text += line("revision", fmt::format("{}, {} {}", shown(visit, "revision"), printable(delivery_words(visit)), accepted));
  text += line("message", place_in_log(visit));
  text += answers_of(visit, zone);
  const json findings = list_of(visit, "findings");
  if (!findings.empty()) text += "findings\n";
  for (const auto& finding : findings) text += finding_lines(finding, "");
  return text + more_lines(visit);
}

std::string status_page(const json& status, const std::string& zone) {
  static const std::map<std::string, std::string> words = {
      {"waiting", "no receipt yet"}, {"opened", "opened"}, {"not_taken", "could not take it"}, {"left", "has left the exchange"}};
  const bool visit = !shown(status, "lead").empty();
  std::string text = fmt::format("{}  {} {}\n", shown(status, "id"), visit ? "led by" : "of", shown(status, visit ? "lead" : "owner"));
  for (const auto& message : list_of(status, "messages")) {
    const bool recall = shown(message, "what") == "recall";
    const std::string at = people_time(shown(message, "accepted_at"), zone);
    const std::string id = shown(message, "message_id").substr(0, 16);
    text += fmt::format("{} of {}: {}{}\n", shown(message, "what"), shown(message, "from"), at.empty() ? shown(message, "state") : "in the log since " + at,
                        id.empty() ? "" : ", message " + id);
    for (const auto& delivery : list_of(message, "deliveries")) {
      const auto word = words.find(shown(delivery, "state"));
      std::string done = word == words.end() ? shown(delivery, "state") : word->second;
      if (recall && shown(delivery, "state") == "opened") done = "has removed its copy";
      text += fmt::format("  {:<14} {}  {}\n", shown(delivery, "member"), done, people_time(shown(delivery, "at"), zone));
    }
  }
  return text;
}

std::string history_page(const json& history, const std::string& zone) {
  std::string text = recall_line(history, zone);
  const json revisions = history.is_object() ? list_of(history, history.contains("items") ? "items" : "revisions") : history;
  for (const auto& revision : revisions) {
    text += fmt::format("revision {}  {}  {}  {}\n", shown(revision, "revision"), people_time(shown(revision, "accepted_at"), zone),
                        printable(delivery_words(revision)), shown(revision, "message_id"));
    const auto changed = revision.find("changed");
    if (changed != revision.end()) text += changed_lines(*changed);
  }
  return text;
}

std::string changed_lines(const json& changed) {
  std::string text;
  if (!changed.is_object()) return text;
  for (const auto& [name, change] : changed.items()) {
    text += fmt::format("  {:<14} {} -> {}\n", name == "components" ? "days" : printable(name), changed_value(change, "from", name),
                        changed_value(change, "to", name));
  }
  return text;
}

std::string ruling_of(const json& answer) {
  if (shown(answer, "rule").empty()) return "a rule that is not known yet: the node gets the policy at its first contact with the broker (see liaison status)";
  return fmt::format("rule {}: {}", shown(answer, "rule"), shown(answer, "basis"));
}

std::string write_lines(const json& answer) {
  const bool dry = shown(answer, "state") == "dry_run";
  std::string to;
  for (const auto& one : list_of(answer, "recipients")) {
    const std::string name = shown(one, "name");
    to += (to.empty() ? "" : ", ") + shown(one, "member") + (name.empty() || name == shown(one, "member") ? "" : " (" + name + ")");
  }
  std::string text = fmt::format("{}{}{}\n", shown(answer, "id"), shown(answer, "revision").empty() ? "" : " revision " + shown(answer, "revision"),
                                 dry ? ": nothing was sent" : ": queued");
  if (!dry) text += line("message", shown(answer, "message_id").empty() ? "gets its id when it is signed" : shown(answer, "message_id"));
  text += line(dry ? "would go to" : "goes to", to.empty() ? "nobody" : to);
  text += line("allowed by", ruling_of(answer));
  return text;
}

}  // namespace liaison
