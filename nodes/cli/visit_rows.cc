// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/visit_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "nodes/cli/typed.h"

namespace liaison {
namespace {

using nlohmann::json;

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::vector<std::string> pieces(const std::string& cell, char separator) {
  std::vector<std::string> out;
  for (const std::string& piece : split(cell, separator)) {
    if (std::string text = trimmed(piece); !text.empty()) out.push_back(std::move(text));
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
  std::string cell(const std::string& column) const {
    const auto at = static_cast<std::size_t>(std::find(file_.heads.begin(), file_.heads.end(), column) - file_.heads.begin());
    return at < file_.heads.size() && at < row_.cells.size() ? trimmed(row_.cells[at]) : "";
  }

 private:
  const CsvFile& file_;
  const CsvRow& row_;
};

class Importer {
 public:
  Importer(std::string member, Others others) : member_(std::move(member)), others_(others) {}

  // The first row of a ref is its visit's; it is remembered also when it is wrong, so that its further rows are no visit of their own.
  void take(const Row& row) {
    const std::string lead = row.cell("lead");
    const bool fits = row.fits();
    if (fits && others_ == Others::kSkipped && !lead.empty() && lead != member_) {
      ++plan_.skipped;
      return;
    }
    const std::string ref = row.cell("ref");
    const auto known = ref.empty() ? at_ref_.end() : at_ref_.find(ref);
    const bool joins = known != at_ref_.end();
    const std::uint64_t visit = joins ? plan_.visits[known->second].line : row.line();
    if (!ref.empty() && !joins) at_ref_[ref] = plan_.visits.size();
    if (!joins) plan_.visits.push_back({ref, row.line(), json::object()});
    if (!fits) return refuse({visit, row.line()}, "", row.counted(), "a comma inside a text needs quotes around the cell");
    if (!lead.empty() && lead != member_) {
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

  // What the row says; nothing for a cell that is empty.
  json fields_of(const Row& row, Where where) {
    json fields = {{"line", row.line()}, {"states", json::array()}, {"components", components_of(row, where)}};
    for (const std::string& state : pieces(row.cell("states"), ';')) fields["states"].push_back(parse_state(state));
    for (const std::string column : {"kind", "title", "status", "source", "note", "marking"}) {
      if (const std::string text = row.cell(column); !text.empty()) fields[column] = text;
    }
    if (const auto aims = pieces(row.cell("aims"), ';'); !aims.empty()) fields["aims"] = aims;
    if (const std::string consent = row.cell("consent"); !consent.empty()) fields["consent"] = {{"status", consent}};
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
                                                   "status", "participation", "components", "consent", "source", "unverified", "note", "marking"};
  return columns;
}

Result<json> parse_component(const std::string& text, char separator) {
  const auto parts = split(text, separator, 4);
  const std::string mark(1, separator);
  if (parts.size() < 3) {
    return fail(Code::kInput, "'" + text + "' is not a component",
                "write mode" + mark + "start" + mark + "end" + mark + "place, such as virtual" + mark + "2023-02-06" + mark + "2023-02-10");
  }
  json component = json::object();
  if (!trimmed(parts[0]).empty()) component["mode"] = trimmed(parts[0]);
  if (!trimmed(parts[1]).empty()) component["start"] = trimmed(parts[1]);
  if (!trimmed(parts[2]).empty()) component["end"] = trimmed(parts[2]);
  if (parts.size() == 4) component["places"] = pieces(parts[3], '/');
  return component;
}

json parse_state(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return text;
  return {{"alpha3", trimmed(std::string_view(text).substr(0, equals))}, {"name_in_source", trimmed(std::string_view(text).substr(equals + 1))}};
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
  const std::size_t colon = text.rfind(':');
  const std::string body = colon == std::string::npos ? "" : trimmed(std::string_view(text).substr(0, colon));
  const std::string role = colon == std::string::npos ? "" : trimmed(std::string_view(text).substr(colon + 1));
  if (body.empty() || role.empty()) {
    return fail(Code::kInput, "'" + text + "' is not of the form body:role", "write for example UNODC:participates");
  }
  return json{{"body", body}, {"role", role}};
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
