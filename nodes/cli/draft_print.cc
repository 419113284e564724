// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/draft_print.h"

#include <fmt/format.h>

#include "nodes/cli/record_print.h"
#include "nodes/cli/table.h"
#include "nodes/cli/visit_print.h"
#include "nodes/files/when.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kRowsShown = 10;

std::string line(std::string_view name, const std::string& value) { return value.empty() ? std::string() : fmt::format("  {:<14} {}\n", name, value); }

std::string said(const json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_structured()) {
    const std::string text = printable(value_line(value), kShownBytesMax);
    return text.empty() ? "nothing" : text;
  }
  if (value.is_string()) return value == "" ? "nothing" : printable(value.get<std::string>(), kShownBytesMax);
  return printable(json_text(value, -1), kShownBytesMax);
}

std::string recipients_of(const json& answer) {
  std::string to;
  for (const json& one : list_of(answer, "recipients")) to += (to.empty() ? "" : ", ") + shown(one, "member") + " (" + shown(one, "name") + ")";
  return to.empty() ? "nobody" : to;
}

std::string head_of(const json& draft) {
  const std::string record = shown(draft, "record"), revision = shown(draft, "on_revision");
  std::string what = shown(draft, "act") + " " + shown(draft, "kind");
  if (!record.empty()) what += " of " + record + (revision.empty() ? "" : ", made on revision " + revision);
  return fmt::format("{}  version {}, {}: {}\n", shown(draft, "id"), shown(draft, "version"), shown(draft, "state"), what);
}

std::string hands_of(const json& draft, const std::string& zone) {
  std::string out = line("made by", shown(draft, "made_by.name") + ", " + people_time(cell_of(draft, "made_at"), zone));
  if (shown(draft, "version") != "1") out += line("changed by", shown(draft, "changed_by.name") + ", " + people_time(cell_of(draft, "changed_at"), zone));
  if (shown(draft, "state") != "open")
    out += line(shown(draft, "state") + " by", shown(draft, "ended_by.name") + ", " + people_time(cell_of(draft, "ended_at"), zone));
  return out + line("became", shown(draft, "outcome"));
}

std::string fields_of(const json& draft) {
  std::string out;
  const json fields = draft.value("fields", json::object());
  if (!fields.is_object()) return out;
  for (const auto& [name, value] : fields.items()) {
    if (name != "rows") out += fmt::format("  {:<14} {}\n", printable(name), said(value));
  }
  return out;
}

// A file of rows: who gets the first ones; most go the same way.
std::string rows_of(const json& would) {
  const json rows = list_of(would, "created");
  std::string out = line("rows", std::to_string(rows.size()));
  for (std::size_t i = 0; i < rows.size() && i < kRowsShown; ++i)
    out += fmt::format("  line {:<9} {} under {}\n", shown(rows[i], "line"), recipients_of(rows[i]), ruling_of(rows[i]));
  if (rows.size() > kRowsShown) out += fmt::format("  and {} more\n", rows.size() - kRowsShown);
  return out;
}

std::string would_lines(const json& would) {
  if (would.contains("created")) return "\nif it were released now\n" + rows_of(would);
  std::string out;
  const json preview = would.value("preview", json::object());
  const std::string changed = changed_lines(preview.value("changed", json::object()));
  if (!changed.empty()) out += "\nagainst the version in force\n" + changed;
  out += "\nif it were released now\n" + line("would go to", recipients_of(would)) + line("allowed by", ruling_of(would));
  for (const json& warning : list_of(would, "warnings")) out += line("warning", said(warning));
  for (const json& finding : list_of(preview, "findings")) out += line("finding", shown(finding, "sentence"));
  return out;
}

std::string moved_lines(const json& draft, const json& moved) {
  const std::string now = shown(moved, "revision");
  std::string out = fmt::format("\n{} has moved on: revision {} is in force, the draft was made on revision {}\n", shown(draft, "record"), now,
                                shown(moved, "on_revision"));
  for (const auto& [name, one] : moved["fields"].items()) {
    out += fmt::format("  {:<14} was {}, is {}", printable(name), said(one["was"]), said(one["now"]));
    out += one["draft"].is_null() ? "\n" : fmt::format(", the draft says {}\n", said(one["draft"]));
  }
  return out;
}

}  // namespace

std::vector<Column> draft_columns() {
  return {plain_column("draft", "id"), plain_column("state", "state"), plain_column("act", "act"), plain_column("kind", "kind"),
          plain_column("record", "record"), plain_column("made by", "made_by.name"), plain_column("changed by", "changed_by.name"),
          plain_column("changed", "changed_at"), plain_column("became", "outcome")};
}

std::vector<Column> audit_columns(const std::string& zone) {
  return {{"at", [zone](const json& item) { return people_time(cell_of(item, "at"), zone); }, [](const json& item) { return cell_of(item, "at"); }},
          plain_column("what", "event"), plain_column("by", "actor"), plain_column("about", "object"), plain_column("result", "result")};
}

std::string draft_page(const json& draft, const std::string& zone) {
  std::string out = head_of(draft) + hands_of(draft, zone);
  if (shown(draft, "state") != "open") return out;
  const std::string fields = fields_of(draft);
  if (!fields.empty()) out += "\nit says\n" + fields;
  const json moved = draft.value("moved_on", json()), refused = draft.value("refused", json());
  if (moved.is_object()) out += moved_lines(draft, moved);
  if (draft.value("would", json()).is_object()) out += would_lines(draft["would"]);
  else if (!moved.is_object()) out += fmt::format("\nreleased now, it would be refused: {} [{}]\n", shown(refused, "detail"), shown(refused, "code"));
  const std::string note = shown(draft, "release_note");
  if (draft.value("four_eyes", false)) out += "\n" + (note.empty() ? std::string("two officers are needed; you may be the second\n") : note + "\n");
  return out;
}

}  // namespace liaison
