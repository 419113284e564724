// SPDX-License-Identifier: Apache-2.0
#include "nodes/alarms.h"

#include <algorithm>

#include "security/audit.h"

namespace liaison {

Result<void> Alarms::load() {
  open_.clear();
  Statement* select = TRY(store_.statement("SELECT kind, subject FROM alarms WHERE cleared_ms IS NULL"));
  while (TRY(select->step())) open_.emplace(select->text(0), select->text(1));
  return {};
}

Result<void> Alarms::raise(std::string_view kind, const std::string& subject, std::string sentence, const std::vector<Evidence>& evidence,
                           TimeMs now_ms, NodeOutcome& outcome) {
  if (!open_.emplace(std::string(kind), subject).second) return {};
  TRY(store_.begin());
  Statement* insert = TRY(store_.statement("INSERT INTO alarms (kind, subject, sentence, raised_ms) VALUES (?, ?, ?, ?)"));
  insert->bind(1, kind).bind(2, std::string_view(subject)).bind(3, std::string_view(sentence)).bind(4, now_ms);
  TRY(insert->run());
  const std::uint64_t id = store_.database().last_row();
  for (const Evidence& piece : evidence) {
    Statement* keep = TRY(store_.statement("INSERT INTO evidence VALUES (?, ?, ?)"));
    keep->bind(1, id).bind(2, std::string_view(piece.name)).bind(3, View(piece.bytes));
    TRY(keep->run());
  }
  log_error("alarm.raised", sentence, {{"alarm", kind}, {"subject", subject}});
  News event;
  event.name = "alarm.raised";
  event.kind = std::string(kind);
  event.sentence = std::move(sentence);
  outcome.events.push_back(std::move(event));
  outcome.urgent = true;
  return {};
}

Result<void> Alarms::clear(std::string_view kind, const std::string& subject, TimeMs now_ms, NodeOutcome& outcome) {
  if (open_.erase({std::string(kind), subject}) == 0) return {};
  TRY(store_.begin());
  Statement* update = TRY(store_.statement("UPDATE alarms SET cleared_ms = ? WHERE kind = ? AND subject = ? AND cleared_ms IS NULL"));
  update->bind(1, now_ms).bind(2, kind).bind(3, std::string_view(subject));
  TRY(update->run());
  log_info("alarm.cleared", "an alarm's cause has ended", {{"alarm", kind}, {"subject", subject}});
  News event;
  event.name = "alarm.cleared";
  event.kind = std::string(kind);
  event.sentence = subject;
  outcome.events.push_back(std::move(event));
  outcome.urgent = true;
  return {};
}

std::vector<std::string> Alarms::open_subjects(std::string_view kind) const {
  std::vector<std::string> out;
  for (const auto& [open_kind, subject] : open_) {
    if (open_kind == kind) out.push_back(subject);
  }
  return out;
}

std::string Alarms::subject(const MemberId& member, const std::string& about, std::string_view kind) const {
  if (about.empty()) return member.str();
  const std::string whole = member.str() + " " + about;
  if (is_open(kind, whole)) return whole;
  const auto open = open_subjects(kind);
  const auto of_member = std::count_if(open.begin(), open.end(), [&](const std::string& one) { return one.starts_with(member.str() + " "); });
  return static_cast<std::size_t>(of_member) < kOfOneMax ? whole : member.str();
}

Result<std::vector<Alarms::Row>> Alarms::list(const After& after, std::uint64_t limit) {
  Statement* select = TRY(store_.statement(
      "SELECT id, kind, subject, sentence, raised_ms, cleared_ms FROM alarms "
      "WHERE (cleared_ms IS NOT NULL) > ?1 OR ((cleared_ms IS NOT NULL) = ?1 AND id < ?2) ORDER BY cleared_ms IS NOT NULL, id DESC LIMIT ?3"));
  select->bind(1, std::uint64_t{after.over}).bind(2, std::min<std::uint64_t>(after.id, INT64_MAX)).bind(3, limit);
  std::vector<Row> rows;
  while (TRY(select->step())) {
    Row row{select->u64(0), select->text(1), select->text(2), select->text(3), select->u64(4), {}, {}};
    if (!select->is_null(5)) row.cleared_ms = select->u64(5);
    rows.push_back(std::move(row));
  }
  for (Row& row : rows) {
    Statement* pieces = TRY(store_.statement("SELECT name, bytes FROM evidence WHERE alarm = ? ORDER BY rowid"));
    pieces->bind(1, row.id);
    while (TRY(pieces->step())) row.evidence.push_back({pieces->text(0), bytes_of(pieces->blob(1))});
  }
  return rows;
}

}  // namespace liaison
