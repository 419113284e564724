// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/visit_export.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

#include "nodes/cli/export_file.h"
#include "nodes/cli/icalendar.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/record_calendar.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_rows.h"
#include "schemas/text.h"
#include "security/clock.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr auto kBetweenWrites = std::chrono::seconds(1), kBetweenTries = std::chrono::seconds(5);

// Nothing where there is no text.
std::string cell(const json& object, const char* name) {
  const std::string text = cell_of(object, name);
  return text.empty() ? text : escaped_cell(text);
}

std::string joined(const std::vector<std::string>& pieces, const char* between) {
  std::string text;
  for (const auto& piece : pieces) text += (text.empty() ? "" : between) + piece;
  return text;
}

// "granted|2026-11-20|note 12|Permanent Mission": what is empty at the end is left out.
std::string fields_cell(const json& object, std::initializer_list<const char*> names) {
  std::string text, left_out;
  for (const char* name : names) {
    const std::string one = cell(object, name);
    if (!one.empty()) text += std::exchange(left_out, "") + one;
    left_out += '|';
  }
  return text;
}

std::string states_cell(const json& visit) {
  std::vector<std::string> all;
  for (const auto& state : list_of(visit, "states")) {
    const std::string other = cell(state, "name_in_source");
    all.push_back(cell_of(state, "alpha3") + (other.empty() ? "" : "=" + other));
  }
  return joined(all, ";");
}

std::string component_cell(const json& part) {
  std::vector<std::string> places;
  for (const auto& place : list_of(part, "places")) places.push_back(escaped_cell(place.is_string() ? place.get<std::string>() : ""));
  return cell_of(part, "mode") + "|" + cell_of(part, "start") + "|" + cell_of(part, "end") + "|" + joined(places, "/") + "|" + cell_of(part, "precision");
}

// A visit of one part on site without places has its days in columns of their own; never in both, so that one edit is enough.
bool is_plain(const json& visit) {
  const json parts = list_of(visit, "components");
  return parts.size() == 1 && cell_of(parts[0], "mode") == "on_site" && list_of(parts[0], "places").empty();
}

std::string list_cell(const json& visit, const char* name, const std::function<std::string(const json&)>& one) {
  std::vector<std::string> all;
  for (const auto& item : list_of(visit, name)) all.push_back(one(item));
  return joined(all, ";");
}

std::string column_cell(const json& visit, const std::string& column) {
  const json parts = list_of(visit, "components");
  if (column == "states") return states_cell(visit);
  if (column == "start" || column == "end" || column == "precision") return is_plain(visit) ? cell_of(parts[0], column) : "";
  if (column == "components") return is_plain(visit) ? "" : list_cell(visit, "components", component_cell);
  if (column == "aims" || column == "to") return cell_of(visit, column, ";");
  if (column == "participation") return list_cell(visit, "participation", [](const json& one) {
    const std::string note = cell(one, "note");
    return cell(one, "body") + ":" + cell_of(one, "role") + (note.empty() ? "" : ":" + note);
  });
  if (column == "consent") return fields_cell(visit.value("consent", json::object()), {"status", "date", "reference", "signed_by"});
  if (column == "invitation") {
    const json invitation = visit.value("invitation", json());
    const std::string text = invitation.is_object() ? fields_cell(invitation, {"date", "reference", "issuer"}) : "";
    return text.empty() && invitation.is_object() ? "|" : text;   // one of which nothing is known is one
  }
  if (column == "reports") return list_cell(visit, "reports", [](const json& one) { return fields_cell(one, {"kind", "date", "symbol"}); });
  if (column == "unverified") return cell_of(visit, "unverified") == "true" ? "yes" : "no";
  return cell_of(visit, column);
}

Result<json> all_of(const NodeClient& node, const std::string& path, std::map<std::string, std::string> filters) {
  json all = json::array();
  std::set<std::string> seen;   // one whose days are moved between two pages may stand on both
  while (true) {
    const json page = TRY(node.get(path + query_of(filters)));
    for (const auto& one : list_of(page, "items")) {
      if (seen.insert(cell_of(one, "id")).second) all.push_back(one);
    }
    const std::string next = cell_of(page, "next");
    if (next.empty()) return all;
    filters["cursor"] = next;
  }
}

Result<json> all_visits(const Invocation& typed, const NodeClient& node) {
  std::map<std::string, std::string> filters = {{"limit", "500"}};
  for (const std::string name : {"state", "from", "to", "committee", "status", "text"}) filters[name] = typed.text("--" + name);
  return all_of(node, "/visits", std::move(filters));
}

// A calendar has the joint visits too, in the order of their ids. Words of a visit's status and its text choose among visits alone.
Result<std::string> joint_entries(const Invocation& typed, const NodeClient& node, ExportForm form) {
  if (form != ExportForm::kCalendar || typed.has("--status") || typed.has("--text")) return std::string();
  const RecordKind& joint = *record_kind("visit.joint");
  std::map<std::string, std::string> filters = {{"limit", "100"}, {"whole", "1"}, {"kind", joint.kind}};
  for (const std::string name : {"state", "from", "to", "committee"}) filters[name] = typed.text("--" + name);
  json all = TRY(all_of(node, "/records", std::move(filters)));
  std::sort(all.begin(), all.end(), [](const json& a, const json& b) { return cell_of(a, "id") < cell_of(b, "id"); });
  return record_entries(joint, all);
}

