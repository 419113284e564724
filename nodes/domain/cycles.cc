// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/cycles.h"

#include <algorithm>
#include <map>
#include <set>

#include "nodes/domain/terms.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

struct Table { std::string_view kind; std::string_view text; };
constexpr Table kTables[] = {
#include <nodes/cycles.inc>
};

std::vector<std::string> pieces(std::string_view text, char between) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(between), text.size());
    std::string_view piece = text.substr(0, end);
    while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
    while (!piece.empty() && piece.back() == ' ') piece.remove_suffix(1);
    if (!piece.empty()) out.emplace_back(piece);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Five cells; the last one, a sentence, may hold commas.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> out;
  for (int i = 0; i < 5; ++i) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return {};
    out.emplace_back(line.substr(0, comma));
    line.remove_prefix(comma + 1);
  }
  out.emplace_back(line);
  return out;
}

Error wrong(std::size_t line, const std::string& what) { return fail(Code::kInput, "line " + std::to_string(line) + ": " + what); }

bool has(const std::vector<std::string>& words, std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); }

bool has_field(const RecordKind& kind, const std::string& name) {
  if (kind.field(name) != nullptr) return true;
  const auto& head = record_head_fields();
  return std::any_of(head.begin(), head.end(), [&](const RecordField& field) { return field.name == name; });
}

bool names_committees(const RecordKind& kind, const std::string& name) {
  const RecordField* field = kind.field(name);
  return field != nullptr && field->list &&
         std::any_of(field->parts.begin(), field->parts.end(), [](const RecordField& part) { return part.name == "committee"; });
}

Result<Need> need_of(const RecordKind& kind, std::size_t line, const std::string& text) {
  using What = Need::What;
  static const std::map<std::string, What> words = {
      {"set", What::kSet}, {"without", What::kWithout}, {"day", What::kDay}, {"past", What::kPast}, {"consent", What::kConsent}, {"record", What::kRecord},
      {"answer", What::kAnswer}, {"log", What::kLog}};
  const auto parts = pieces(text, ' ');
  const bool names_who = parts.size() == 3 && parts[0] == "answer";
  if ((parts.size() != 2 && !names_who) || !words.contains(parts[0])) return wrong(line, "\"" + text + "\" is not something that can be needed");
  const Need need{words.at(parts[0]), parts[1], names_who ? parts[2] : ""};
  if (names_who && !names_committees(kind, need.by)) return wrong(line, need.by + " names no committees in " + kind.kind);
  const bool field =
      need.what == What::kSet || need.what == What::kWithout || need.what == What::kDay || need.what == What::kPast || need.what == What::kRecord;
  if (field && !has_field(kind, need.of)) return wrong(line, need.of + " is not a field of " + kind.kind);
  if (need.what == What::kAnswer && !has(kind.answers, need.of)) return wrong(line, need.of + " is not an answer to " + kind.kind);
  return need;
}

Result<void> add_row(const RecordKind& kind, std::size_t line, const std::vector<std::string>& cells, Cycle& cycle) {
  const auto& statuses = kind.statuses();
  if (!has(statuses, cells[3])) return wrong(line, cells[3] + " is not a status of " + kind.kind);
  if (cells[0] == "clock") {
    if (kind.field(cells[2]) == nullptr) return wrong(line, cells[2] + " is not a field of " + kind.kind);
    if (cells[4] != kWaitTerm && !parse_term(cells[4])) return wrong(line, cells[4] + " is neither a term nor \"wait\"");
    cycle.clocks.push_back({cells[1], cells[2], cells[3], cells[4], cells[5]});
    return {};
  }
  if (cells[0] != "move") return wrong(line, "a row is a move or a clock");
  CycleMove move{pieces(cells[2], ' '), cells[3], {}, cells[5]};
  for (const std::string& from : move.from) {
    if (!has(statuses, from)) return wrong(line, from + " is not a status of " + kind.kind);
  }
  for (const std::string& text : pieces(cells[4], ';')) move.needs.push_back(TRY(need_of(kind, line, text)));
  cycle.moves.push_back(std::move(move));
  return {};
}

}  // namespace

const CycleMove* Cycle::beginning(std::string_view status) const {
  for (const CycleMove& move : moves) {
    if (move.from.empty() && move.to == status) return &move;
  }
  return nullptr;
}

const CycleMove* Cycle::move(std::string_view from, std::string_view to) const {
  for (const CycleMove& move : moves) {
    if (move.to == to && has(move.from, from)) return &move;
  }
  return nullptr;
}

std::vector<std::string> Cycle::beginnings() const {
  std::vector<std::string> out;
  for (const CycleMove& move : moves) {
    if (move.from.empty()) out.push_back(move.to);
  }
  return out;
}

std::vector<std::string> Cycle::next(std::string_view from) const {
  std::vector<std::string> out;
  for (const CycleMove& move : moves) {
    if (has(move.from, from)) out.push_back(move.to);
  }
  return out;
}

bool Cycle::is_past(std::string_view status, std::string_view reached) const {
  std::set<std::string> seen;
  std::vector<std::string> look = {std::string(reached)};
  while (!look.empty()) {
    std::string one = std::move(look.back());
    look.pop_back();
    if (one == status) return true;
    if (!seen.insert(one).second) continue;
    for (auto& after : next(one)) look.push_back(std::move(after));
  }
  return false;
}

Result<Cycle> parse_cycle(const RecordKind& kind, std::string_view text) {
  Cycle cycle;
  cycle.kind = kind.kind;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (++number == 1 || line.empty()) continue;
    const auto cells = cells_of(line);
    if (cells.empty()) return wrong(number, "a row has six cells");
    TRY(add_row(kind, number, cells, cycle));
  }
  if (cycle.beginnings().empty()) return wrong(number, "no status to begin with");
  return cycle;
}

const Cycle& cycle_of(const RecordKind& kind) {
  static const std::map<std::string, Cycle, std::less<>> cycles = [] {
    std::map<std::string, Cycle, std::less<>> out;
    for (const Table& table : kTables) {
      const RecordKind* known = record_kind(table.kind);
      CHECK(known != nullptr);
      auto cycle = parse_cycle(*known, table.text);
      CHECK(cycle.has_value());
      out.emplace(known->kind, std::move(*cycle));
    }
    return out;
  }();
  const auto found = cycles.find(kind.kind);
  CHECK(found != cycles.end());
  return found->second;
}

}  // namespace liaison
