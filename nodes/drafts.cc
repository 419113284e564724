// SPDX-License-Identifier: Apache-2.0
#include "nodes/drafts.h"

#include <charconv>

namespace liaison {

namespace {

// AUTOINCREMENT: a number in the audit means one draft for ever. The text stands last, so that lists need not read it.
constexpr const char* kTable = R"sql(
CREATE TABLE IF NOT EXISTS drafts (
  number INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, state INTEGER NOT NULL, kind TEXT NOT NULL, act TEXT NOT NULL,
  record TEXT NOT NULL, on_revision INTEGER NOT NULL, made_by INTEGER, made_name TEXT NOT NULL, made_ms INTEGER NOT NULL, changed_by INTEGER,
  changed_name TEXT NOT NULL, changed_ms INTEGER NOT NULL, ended_by INTEGER, ended_name TEXT NOT NULL, ended_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL, origin TEXT NOT NULL, bytes INTEGER NOT NULL, fields TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS drafts_by_state ON drafts(state, number);
)sql";

#define DRAFT_COLUMNS                                                                                                                  \
  "number, version, state, kind, act, record, on_revision, made_by, made_name, made_ms, changed_by, changed_name, changed_ms, ended_by, " \
  "ended_name, ended_ms, outcome, origin"

Officer officer_at(const Statement& row, int column) {
  Officer out;
  if (!row.is_null(column)) out.uid = static_cast<std::uint32_t>(row.u64(column));
  out.name = row.text(column + 1);
  return out;
}

KeptDraft draft_at(const Statement& row) {
  KeptDraft out;
  out.number = row.u64(0);
  out.version = row.u64(1);
  out.state = static_cast<KeptDraft::State>(row.u64(2));
  out.kind = row.text(3);
  out.act = row.text(4);
  out.record = row.text(5);
  out.on_revision = row.u64(6);
  out.made_by = officer_at(row, 7);
  out.made_ms = row.u64(9);
  out.changed_by = officer_at(row, 10);
  out.changed_ms = row.u64(12);
  out.ended_by = officer_at(row, 13);
  out.ended_ms = row.u64(15);
  out.outcome = row.text(16);
  out.origin = row.text(17);
  return out;
}

void bind_officer(Statement& statement, int at, const Officer& officer) {
  if (officer.uid) statement.bind(at, std::uint64_t{*officer.uid});
  else statement.bind_null(at);
  statement.bind(at + 1, std::string_view(officer.name));
}

}  // namespace

std::optional<std::uint64_t> draft_number(std::string_view id) {
  constexpr std::string_view kHead = "draft-";
  std::uint64_t number = 0;
  if (!id.starts_with(kHead) || id.size() > kHead.size() + 18 || id.substr(kHead.size()).starts_with('0')) return std::nullopt;
  const auto [end, error] = std::from_chars(id.data() + kHead.size(), id.data() + id.size(), number);
  return error == std::errc() && end == id.data() + id.size() ? std::optional(number) : std::nullopt;
}

Result<void> Drafts::make_table(Database& database) { return database.execute(kTable); }

Result<void> Drafts::check_room(std::uint64_t more_drafts, std::uint64_t more_bytes) {
  Statement* count = TRY(store_.statement("SELECT count(*), ifnull(sum(bytes), 0) FROM drafts WHERE state = 0"));
  const bool counted = TRY(count->step());
  const std::uint64_t drafts = counted ? count->u64(0) : 0, bytes = counted ? count->u64(1) : 0;
  count->reset();
  const char* hint = "release or discard some: liaison draft list";
  if (drafts + more_drafts > kOpenDraftsMax) return fail(Code::kQuota, "this node keeps " + std::to_string(drafts) + " drafts, and no more fit", hint);
  if (bytes + more_bytes > kDraftBytesMax)
    return fail(Code::kQuota, "the drafts of this node hold " + std::to_string(bytes >> 20) + " MiB, and this one does not fit", hint);
  return {};
}

Result<std::uint64_t> Drafts::add(const KeptDraft& draft) {
  TRY(store_.begin());
  TRY(check_room(1, draft.fields.size()));
  Statement* insert = TRY(store_.statement("INSERT INTO drafts (version, state, kind, act, record, on_revision, made_by, made_name, made_ms, changed_by, "
                                           "changed_name, changed_ms, ended_by, ended_name, ended_ms, outcome, bytes, fields, origin) "
                                           "VALUES (1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '', 0, '', ?, ?, ?)"));
  insert->bind(1, std::string_view(draft.kind)).bind(2, std::string_view(draft.act)).bind(3, std::string_view(draft.record));
  insert->bind(4, draft.on_revision);
  bind_officer(*insert, 5, draft.made_by);
  insert->bind(7, draft.made_ms);
  bind_officer(*insert, 8, draft.made_by);
  insert->bind(10, draft.made_ms).bind(11, std::uint64_t{draft.fields.size()}).bind(12, std::string_view(draft.fields));
  insert->bind(13, std::string_view(draft.origin));
  TRY(insert->run());
  return store_.database().last_row();
}

Result<std::optional<KeptDraft>> Drafts::find(std::uint64_t number) {
  Statement* select = TRY(store_.statement("SELECT " DRAFT_COLUMNS ", fields FROM drafts WHERE number = ?"));
  select->bind(1, number);
  if (!TRY(select->step())) return std::optional<KeptDraft>{};
  std::optional<KeptDraft> out = draft_at(*select);
  out->fields = select->text(18);
  select->reset();
  return out;
}

Result<void> Drafts::change(const KeptDraft& draft) {
  TRY(store_.begin());
  TRY(check_room(0, draft.fields.size()));
  Statement* update = TRY(store_.statement(
      "UPDATE drafts SET version = version + 1, on_revision = ?, changed_by = ?, changed_name = ?, changed_ms = ?, bytes = ?, fields = ? WHERE number = ?"));
  update->bind(1, draft.on_revision);
  bind_officer(*update, 2, draft.changed_by);
  update->bind(4, draft.changed_ms).bind(5, std::uint64_t{draft.fields.size()}).bind(6, std::string_view(draft.fields)).bind(7, draft.number);
  return update->run();
}

Result<void> Drafts::end(const KeptDraft& draft) {
  TRY(store_.begin());
  Statement* update = TRY(store_.statement(
      "UPDATE drafts SET state = ?, ended_by = ?, ended_name = ?, ended_ms = ?, outcome = ?, bytes = 0, fields = '' WHERE number = ?"));
  update->bind(1, static_cast<std::uint64_t>(draft.state));
  bind_officer(*update, 2, draft.ended_by);
  update->bind(4, draft.ended_ms).bind(5, std::string_view(draft.outcome)).bind(6, draft.number);
  TRY(update->run());
  Statement* forget = TRY(store_.statement(
      "DELETE FROM drafts WHERE state <> 0 AND number NOT IN (SELECT number FROM drafts WHERE state <> 0 ORDER BY ended_ms DESC, number DESC LIMIT ?)"));
  return forget->bind(1, kEndedDraftsKept).run();
}

Result<std::vector<KeptDraft>> Drafts::list(std::optional<KeptDraft::State> state, const std::string& kind, std::uint64_t before, std::uint64_t limit) {
  Statement* select = TRY(store_.statement("SELECT " DRAFT_COLUMNS " FROM drafts WHERE (?1 = 9 OR state = ?1) AND (?2 = '' OR kind = ?2) AND "
                                           "(?3 = 0 OR number < ?3) ORDER BY number DESC LIMIT ?4"));
  select->bind(1, state ? static_cast<std::uint64_t>(*state) : std::uint64_t{9}).bind(2, std::string_view(kind)).bind(3, before).bind(4, limit);
  std::vector<KeptDraft> out;
  while (TRY(select->step())) out.push_back(draft_at(*select));
  return out;
}

}  // namespace liaison
