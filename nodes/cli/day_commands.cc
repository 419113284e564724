// SPDX-License-Identifier: Apache-2.0
// `liaison today`, `liaison calendar` and `liaison state show`: the pages an officer begins with.
#include <fmt/format.h>

#include "nodes/cli/calendar_page.h"
#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_print.h"
#include "nodes/files/when.h"
#include "schemas/text.h"
#include "schemas/visit.h"
#include "security/clock.h"

namespace liaison {
namespace {

using nlohmann::json;

// A heading only over something.
std::string section(const std::string& head, const std::string& lines) { return lines.empty() ? lines : head + "\n" + lines; }

// What is over was agreed, or nobody says so any more.
bool is_open(const json& visit) {
  const auto status = parse_word<VisitStatus>(cell_of(visit, "status"));
  return status && *status < VisitStatus::conducted;
}

std::string visit_line(const json& visit) {
  std::string states;
  for (const auto& state : list_of(visit, "states")) states += (states.empty() ? "" : ", ") + shown(state, "name");
  std::string with;
  for (const auto& one : list_of(visit, "with")) {
    with += (with.empty() ? " with " : ", ") + shown(one, "committee") + (shown(one, "agreed") == "true" || !is_open(visit) ? "" : " (not agreed yet)");
  }
  return fmt::format("  {}  {}  {}{}: {} ({}){}\n", shown(visit, "id"), printable(people_days_of(list_of(visit, "components"))), shown(visit, "lead"), with,
                     states, shown(visit, "status"), shown(visit, "unverified") == "true" ? ", not verified" : "");
}

std::string visit_lines(const json& visits) {
  std::string text;
  for (const auto& visit : visits) text += visit_line(visit);
  return text;
}

std::string days_left(const json& paper) {
  const auto found = paper.find("days_left");
  const std::int64_t days = found != paper.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  const auto counted = [](std::int64_t n) { return fmt::format("{} day{}", n, n == 1 ? "" : "s"); };
  return days < 0 ? counted(-days) + " late" : days == 0 ? "today" : "in " + counted(days);
}

std::string paper_lines(const json& day) {
  std::string text;
  for (const auto& paper : list_of(day, "papers")) {
    text += fmt::format("  {}: {} is due on {}, {}\n", shown(paper, "id"), shown(paper, "awaited"), people_day(shown(paper, "due")), days_left(paper));
  }
  return text;
}

std::string without_consent_lines(const json& day) {
  std::string text;
  for (const auto& one : list_of(day, "without_consent"))
    text += fmt::format("  {} ({}): {}\n    try: {}\n", shown(one, "id"), shown(one, "status"), shown(one, "sentence"), shown(one, "hint"));
  return text;
}

std::string news_lines(const json& day, const std::string& zone) {
  std::string text;
  const json changed = day.value("changed", json::object());
  for (const auto& one : list_of(changed, "items")) text += fmt::format("  {}  {}\n", people_time(shown(one, "at"), zone), shown(one, "sentence"));
  if (shown(changed, "more") == "true") text += "  and more before that: give a later --since\n";
  return text;
}

std::string receipt_lines(const json& day, const std::string& zone) {
  std::string text;
  for (const auto& one : list_of(day, "receipts_missing")) {
    text += fmt::format("  {} {}, in the log since {}: nothing from {}\n", shown(one, "kind"), shown(one, "record"),
                        people_time(shown(one, "accepted_at"), zone), shown(one, "missing"));
  }
  return text;
}

std::string procedure_lines(const json& day) {
  std::string text;
  for (const auto& one : list_of(day, "procedures")) {
    text += fmt::format("  {} of {}: {}\n    {}\n", shown(one, "id"), shown(one, "owner"), shown(one, "title"), shown(one, "sentence"));
    if (shown(one, "may_close") == "true") text += fmt::format("    state its outcome: liaison procedure close {}\n", shown(one, "id"));
  }
  return text;
}

std::string over_booked_lines(const json& day) {
  std::string text;
  const json over_booked = day.value("over_booked", json::object());
  for (const auto& one : list_of(over_booked, "items"))
    text += fmt::format("  {}{}\n    call: {} {}\n", shown(one, "certain") == "true" ? "" : "perhaps: ", shown(one, "sentence"), shown(one, "committee"),
                        shown(one, "contact"));
  if (shown(over_booked, "more") == "true") text += "  and more: liaison expert bookings\n";
  return text;
}

std::string interest_lines(const json& day) {
  std::string text;
  for (const auto& one : list_of(day, "interests"))
    text += fmt::format("  {}{} new in {}: liaison interest show {}\n", shown(one, "more") == "true" ? "at least " : "", shown(one, "new"), shown(one, "title"),
                        shown(one, "number"));
  return text;
}

std::string finding_section(const json& findings, const std::string& own) {
  std::string text;
  for (const auto& finding : findings) text += finding_lines(finding, own);
  return text;
}

std::string record_lines(const json& records) {
  std::string text;
  for (const auto& one : records) {
    const std::string day = shown(one, "first_day"), unverified = shown(one, "unverified") == "true" ? ", not verified" : "";
    text += fmt::format("  {}  {}{}{}: {}\n", shown(one, "id"), shown(one, "status"), day.empty() ? "" : ", " + day, unverified,
                        fitted(shown(one, "title"), 80));
  }
  return text;
}

std::string due_lines(const json& dues) {
  std::string text;
  for (const auto& one : dues)
    text += fmt::format("  {}  {} by {}: {}\n", shown(one, "id"), shown(one, "what"), shown(one, "last_day"), shown(one, "sentence"));
  return text;
}

std::string day_page(const json& day, const std::string& zone, const std::string& own) {
  std::string text = section("your answer is waited for", finding_section(list_of(day, "waiting"), own)) + section("papers to come", paper_lines(day)) +
                     section("the State's consent has ended", without_consent_lines(day)) +
                     section("decisions by silence", procedure_lines(day)) +
                     section("changed", news_lines(day, zone)) +
                     section("other records that changed", record_lines(list_of(day, "records"))) + section("due or overdue", due_lines(list_of(day, "dues"))) +
                     section("new findings", finding_section(list_of(day, "findings"), own)) +
                     section("experts over-booked", over_booked_lines(day)) + section("standing interests", interest_lines(day)) +
                     section("not received yet", receipt_lines(day, zone));
  const std::string alarms = shown(day, "alarms");
  if (alarms != "0" && !alarms.empty()) text += fmt::format("{} alarm{} open: liaison alarms\n", alarms, alarms == "1" ? " is" : "s are");
  const std::string soon = section("the next two weeks", visit_lines(list_of(day, "soon")));
  return (text.empty() ? "nothing new, and nothing waits for you\n" : text) + soon;
}

// Monday to Friday: what came over the weekend is found on Monday.
std::int64_t working_day_before(std::int64_t day) {
  const auto weekday = [](std::int64_t one) { return (one + 3) % 7; };   // 1970-01-01 was a Thursday; Monday is 0
  do --day;
  while (weekday(day) > 4);
  return day;
}

Result<int> today(const Invocation& typed) {
  const std::string zone = typed.globals().zone;
  TRY(check_zone(zone));
  SystemClock clock;
  const std::int64_t day = day_in_zone(clock.now().wall_ms, zone);
  std::map<std::string, std::string> asked = {{"day", date_text(day)}, {"since", typed.text("--since")}};
  if (asked["since"].empty()) asked["since"] = rfc3339(start_of_day(working_day_before(day), zone));
  else if (const auto from = parse_date(asked["since"])) asked["since"] = rfc3339(start_of_day(*from, zone));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json page = TRY(node.get("/today" + query_of(asked)));
  if (typed.globals().output != Output::kTable) {
    print_object(typed, page);
    return kExitOk;
  }
  const json status = TRY(node.get("/status"));
  typed.console().out << fmt::format("{}, since {}\n", people_day(date_text(day)), people_time(cell_of(page, "since"), zone))
                      << day_page(page, zone, cell_of(status, "member"));
  return kExitOk;
}

std::string other_names(const json& state) {
  std::string text;
  const auto names = state.find("names");
  if (names != state.end() && names->is_object()) {
    for (const auto& [language, name] : names->items()) text += fmt::format("  {:<14} {}\n", printable(language), shown(*names, language));
  }
  for (const auto& one : list_of(state, "former_names"))
    text += fmt::format("  {:<14} {}{}\n", "formerly", shown(one, "name"), shown(one, "until").empty() ? "" : " (until " + shown(one, "until") + ")");
  return text;
}

std::string state_lines(const json& state, const std::string& own) {
  std::string text = fmt::format("{} ({}, {}, {})\n", shown(state, "name"), shown(state, "alpha3"), shown(state, "alpha2"), shown(state, "m49"));
  text += fmt::format("  {:<14} {}\n", "region", shown(state, "region"));
  if (const std::string group = shown(state, "group"); !group.empty()) text += fmt::format("  {:<14} {}\n", "UN group", group);
  text += other_names(state);
  const json last = state.value("last", json()), next = state.value("next", json());
  text += last.is_object() ? section("last visit", visit_line(last)) : "no visit of the past is known\n";
  if (next.is_object()) text += section("next visit", visit_line(next));
  text += section("all visits", visit_lines(list_of(state, "visits")));
  if (shown(state, "more") == "true") text += fmt::format("  and more: liaison visit list --state {}\n", shown(state, "alpha3"));
  text += section("other records", record_lines(list_of(state, "records")));
  if (shown(state, "more_records") == "true") text += fmt::format("  and more: liaison record list --state {}\n", shown(state, "alpha3"));
  text += section("what is due", due_lines(list_of(state, "dues")));
  return text + section("findings", finding_section(list_of(state, "findings"), own));
}

Result<int> state_show(const Invocation& typed) {
  if (typed.text("STATE").empty()) return fail(Code::kUsage, "STATE is empty", "give a State's code or name, such as KGZ");
  const NodeClient node = TRY(NodeClient::of(typed));
  const json page = TRY(node.get("/states/" + percent(typed.text("STATE"))));
  if (typed.globals().output != Output::kTable) {
    print_object(typed, page);
    return kExitOk;
  }
  const json status = TRY(node.get("/status"));
  typed.console().out << state_lines(page, cell_of(status, "member"));
  return kExitOk;
}

Result<int> calendar(const Invocation& typed) {
  const std::string zone = typed.globals().zone;
  TRY(check_zone(zone));
  SystemClock clock;
  const std::string meant = typed.has("MONTH") ? typed.text("MONTH") : date_text(day_in_zone(clock.now().wall_ms, zone)).substr(0, 7);
  const auto time = TRY(parse_calendar_time(meant));
  const NodeClient node = TRY(NodeClient::of(typed));
  const json page = TRY(node.get("/calendar" + query_of({{"from", date_text(first_day_of(time))}, {"to", date_text(last_day_of(time))},
                                                         {"state", typed.text("--state")}, {"committee", typed.text("--committee")},
                                                         {"all", typed.has("--all") ? "1" : ""}, {"overlap_only", "1"}})));
  if (typed.globals().output != Output::kTable) {
    print_page(typed, page, calendar_columns());
    return kExitOk;
  }
  Console& console = typed.console();
  const auto asides = calendar_asides(page, time);
  if (list_of(page, "items").empty()) {
    console.say("nothing planned in " + calendar_name(time));
    for (const auto& aside : asides) console.say(aside);
    return kExitOk;
  }
  console.out << (time.month == 0 ? year_page(page, time, console) : month_page(page, time, console));
  for (const auto& aside : asides) console.out << aside << "\n";
  return kExitOk;
}

}  // namespace

std::vector<Command> day_commands() {
  return {{"calendar", "a month or a year of visits, drawn",
           {{"MONTH", "", "2027-03, or 2027 for the year; this month when left out"}, {"--state", "STATE", "of one State"},
            {"--committee", "MEMBER", "that one committee leads or has agreed to take part in"},
            {"--all", "", "those too that do not take place: postponed, cancelled, merged ..."}},
           calendar,
           {"liaison calendar", "liaison calendar 2027-03 --state Kyrgyzstan", "liaison calendar 2027 --committee 1373"},
           {"Each committee's days have a character of their own, so that they are told apart without colours. Days on which two committees are in one "
            "State are marked, and said below."}},
          {"today", "what is new, what waits for you, and what comes next",
           {{"--since", "DATE", "new since then, a day or a time; the working day before today when left out"}}, today,
           {"liaison today", "liaison today --since 2027-03-01"},
           {"First whose answer you owe and which papers are due, then what changed, new findings, receipts that are missing, and the next two weeks."}},
          {"state show", "all that the committees plan and did in one State",
           {{"STATE", "", "its code, or its name in one of the six languages", true}}, state_show,
           {"liaison state show KGZ", "liaison state show Swaziland"}}};
}

}  // namespace liaison