std::string written(const json& visits, const std::string& joint, ExportForm form) {
  if (form == ExportForm::kCalendar) return icalendar_of(visits, joint);
  std::ostringstream out;
  if (form == ExportForm::kCsv) {
    print_csv_line(out, export_columns());
    for (const auto& visit : visits) print_csv_line(out, export_cells(visit));
    return out.str();
  }
  json all = json::array();
  for (const auto& visit : visits) all.push_back(portable_visit(visit));
  return json_text(all, 2) + "\n";
}

std::string written_to(std::size_t visits, const std::string& file) {
  return std::to_string(visits) + (visits == 1 ? " visit" : " visits") + " written to " + printable(file, 512);
}

// Keeps one file as the node's visits are. A node that cannot be reached is told of and tried again; anything else, such as a file that
// cannot be written or a filter that the node refuses, ends it.
class WatchedFile {
 public:
  WatchedFile(const Invocation& typed, const NodeClient& node, ExportForm form) : typed_(typed), node_(node), form_(form) {}

  Result<int> run() {
    if (!refresh()) return trouble_ ? *trouble_ : fail(Code::kUnreachable, away_);
    while (true) {
      const auto done = node_.stream("/events", [&](const HttpEvent& event) { return on_event(event); }, [&] { return refresh(); });
      if (trouble_) return *trouble_;
      if (!done) away_ = done.error().what;
      typed_.console().say((away_.empty() ? "the node closed the stream of events" : printable(away_, 512)) + "; trying again every five seconds");
      away_.clear();
      std::this_thread::sleep_for(kBetweenTries);
    }
  }

 private:
  // What changes a visit or a joint visit, or what the file says of it: a refused plan is gone again, an accepted one has its time. Whatever happened before
  // the newest reading began is in it.
  bool on_event(const HttpEvent& event) {
    const json data = json::parse(event.data, nullptr, false);
    const bool joint = event.event.starts_with("record.") && data.is_object() && cell_of(data, "id").find("-J-") != std::string::npos;
    if (!joint && !event.event.starts_with("visit.") && event.event != "message.accepted" && event.event != "message.refused") return true;
    const std::string at = data.is_object() ? cell_of(data, "at") : "";
    if (!at.empty() && at < rfc3339_millis(read_at_ms_)) return true;
    std::this_thread::sleep_for(kBetweenWrites);
    return refresh();
  }

  bool refresh() {
    SystemClock clock;
    const auto now = clock.now().wall_ms;
    const auto visits = all_visits(typed_, node_);
    if (!visits) return failed(visits.error());
    read_at_ms_ = now;
    const auto joint = joint_entries(typed_, node_, form_);
    if (!joint) return failed(joint.error());
    const std::string text = written(*visits, *joint, form_);
    if (text == last_) return true;
    if (auto done = write_export(typed_.text("FILE"), view_of(text)); !done) trouble_ = done.error();
    if (trouble_) return false;
    typed_.console().say(written_to(visits->size(), typed_.text("FILE")));
    last_ = text;
    return true;
  }

  bool failed(const Error& error) {
    if (error.code == Code::kUnreachable || is_transient(error.code)) away_ = error.what;
    else trouble_ = error;
    return false;
  }

  const Invocation& typed_;
  const NodeClient& node_;
  ExportForm form_;
  TimeMs read_at_ms_ = 0;
  std::string last_, away_;
  std::optional<Error> trouble_;
};

}  // namespace

json portable_visit(const json& visit) {
  json out = json::object();
  for (const char* name : {"id", "revision", "lead", "components", "kind", "title", "aims", "status", "consent", "invitation", "participation", "paragraph",
                           "contact", "note", "source", "unverified", "merged_into", "reports", "marking"}) {
    if (visit.contains(name)) out[name] = visit[name];
  }
  out["states"] = json::array();
  for (const auto& state : list_of(visit, "states")) {
    json one = {{"alpha3", cell_of(state, "alpha3")}};
    if (state.contains("name_in_source")) one["name_in_source"] = state["name_in_source"];
    out["states"].push_back(std::move(one));
  }
  if (cell_of(visit, "marking") == "named") out["to"] = visit.value("recipients", json::array());
  return out;
}

const std::vector<std::string>& export_columns() {
  static const std::vector<std::string> columns = {"id", "revision", "lead", "states", "start", "end", "precision", "kind", "title", "aims", "status",
                                                   "participation", "components", "consent", "invitation", "reports", "merged_into", "paragraph",
                                                   "contact", "source", "unverified", "note", "marking", "to"};
  return columns;
}

std::vector<std::string> export_cells(const json& visit) {
  const json portable = portable_visit(visit);
  std::vector<std::string> cells;
  for (const auto& column : export_columns()) cells.push_back(column_cell(portable, column));
  return cells;
}

Result<int> visit_export(const Invocation& typed) {
  const ExportForm form = TRY(export_form_of(typed, "a visit", true));
  if (typed.has("--watch") && typed.text("FILE").empty()) return fail(Code::kUsage, "--watch needs a FILE to keep up to date", "name it, such as visits.ics");
  const NodeClient node = TRY(NodeClient::of(typed));
  if (typed.has("--watch")) return WatchedFile(typed, node, form).run();
  const json visits = TRY(all_visits(typed, node));
  const std::string joint = TRY(joint_entries(typed, node, form));
  const std::string text = written(visits, joint, form);
  if (typed.text("FILE").empty()) {
    typed.console().out << text;
    return kExitOk;
  }
  TRY(write_export(typed.text("FILE"), view_of(text)));
  typed.console().say(written_to(visits.size(), typed.text("FILE")));
  return kExitOk;
}

}  // namespace liaison
