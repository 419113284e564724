// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/visit_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "nodes/cli/typed.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

// What a backslash stands before in a cell.
constexpr std::string_view kCellMarks = "\\;|/:=, ";

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

// As split(), but a separator behind a backslash separates nothing. The pieces keep their backslashes.
std::vector<std::string> split_cell(std::string_view text, char separator, std::size_t parts = std::string::npos) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == separator && out.size() < parts) {
      out.emplace_back();
      continue;
    }
    out.back() += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) out.back() += text[++i];
  }
  return out;
}

// Without blanks at its ends; one behind a backslash stays.
std::string trimmed_piece(std::string_view text) {
  const std::string piece = trimmed(text);
  const std::size_t slashes = piece.size() - (piece.find_last_not_of('\\') + 1);
  const std::size_t end = std::min(text.find_first_not_of(" \t"), text.size()) + piece.size();
  return slashes % 2 == 1 && end < text.size() ? piece + text[end] : piece;
}

// And without the backslashes; one before anything but a mark belongs to the text. `\-` is an empty text.
std::string plain(std::string_view piece) {
  std::string out;
  const std::string text = trimmed_piece(piece);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() && (kCellMarks.find(text[i + 1]) != std::string_view::npos || text[i + 1] == '-');
    if (escapes) ++i;
    if (!escapes || text[i] != '-') out += text[i];
  }
  return out;
}

