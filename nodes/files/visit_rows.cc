// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/visit_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "nodes/files/cells.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

// "granted|2026-11-20|note 12": as many of the named fields as there are, or all of them.
enum class Named { kThoseGiven, kAll };
json fields_in(const std::string& cell, const std::vector<const char*>& names, Named named) {
  json out = json::object();
  const auto parts = split_cell(cell, '|', names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i < parts.size() || named == Named::kAll) out[names[i]] = i < parts.size() ? plain_piece(parts[i]) : "";
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
    const std::uint64_t visit = joins ? plan_.rows[known->second].line : row.line();
    if (!ref.empty() && !joins) at_ref_[ref] = plan_.rows.size();
    if (!joins) plan_.rows.push_back({ref, row.line(), json::object()});
    if (!fits) return refuse({visit, row.line()}, "", row.counted(), "a comma inside a text needs quotes around the cell");
    if (!lead.empty() && lead != member_ && id.empty()) {   // of one with an id the node says whether it is the record that it has
      return refuse({visit, row.line()}, "lead", "this visit was led by " + lead + ", and this is the node of " + member_,
                    "import it at that committee's node, or leave such rows out with --mine-only");
    }
    json fields = fields_of(row, {visit, row.line()});
    if (joins) join(plan_.rows[known->second], std::move(fields), row.line());
    else plan_.rows.back().fields = with_components(std::move(fields));
  }

  ImportPlan finish() {
    std::erase_if(plan_.rows, [&](const ImportRow& visit) { return bad_.contains(visit.line); });
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
    for (const std::string& state : pieces_of(row.cell("states"), ';')) fields["states"].push_back(parse_state(state));
    for (const std::string column : {"id", "kind", "status", "marking", "merged_into"}) {
      if (const std::string text = row.cell(column); !text.empty()) fields[column] = text;
    }
    for (const std::string column : {"title", "source", "note", "paragraph", "contact"}) {
      const std::string text = whole ? row.exact(column) : row.cell(column);
      if (!text.empty() || (whole && row.has(column))) fields[column] = text;
    }
    for (const std::string column : {"aims", "to"}) {
      json all = json::array();
      for (const std::string& word : pieces_of(row.cell(column), ';')) all.push_back(word);
      if (!all.empty() || (whole && row.has(column) && column == "aims")) fields[column] = all;
    }
    if (const std::string consent = row.cell("consent"); !consent.empty())
      fields["consent"] = fields_in(consent, {"status", "date", "reference", "signed_by"}, named);
    if (const std::string cell = row.cell("invitation"); !cell.empty()) fields["invitation"] = fields_in(cell, {"date", "reference", "issuer"}, named);
    else if (whole && row.has("invitation")) fields["invitation"] = nullptr;
    if (whole && row.has("reports")) fields["reports"] = json::array();
    for (const std::string& report : pieces_of(row.cell("reports"), ';'))
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
    for (const std::string& one : pieces_of(row.cell("participation"), ';')) {
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
    for (const std::string& one : pieces_of(row.cell("components"), ';')) {
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
  if (!trimmed_text(parts[0]).empty()) component["mode"] = trimmed_text(parts[0]);
  if (!trimmed_text(parts[1]).empty()) component["start"] = trimmed_text(parts[1]);
  if (!trimmed_text(parts[2]).empty()) component["end"] = trimmed_text(parts[2]);
  if (parts.size() > 3) {
    component["places"] = json::array();
    for (const std::string& place : pieces_of(parts[3], '/')) component["places"].push_back(plain_piece(place));
  }
  if (parts.size() == 5 && !trimmed_text(parts[4]).empty()) component["precision"] = trimmed_text(parts[4]);
  return component;
}

json parse_state(const std::string& text) {
  const auto parts = split_cell(text, '=', 2);
  if (parts.size() == 1) return plain_piece(text);
  return {{"alpha3", plain_piece(parts[0])}, {"name_in_source", plain_piece(parts[1])}};
}

Result<json> parse_report(const std::string& text) {
  const auto parts = split(text, ',', 3);
  if (parts.size() < 2) {
    return fail(Code::kInput, "'" + text + "' is not of the form KIND,DATE,SYMBOL", "write for example draft,2027-03-20; the symbol may be left out");
  }
  json report = {{"kind", trimmed_text(parts[0])}, {"date", trimmed_text(parts[1])}};
  if (parts.size() == 3) report["symbol"] = trimmed_text(parts[2]);
  return report;
}

Result<json> parse_participation(const std::string& text) {
  auto parts = split_cell(text, ':');
  // "body:role:note" where the second last is a role: a body's name may hold a colon of its own.
  std::string note;
  if (parts.size() > 2 && parse_word<ParticipationRole>(trimmed_text(parts[parts.size() - 2]))) {
    note = plain_piece(parts.back());
    parts.pop_back();
  }
  const std::string role = parts.size() > 1 ? plain_piece(parts.back()) : "";
  parts.pop_back();
  std::string body;
  for (const auto& part : parts) body += (body.empty() ? "" : ":") + part;
  body = plain_piece(body);
  if (body.empty() || role.empty()) {
    return fail(Code::kInput, "'" + text + "' is not of the form body:role", "write for example UNODC:participates");
  }
  json one = {{"body", body}, {"role", role}};
  if (!note.empty()) one["note"] = note;
  return one;
}

std::string escaped_cell(std::string_view text) { return escaped_piece(text, ";|/:="); }

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
