// SPDX-License-Identifier: Apache-2.0
// `liaison deadline`: when a period ends, and how that was counted. Asks no node.
#include <fmt/format.h>

#include "nodes/cli/command.h"
#include "nodes/cli/table.h"
#include "nodes/domain/working_days.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

Error usage(std::string what, std::string hint) { return fail(Code::kUsage, std::move(what), std::move(hint)); }

// A wrong value of an argument is an error of the line that was typed.
template <class T>
Result<T> typed_value(Result<T> value) {
  if (!value && value.error().code == Code::kInput) return usage(value.error().what, value.error().hint);
  return value;
}

Result<Holidays> holidays_of(const Invocation& typed) {
  if (!typed.has("--holidays")) return Holidays::built_in();
  return Holidays::with(typed.text("--holidays"));
}

Result<WorkingDays> calendar_of(const Invocation& typed, const Holidays& holidays) {
  const std::string station = typed.has("--station") ? typed.text("--station") : std::string(kHeadquarters);
  std::uint32_t closing = WorkingDays::kClosingMinute;
  if (typed.has("--closing")) closing = TRY(typed_value(parse_closing_hour(typed.text("--closing"), "--closing")));
  return typed_value(WorkingDays::of(holidays, station, closing));
}

Result<std::vector<Pause>> pauses_of(const Invocation& typed, const Station& station) {
  std::vector<Pause> pauses;
  for (const auto& text : typed.texts("--pause")) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) return usage("--pause: '" + text + "' has no two dots", "write FROM..TO, such as 2017-04-18..2017-04-20");
    Pause pause;
    pause.from = TRY(typed_value(parse_moment(station, text.substr(0, dots), "--pause")));
    pause.to = TRY(typed_value(parse_moment(station, text.substr(dots + 2), "--pause")));
    pauses.push_back(std::move(pause));
  }
  return pauses;
}

Result<void> check_words(const Invocation& typed) {
  if (typed.has("--inclusive") && typed.has("--exclusive")) return usage("--inclusive and --exclusive say the opposite", "give one of them");
  const bool term = typed.has("--from") || typed.has("--term");
  if (typed.has("--due") && (term || typed.has("--pause"))) {
    return usage("--due is a day that is known, and nothing is counted to it", "give --due alone, or --from and --term");
  }
  if (!typed.has("--due") && (!typed.has("--from") || !typed.has("--term"))) {
    return usage("a deadline is counted from something", "give --from and --term, or --due");
  }
  return {};
}

Result<Deadline> deadline_of(const Invocation& typed, const WorkingDays& calendar) {
  const Due due = typed.has("--exclusive") ? Due::kExclusive : Due::kInclusive;
  if (typed.has("--due")) {
    const std::int64_t day = TRY(typed_value(parse_day(typed.text("--due"), "--due")));
    return typed_value(calendar.due(day, due));
  }
  const TimeMs from = TRY(typed_value(parse_moment(calendar.station(), typed.text("--from"), "--from")));
  const Term term = TRY(typed_value(parse_term(typed.text("--term"))));
  const auto pauses = TRY(pauses_of(typed, calendar.station()));
  return typed_value(calendar.deadline(from, term, pauses, due));
}

// A day alone is one whose hour nobody knows.
Result<Lateness> lateness_of(const Invocation& typed, const WorkingDays& calendar, const Deadline& deadline) {
  const std::string text = typed.text("--done");
  const TimeMs at = TRY(typed_value(parse_moment(calendar.station(), text, "--done")));
  return text.size() > 10 ? calendar.lateness(deadline, at) : calendar.lateness_of_day(deadline, day_at(calendar.station(), at));
}

json lateness_json(const Lateness& lateness) {
  return {{"late", lateness.late}, {"days", lateness.days}, {"working_days", lateness.working_days ? json(*lateness.working_days) : json()}};
}

json deadline_json(const Deadline& deadline, const Station& station) {
  return {{"at", rfc3339_millis(deadline.at)}, {"day", date_text(deadline.day)}, {"station", deadline.station}, {"zone", station.zone},
          {"falls_on", deadline.falls_on.empty() ? json() : json(deadline.falls_on)}, {"explanation", deadline.explanation}, {"files", deadline.files}};
}

void print(const Invocation& typed, const Deadline& deadline, const std::optional<Lateness>& lateness) {
  auto& out = typed.console().out;
  for (const auto& line : deadline.explanation) out << printable(line) << "\n";
  for (const auto& file : deadline.files) out << "holidays: " << printable(file) << "\n";
  if (lateness) out << lateness_words(*lateness) << "\n";
}

Result<int> deadline(const Invocation& typed) {
  TRY(check_words(typed));
  const Holidays holidays = TRY(holidays_of(typed));
  const WorkingDays calendar = TRY(calendar_of(typed, holidays));
  const Deadline deadline = TRY(deadline_of(typed, calendar));
  std::optional<Lateness> lateness;
  if (typed.has("--done")) lateness = TRY(lateness_of(typed, calendar, deadline));
  if (typed.globals().output == Output::kTable) {
    print(typed, deadline, lateness);
    return kExitOk;
  }
  json object = deadline_json(deadline, calendar.station());
  if (lateness) object["done"] = lateness_json(*lateness);
  print_object(typed, object);
  return kExitOk;
}

}  // namespace

std::vector<Command> deadline_commands() {
  return {{"deadline", "when a period ends, and how that was counted",
           {{"--from", "DATE", "when it starts: 2017-04-13, or a time such as 2017-04-13T15:20 there or 2017-04-13T19:20Z; that day does not count"},
            {"--term", "TERM", "how long: 7 days, 5 working days, 2 weeks, 6 months, 1 year"},
            {"--due", "DATE", "in place of both, the day that a resolution or a letter names"},
            {"--station", "STATION", "whose holidays and clocks; new_york when left out", false, false, station_words()},
            {"--pause", "FROM..TO", "days that this touches do not count; TO is the first moment that counts again", false, true},
            {"--inclusive", "", "'by', 'no later than': the last day is still in time; so when left out"},
            {"--exclusive", "", "'before': the day before is the last"},
            {"--closing", "HOUR", "when a working day ends; 17:00 when left out"},
            {"--done", "DATE", "say whether what came on that day, or at that time, was in time"},
            {"--holidays", "FOLDER", "files STATION-YEAR.csv that win over the built-in ones"}},
           deadline,
           {"liaison deadline --from 2017-04-13T15:20 --term \"5 working days\"",
            "liaison deadline --from 2017-08-31 --term \"6 months\" --pause 2017-12-04..2017-12-09",
            "liaison deadline --due 2011-05-31 --done 2011-06-17", "liaison deadline --due 2016-12-01 --exclusive"},
           {"A working day ends at the closing hour, a calendar day with its last millisecond; both are in time. Saturdays, Sundays and UN holidays are no "
            "working days. The holidays of a year that no file gives are not known: counting working days into it is refused, and the file to add is named. "
            "A last day on a weekend or a holiday is said; it does not move.",
            "It asks no node: the node's own files of holidays (node.holidays) are used where --holidays names their folder."}}};
}

}  // namespace liaison
