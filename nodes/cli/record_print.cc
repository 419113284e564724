// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/record_print.h"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/cli/when.h"
#include "nodes/domain/words.h"
#include "schemas/record_kind.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kWidth = 100;

// Lines of a text, each at most kWidth columns, broken at blanks, behind an indent.
std::string wrapped(const std::string& text, const std::string& indent) {
  std::string out, line;
  const auto flush = [&] {
    if (!line.empty()) out += indent + line + "\n";
    line.clear();
  };
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != '\n') {
      word += c;
      continue;
    }
    if (!line.empty() && display_width(line) + display_width(word) + 1 > kWidth) flush();
    if (!word.empty()) line += (line.empty() ? "" : " ") + word;
    word.clear();
    if (c == '\n') flush();
  }
  flush();
  return out;
}

std::string clean(const json& value) {
  if (!value.is_string()) return {};
  std::string out, line;
  for (const char c : value.get<std::string>() + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    out += (out.empty() ? "" : "\n") + printable(line, 64 * 1024);
    line.clear();
  }
  return out;
}

std::string value_text(const json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return clean(value);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "";
  if (value.is_number()) return value == 0 ? std::string() : value.dump();
  if (value.is_object() && value.contains("alpha3")) return clean(value["name"]) + " (" + clean(value["alpha3"]) + ")";
  std::string out;
  if (value.is_object()) {
    for (const auto& [name, part] : value.items()) {
      const std::string text = value_text(part);
      if (!text.empty()) out += (out.empty() ? "" : ", ") + in_words(name) + " " + text;
    }
    return out;
  }
  for (const json& one : value) out += (out.empty() ? "" : one.is_object() && !one.contains("alpha3") ? "\n" : ", ") + value_text(one);
  return out;
}

std::string field_lines(const std::string& name, const json& value) {
  const std::string text = value_text(value);
  if (text.empty()) return {};
  const std::string head = fmt::format("  {:<20} ", in_words(name));
  if (text.find('\n') == std::string::npos && display_width(text) <= kWidth - 20) return head + text + "\n";
  return fmt::format("  {}\n", in_words(name)) + wrapped(text, "      ");
}

std::string when(const json& record, const std::string& zone) {
  const std::string at = cell_of(record, "accepted_at");
  return at.empty() ? "not in the log yet" : "entry " + cell_of(record, "index") + " of the log, " + people_time(at, zone);
}

// Parts in the order of the page, each on a line of its own.
std::string part_lines(const RecordField& field, const json& value) {
  const json parts = field.list ? value : value.is_null() ? json::array() : json::array({value});
  if (parts.empty()) return {};
  std::string out = fmt::format("  {}\n", in_words(field.name));
  for (const json& part : parts) {
    std::string line;
    for (const RecordField& one : field.parts) {
      const std::string text = value_text(part.value(one.name, json()));
      if (!text.empty()) line += (line.empty() ? "" : "; ") + in_words(one.name) + ": " + text;
    }
    std::string lines = wrapped(line, "        ");
    if (lines.size() > 8) lines.replace(6, 2, "- ");
    out += lines;
  }
  return out;
}

std::string answer_lines(const json& answer, const std::string& zone) {
  std::string out = fmt::format("  {} {} ({}{})\n", clean(answer["from"]), clean(answer["answer"]), when(answer, zone),
                                answer.value("unverified", false) ? ", not verified" : "");
  const std::string about = cell_of(answer, "refers_to"), text = clean(answer.value("text", json("")));
  if (!about.empty()) out += "      about " + printable(about) + "\n";
  return out + wrapped(text, "      ");
}

std::string recipients_text(const json& answer) {
  std::string out;
  for (const json& one : answer.value("recipients", json::array())) out += (out.empty() ? "" : ", ") + cell_of(one, "member");
  return out.empty() ? "nobody" : out;
}

// "proposed (request recalled)": what it rests on does not stand any more.
std::string status_text(const json& item) {
  std::string out = cell_of(item, "status");
  for (const json& one : item.value("rests_on_recalled", json::array())) out += " (" + in_words(cell_of(one, "field")) + " recalled)";
  return out;
}

// A consent that is in force says nothing.
std::string consent_lines(const json& record) {
  std::string out;
  for (const json& one : record.value("consents_now", json::array())) {
    const std::string status = cell_of(one, "status"), on = cell_of(one, "withdrawn_on");
    if (status == "granted") continue;
    out += fmt::format("  {:<20} {} {}{}\n", "consent", cell_of(one, "id"), status.empty() ? "is not known here" : "is " + in_words(status), on.empty() ? ""
        : " since " + on);
  }
  return out;
}

std::string type_of(const json& field) {
  const std::string type = cell_of(field, "type");
  std::string out = field.value("list", false) ? "list of " + type : type;
  if (field.value("needed", false)) out += ", needed";
  if (field.value("set", "") == "once") out += ", said once";
  if (field.value("set", "") == "node") out += ", by the node";
  return out;
}

std::string described(const json& field, const std::string& indent) {
  std::string out = fmt::format("{}{:<20} {}\n", indent, cell_of(field, "name"), type_of(field));
  out += wrapped(cell_of(field, "meaning"), indent + "    ");
  if (field.contains("words")) out += wrapped("one of " + cell_of(field, "words"), indent + "    ");
  for (const json& part : field.value("parts", json::array())) out += described(part, indent + "    ");
  return out;
}

}  // namespace