std::vector<std::string> pieces(const std::string& cell, char separator) {
  std::vector<std::string> out;
  for (const std::string& piece : split_cell(cell, separator)) {
    if (std::string text = trimmed_piece(piece); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

// What made a cell safe from being a formula goes again (table.cc).
std::string without_guard(std::string cell) {
  const std::size_t first = cell.find_first_not_of('\'');
  if (first != 0 && first != std::string::npos && std::string_view("=+-@\t\r").find(cell[first]) != std::string_view::npos) cell.erase(0, 1);
  return cell;
}

// "granted|2026-11-20|note 12": as many of the named fields as there are, or all of them.
enum class Named { kThoseGiven, kAll };
json fields_in(const std::string& cell, const std::vector<const char*>& names, Named named) {
  json out = json::object();
  const auto parts = split_cell(cell, '|', names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i < parts.size() || named == Named::kAll) out[names[i]] = i < parts.size() ? plain(parts[i]) : "";
  }
  return out;
}

class Row {
 public:
  Row(const CsvFile& file, const CsvRow& row) : file_(file), row_(row) {}
  std::uint64_t line() const { return row_.line; }
  bool fits() const { return row_.cells.size() == file_.heads.size(); }
  std::string counted() const {
    return "this row has " + std::to_string(row_.cells.size()) + " cells, the head line " + std::to_string(file_.heads.size());
  }
  bool has(const std::string& column) const { return at(column) < file_.heads.size(); }
  std::string cell(const std::string& column) const { return without_guard(trimmed_piece(raw(column))); }
  // A row that an export wrote has its texts as they are.
  std::string exact(const std::string& column) const { return without_guard(raw(column)); }

 private:
  std::size_t at(const std::string& column) const {
    return static_cast<std::size_t>(std::find(file_.heads.begin(), file_.heads.end(), column) - file_.heads.begin());
  }
  std::string raw(const std::string& column) const { return has(column) && at(column) < row_.cells.size() ? row_.cells[at(column)] : ""; }

  const CsvFile& file_;
  const CsvRow& row_;
};

class Importer {
 public:
  Importer(std::string member, Others others) : member_(std::move(member)), others_(others) {}

  // The first row of a ref is its visit's; it is remembered also when it is wrong, so that its further rows are no visit of their own.
  void take(const Row& row) {
    const std::string lead = row.cell("lead"), id = row.cell("id");
    const bool fits = row.fits();
    if (fits && others_ == Others::kSkipped && !lead.empty() && lead != member_) {
      ++plan_.skipped;
      return;
    }
    const std::string ref = row.cell("ref").empty() ? id : row.cell("ref");
    const auto known = ref.empty() ? at_ref_.end() : at_ref_.find(ref);
    const bool joins = known != at_ref_.end();
    const std::uint64_t visit = joins ? plan_.visits[known->second].line : row.line();
    if (!ref.empty() && !joins) at_ref_[ref] = plan_.visits.size();
    if (!joins) plan_.visits.push_back({ref, row.line(), json::object()});
    if (!fits) return refuse({visit, row.line()}, "", row.counted(), "a comma inside a text needs quotes around the cell");
    if (!lead.empty() && lead != member_ && id.empty()) {   // of one with an id the node says whether it is the record that it has
      return refuse({visit, row.line()}, "lead", "this visit was led by " + lead + ", and this is the node of " + member_,
                    "import it at that committee's node, or leave such rows out with --mine-only");
    }
    json fields = fields_of(row, {visit, row.line()});
    if (joins) join(plan_.visits[known->second], std::move(fields), row.line());
    else plan_.visits.back().fields = with_components(std::move(fields));
  }

  ImportPlan finish() {
    std::erase_if(plan_.visits, [&](const ImportRow& visit) { return bad_.contains(visit.line); });
    std::stable_sort(plan_.errors.begin(), plan_.errors.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    return std::move(plan_);
  }

 private:
  struct Where { std::uint64_t visit = 0, line = 0; };   // the first line of the visit, and the line that is meant

  void refuse(Where where, const std::string& field, std::string detail, std::string hint) {
    bad_.insert(where.visit);
    plan_.errors.push_back({where.line, field, std::string(code_name(Code::kInput)), std::move(detail), std::move(hint)});
  }

  // What the row says; nothing for a cell that is empty, except in a row with an id: there an empty cell says that there is nothing.
  json fields_of(const Row& row, Where where) {
    json fields = {{"line", row.line()}, {"states", json::array()}, {"components", components_of(row, where)}};
    const bool whole = !row.cell("id").empty();
    const Named named = whole ? Named::kAll : Named::kThoseGiven;
    for (const std::string& state : pieces(row.cell("states"), ';')) fields["states"].push_back(parse_state(state));
    for (const std::string column : {"id", "kind", "status", "marking", "merged_into"}) {
      if (const std::string text = row.cell(column); !text.empty()) fields[column] = text;
    }
    for (const std::string column : {"title", "source", "note", "paragraph", "contact"}) {
      const std::string text = whole ? row.exact(column) : row.cell(column);
      if (!text.empty() || (whole && row.has(column))) fields[column] = text;
    }
    for (const std::string column : {"aims", "to"}) {
      json all = json::array();
      for (const std::string& word : pieces(row.cell(column), ';')) all.push_back(word);
      if (!all.empty() || (whole && row.has(column) && column == "aims")) fields[column] = all;
    }
    if (const std::string consent = row.cell("consent"); !consent.empty())
      fields["consent"] = fields_in(consent, {"status", "date", "reference", "signed_by"}, named);
    if (const std::string cell = row.cell("invitation"); !cell.empty()) fields["invitation"] = fields_in(cell, {"date", "reference", "issuer"}, named);
    else if (whole && row.has("invitation")) fields["invitation"] = nullptr;
    if (whole && row.has("reports")) fields["reports"] = json::array();
    for (const std::string& report : pieces(row.cell("reports"), ';'))
      fields["reports"].push_back(fields_in(report, {"kind", "date", "symbol"}, named));
    // What another committee leads is only compared.
    if (whole && !row.cell("lead").empty()) fields["lead"] = row.cell("lead");
    if (whole && row.has("participation")) fields["participation"] = json::array();
    if (const json all = participation_of(row, where); !all.empty()) fields["participation"] = all;
    const std::string unverified = row.cell("unverified");
    if (unverified == "yes" || unverified == "no") {
      fields["unverified"] = unverified == "yes";
    } else if (!unverified.empty()) {
      refuse(where, "unverified", "'" + unverified + "' is neither yes nor no", "write yes, no or nothing");
    }
    return fields;
  }

  json participation_of(const Row& row, Where where) {
    json all = json::array();
    for (const std::string& one : pieces(row.cell("participation"), ';')) {
      const auto parsed = parse_participation(one);
      if (!parsed) {
        refuse(where, "participation", parsed.error().what, parsed.error().hint);
      } else {
        all.push_back(*parsed);
      }
    }
    return all;
  }

  json components_of(const Row& row, Where where) {
    json all = json::array();
    for (const std::string& one : pieces(row.cell("components"), ';')) {
      const auto parsed = parse_component(one, '|');
      if (!parsed) {
        refuse(where, "components", parsed.error().what, parsed.error().hint);
      } else {
        all.push_back(*parsed);
      }
    }
    if (!all.empty()) return all;
    json component = json::object();
    for (const std::string column : {"start", "end", "precision"}) {
      if (const std::string text = row.cell(column); !text.empty()) component[column] = text;
    }
    if (!component.empty()) all.push_back(component);
    return all;
  }

  // A visit whose days nobody knows has one part all the same.
  static json with_components(json fields) {
    if (fields["components"].empty()) fields["components"].push_back(json::object());
    return fields;
  }

  // A further row of a visit brings States or components; what it says of the rest must be the same or nothing.
  void join(ImportRow& visit, json more, std::uint64_t line) {
    if (bad_.contains(visit.line)) return;   // what the first row says is not known
    auto& parts = visit.fields["components"];
    if (!more["components"].empty() && parts == json::array({json::object()})) parts = json::array();
    for (const char* list : {"components", "states"}) {
      for (const json& value : more[list]) append(visit.fields[list], value);
    }
    for (const auto& [name, value] : more.items()) {
      if (name == "line" || name == "states" || name == "components") continue;
      if (visit.fields.emplace(name, value).first.value() == value) continue;
      refuse({visit.line, line}, name, "the rows of visit " + visit.ref + " do not agree on this",
             "repeat the value of line " + std::to_string(visit.line) + ", or leave the cell empty");
    }
  }

  static void append(json& list, const json& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  }

  std::string member_;
  Others others_;
  ImportPlan plan_;
  std::map<std::string, std::size_t> at_ref_;
  std::set<std::uint64_t> bad_;   // first lines of visits
};

}  // namespace

const std::vector<std::string>& import_columns() {
  static const std::vector<std::string> columns = {"ref",  "lead", "states", "start",         "end",        "precision", "kind",   "title",      "aims",
                                                   "status", "participation", "components", "consent", "source", "unverified", "note", "marking",
                                                   "id",     "revision", "invitation", "reports", "merged_into", "paragraph", "contact", "to"};
  return columns;
}

Result<json> parse_component(const std::string& text, char separator) {
  const auto parts = split_cell(text, separator, separator == '|' ? 5 : 4);
  const std::string mark(1, separator);
  if (parts.size() < 3) {
    return fail(Code::kInput, "'" + text + "' is not a component",
                "write mode" + mark + "start" + mark + "end" + mark + "place, such as virtual" + mark + "2023-02-06" + mark + "2023-02-10");
  }
  json component = json::object();
  if (!trimmed(parts[0]).empty()) component["mode"] = trimmed(parts[0]);
  if (!trimmed(parts[1]).empty()) component["start"] = trimmed(parts[1]);
  if (!trimmed(parts[2]).empty()) component["end"] = trimmed(parts[2]);
  if (parts.size() > 3) {
    component["places"] = json::array();
    for (const std::string& place : pieces(parts[3], '/')) component["places"].push_back(plain(place));
  }
  if (parts.size() == 5 && !trimmed(parts[4]).empty()) component["precision"] = trimmed(parts[4]);
  return component;
}

json parse_state(const std::string& text) {
  const auto parts = split_cell(text, '=', 2);
  if (parts.size() == 1) return plain(text);
  return {{"alpha3", plain(parts[0])}, {"name_in_source", plain(parts[1])}};
}

Result<json> parse_report(const std::string& text) {
  const auto parts = split(text, ',', 3);
  if (parts.size() < 2) {
    return fail(Code::kInput, "'" + text + "' is not of the form KIND,DATE,SYMBOL", "write for example draft,2027-03-20; the symbol may be left out");
  }
  json report = {{"kind", trimmed(parts[0])}, {"date", trimmed(parts[1])}};
  if (parts.size() == 3) report["symbol"] = trimmed(parts[2]);
  return report;
}

Result<json> parse_participation(const std::string& text) {
  auto parts = split_cell(text, ':');
  // "body:role:note" where the second last is a role: a body's name may hold a colon of its own.
  std::string note;
  if (parts.size() > 2 && parse_word<ParticipationRole>(trimmed(parts[parts.size() - 2]))) {
    note = plain(parts.back());
    parts.pop_back();
  }
  const std::string role = parts.size() > 1 ? plain(parts.back()) : "";
  parts.pop_back();
  std::string body;
  for (const auto& part : parts) body += (body.empty() ? "" : ":") + part;
  body = plain(body);
  if (body.empty() || role.empty()) {
    return fail(Code::kInput, "'" + text + "' is not of the form body:role", "write for example UNODC:participates");
  }
  json one = {{"body", body}, {"role", role}};
  if (!note.empty()) one["note"] = note;
  return one;
}

std::string escaped_cell(std::string_view text) {
  if (text.empty()) return "\\-";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_end = i == 0 || i + 1 == text.size();
    if (text[i] == ' ' ? at_end : kCellMarks.find(text[i]) != std::string_view::npos && text[i] != ',') out += '\\';
    out += text[i];
  }
  return out;
}

Result<ImportPlan> plan_import(const CsvFile& file, const std::string& member, Others others) {
  const auto& known = import_columns();
  for (const std::string& head : file.heads) {
    if (std::find(known.begin(), known.end(), head) != known.end()) continue;
    std::string all;
    for (const std::string& column : known) all += (all.empty() ? "" : ", ") + column;
    return fail(Code::kInput, "the column '" + head + "' is not one of an import", "the columns are: " + all);
  }
  for (const std::string needed : {"states", "title"}) {
    if (std::find(file.heads.begin(), file.heads.end(), needed) == file.heads.end()) {
      return fail(Code::kInput, "the column '" + needed + "' is missing", "its first line names the columns");
    }
  }
  Importer importer(member, others);
  for (const CsvRow& row : file.rows) importer.take(Row(file, row));
  return importer.finish();
}

}  // namespace liaison
