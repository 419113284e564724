// SPDX-License-Identifier: Apache-2.0
// `liaison expert bookings`: what the experts of all committees are bound to, and who is over-booked.
#include <fmt/format.h>

#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string days_of(const json& one) {
  const std::string begins = shown(one, "begins"), ends = shown(one, "ends");
  return ends.empty() || ends == begins ? begins : begins + " to " + ends;
}

std::string limits_of(const json& place) {
  std::string out;
  if (!shown(place, "begins").empty()) out += ", from " + shown(place, "begins");
  if (!shown(place, "ends").empty()) out += ", until " + shown(place, "ends");
  if (shown(place, "days_a_year") != "0") out += ", " + shown(place, "days_a_year") + " days a year";
  return out + (shown(place, "unverified") == "true" ? ", not verified" : "");
}

std::string place_lines(const json& place) {
  std::string out = fmt::format("{}  {} ({}, {}{})\n", shown(place, "id"), shown(place, "designation"),
                                shown(place, "owner"), shown(place, "status"), limits_of(place));
  for (const json& one : place["assigned"]) {
    const std::string role = shown(one, "role");
    out += fmt::format("  {:<24}  {}{}\n", days_of(one), shown(one, "record"), role.empty() ? "" : "  " + role);
  }
  for (const json& one : place["over_booked"])
    out += fmt::format(
        "  {} {}\n", shown(one, "certain") == "true" ? "over-booked:" : "perhaps over-booked:", shown(one, "sentence"));
  if (shown(place, "more") == "true") out += "  and more of the same\n";
  if (!place["over_booked"].empty())
    out += fmt::format("  call: {} {}\n", shown(place, "owner"), shown(place, "contact"));
  return out;
}

Result<int> bookings(const Invocation& typed) {
  std::map<std::string, std::string> filters = {{"expert", typed.text("EXPERT")}};
  for (const std::string name : {"committee", "from", "to", "limit", "cursor"}) filters[name] = typed.text("--" + name);
  const json page = TRY(get_from_node(typed, "/proposals/bookings" + query_of(filters)));
  const auto findings = [](const json& place) {
    std::string out;
    for (const json& one : place["over_booked"]) out += (out.empty() ? "" : "; ") + cell_of(one, "sentence");
    return out;
  };
  if (typed.globals().output != Output::kTable) {
    print_page(typed, page,
               {plain_column("id", "id"),
                plain_column("designation", "designation"),
                plain_column("owner", "owner"),
                plain_column("status", "status"),
                {"assigned", [](const json& place) { return std::to_string(place["assigned"].size()); }},
                {"over_booked", findings},
                plain_column("contact", "contact")});
    return kExitOk;
  }
  for (const json& place : page["items"]) typed.console().out << place_lines(place);
  if (page["items"].empty()) typed.console().say("no expert is bound to anything in these days");
  if (page.value("more", false))
    typed.console().say("there are more than 1,000 experts' places; the others were not looked at");
  const std::string next = cell_of(page, "next");
  if (!next.empty()) typed.console().say("there is more: add --cursor " + printable(next));
  return kExitOk;
}

}  // namespace

std::vector<Command> booking_commands() {
  return {{"expert bookings",
           "what experts are bound to, across all committees, and who is over-booked",
           {{"EXPERT", "", "one place, such as 1540-E-2027-0001; all when left out"},
            {"--from", "DATE", "bound on this day or later"},
            {"--to", "DATE", "bound on this day or earlier"},
            {"--committee", "MEMBER", "places of one committee"},
            {"--limit", "N", "how many, 1 to 500"},
            {"--cursor", "CURSOR", "where the page before ended"}},
           bookings,
           {"liaison expert bookings", "liaison expert bookings 1540-E-2027-0001",
            "liaison expert bookings --from 2027-03-01 --to 2027-03-31"},
           {"Over-booked: bound to two things on the same days, or outside the days on which the expert can be asked "
            "for, or while the place is vacant or otherwise not there, "
            "or on more days in a year than the place allows. What is known to the month or year only may be so, and "
            "is said as that. Days that two assignments share count "
            "once."}}};
}

}  // namespace liaison