std::vector<Column> record_columns() {
  return {plain_column("id", "id"), {"status", status_text, [](const json& item) { return cell_of(item, "status"); }},
          plain_column("day", "first_day"), plain_column("title", "title"),
          {"states", [](const json& item) { return value_text(item.value("states", json::array())); },
           [](const json& item) {
             std::string codes;
             for (const json& state : item.value("states", json::array())) codes += (codes.empty() ? "" : ";") + cell_of(state, "alpha3");
             return codes;
           }},
          plain_column("revision", "revision"), {"verified", [](const json& item) { return item.value("unverified", false) ? "not verified" : ""; }}};
}

std::vector<Column> due_columns() {
  return {plain_column("last day", "last_day"), plain_column("how it stands", "sentence"), plain_column("id", "id"), plain_column("what", "what"),
          plain_column("owner", "owner"),
          {"states", [](const json& item) { return value_text(item.value("states", json::array())); }, {}}, plain_column("rests on", "basis"),
          {"verified", [](const json& item) { return item.value("unverified", false) ? "not verified" : ""; }, {}}};
}

std::string value_line(const json& value) {
  std::string out;
  for (const char c : value_text(value)) out += c == '\n' ? "; " : std::string(1, c);
  return out;
}

std::string record_page(const json& record, const std::string& zone) {
  const RecordKind* kind = record_kind(cell_of(record, "kind"));
  std::string out = fmt::format("{}  {}\n", printable(cell_of(record, "id")), clean(record.value("title", json(""))));
  if (record.contains("recalled")) {
    const json& recalled = record["recalled"];
    out += fmt::format("  recalled by {} ({}): {}\n  call {}\n", cell_of(recalled, "by"), when(recalled, zone), clean(recalled["reason"]),
                       clean(recalled["contact"]));
  }
  for (const json& one : record.value("rests_on_recalled", json::array()))
    out += fmt::format("  its {} is gone: {}\n", in_words(cell_of(one, "field")), clean(one["sentence"]));
  if (kind == nullptr) return out;
  out += fmt::format("  {:<20} {}, revision {} of {}, {}\n", "record", kind->noun, cell_of(record, "revision"), cell_of(record, "owner"), when(record, zone));
  // What is to be known of every record of the kind, as that a matrix is no measure of compliance.
  if (const auto more = kind->meaning.find(". "); more != std::string::npos) out += wrapped(kind->meaning.substr(more + 2), "  ");
  const std::string to = cell_of(record, "recipients");
  out += fmt::format("  {:<20} {}{}\n", "audience", cell_of(record, "marking"), to.empty() ? "" : ", to " + to);
  for (const RecordField& field : kind->fields) {
    const json value = record.value(field.name, json());
    out += field.type == RecordField::Type::kPart ? part_lines(field, value) : field_lines(field.name, value);
  }
  for (const RecordField& field : record_head_fields()) {
    if (field.name != "title") out += field_lines(field.name, record.value(field.name, json()));
  }
  for (const json& due : record.value("dues", json::array()))
    out += fmt::format("  {:<20} {} by {}: {}{}\n", "due", clean(due["what"]), cell_of(due, "last_day"), cell_of(due, "sentence"),
                       cell_of(due, "computed").empty() ? "" : " (" + clean(due["computed"]) + ")");
  out += consent_lines(record);
  const std::string next = in_words(cell_of(record, "next"));
  if (!next.empty()) out += fmt::format("  {:<20} {}\n", "may become", next);
  if (!record.value("answers", json::array()).empty()) out += "\nanswers\n";
  for (const json& answer : record.value("answers", json::array())) out += answer_lines(answer, zone);
  if (!record.value("named_by", json::array()).empty()) out += "\nnamed by\n";
  for (const json& one : record.value("named_by", json::array())) out += fmt::format("  {} ({})\n", cell_of(one, "id"), in_words(cell_of(one, "field")));
  return out;
}

std::string further_lines(const json& answer) {
  const bool dry = cell_of(answer, "state") == "dry_run";
  std::string out;
  for (const json& one : answer.value("recalls", json::array()))
    out += fmt::format("  {} {} ({}), from {}\n", dry ? "would recall" : "recalls", cell_of(one, "id"), clean(one["title"]), recipients_text(one));
  for (const json& one : answer.value("kept", json::array())) out += fmt::format("  keeps {} ({}): {}\n", cell_of(one, "id"), clean(one["title"]),
      clean(one["reason"]));
  for (const json& one : answer.value("others", json::array()))
    out += fmt::format("  {} of {} rests on it too ({}): {}call {}\n", cell_of(one, "id"), cell_of(one, "owner"), clean(one["title"]),
                       one.value("told", false) ? "" : "it is not told of this, ", clean(one["contact"]));
  return out;
}

std::string kind_page(const json& kind) {
  std::string out = fmt::format("{} ({}, letter {})\n", cell_of(kind, "kind"), cell_of(kind, "noun"), cell_of(kind, "letter"));
  out += wrapped(cell_of(kind, "meaning"), "  ");
  out += fmt::format("  serves {}\n  others may answer: {}\n\nfields\n", cell_of(kind, "paragraph"), cell_of(kind, "answers"));
  for (const json& field : kind.value("fields", json::array())) out += described(field, "  ");
  return out;
}

}  // namespace liaison
