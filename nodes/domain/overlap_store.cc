// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/overlap_store.h"

#include "nodes/domain/row_values.h"

namespace liaison {

namespace {

constexpr const char* kFolded = R"sql(
CREATE TABLE IF NOT EXISTS overlap_questions(
  peer TEXT NOT NULL, reference BLOB NOT NULL, asked INTEGER NOT NULL, step INTEGER NOT NULL, contact TEXT NOT NULL, first_idx INTEGER,
  first_time INTEGER NOT NULL, answered_idx INTEGER, answered_time INTEGER NOT NULL, flags INTEGER NOT NULL, tokens BLOB NOT NULL,
  again BLOB NOT NULL, own BLOB NOT NULL, PRIMARY KEY(peer, reference));
CREATE TABLE IF NOT EXISTS overlap_hits(
  peer TEXT NOT NULL, reference BLOB NOT NULL, plan TEXT NOT NULL, meets INTEGER NOT NULL, idx INTEGER, time INTEGER NOT NULL,
  PRIMARY KEY(peer, reference, plan)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overlap_owed(
  peer TEXT NOT NULL, reference BLOB NOT NULL, record TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY(peer, reference, record)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overlap_queued(
  message BLOB PRIMARY KEY, peer TEXT NOT NULL, reference BLOB NOT NULL, kind TEXT NOT NULL, saying INTEGER NOT NULL, record TEXT NOT NULL,
  revision INTEGER NOT NULL) WITHOUT ROWID;
)sql";

constexpr const char* kOwn = R"sql(
CREATE TABLE IF NOT EXISTS hidden_plans(
  number INTEGER PRIMARY KEY, fields TEXT NOT NULL, body BLOB NOT NULL, others TEXT NOT NULL, made INTEGER NOT NULL, withdrawn INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS hidden_shown(number INTEGER NOT NULL, peer TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY(number, peer)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hidden_agreed(
  peer TEXT NOT NULL, reference BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(peer, reference, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overlap_secrets(
  peer TEXT NOT NULL, reference BLOB NOT NULL, plan INTEGER NOT NULL, secret BLOB NOT NULL, of TEXT NOT NULL, PRIMARY KEY(peer, reference)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overlap_failed(
  peer TEXT NOT NULL, reference BLOB NOT NULL, what TEXT NOT NULL, PRIMARY KEY(peer, reference, what)) WITHOUT ROWID;
)sql";

constexpr const char* kDrop = R"sql(
DROP TABLE IF EXISTS overlap_questions; DROP TABLE IF EXISTS overlap_hits; DROP TABLE IF EXISTS overlap_owed; DROP TABLE IF EXISTS overlap_queued;
)sql";
constexpr const char* kClear = "DELETE FROM overlap_questions; DELETE FROM overlap_hits; DELETE FROM overlap_owed; DELETE FROM overlap_queued;";

constexpr const char* kColumns = "SELECT peer, reference, asked, step, contact, first_idx, first_time, answered_idx, answered_time, flags";
constexpr std::uint64_t kHit = 1, kOurs = 2, kTheirs = 4, kEnded = 8;

std::uint64_t flags_of(const OverlapQuestion& one) {
  return (one.hit ? kHit : 0U) | (one.ours ? kOurs : 0U) | (one.theirs ? kTheirs : 0U) | (one.ended ? kEnded : 0U);
}

OverlapReference reference_at(const Statement& row, int column) { return array_from<OverlapReference>(row.blob(column)).value_or(OverlapReference{}); }
MemberId member_at(const Statement& row, int column) { return MemberId::parse(row.text(column)).value_or(MemberId()); }

OverlapQuestion question_at(const Statement& row) {
  OverlapQuestion one;
  one.peer = member_at(row, 0);
  one.reference = reference_at(row, 1);
  one.asked = row.u64(2) != 0;
  one.step = static_cast<OverlapStep>(row.u64(3));
  one.contact = row.text(4);
  one.first = place_at(row, 5, 6);
  one.answered = place_at(row, 7, 8);
  const std::uint64_t flags = row.u64(9);
  one.hit = (flags & kHit) != 0;
  one.ours = (flags & kOurs) != 0;
  one.theirs = (flags & kTheirs) != 0;
  one.ended = (flags & kEnded) != 0;
  return one;
}

// ";" between what stands at each place.
std::string line_of(const std::vector<std::string>& of) {
  std::string out;
  for (const std::string& one : of) out += one + ";";
  return out;
}
std::vector<std::string> of_line(std::string_view text) {
  std::vector<std::string> out;
  for (auto end = text.find(';'); end != std::string_view::npos; end = text.find(';')) {
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

Result<OverlapStore> OverlapStore::open(Database& database) {
  TRY(database.execute(kFolded));
  TRY(database.execute(kOwn));
  auto any = TRY(database.prepare("SELECT 1 FROM overlap_questions LIMIT 1"));
  auto rename = TRY(database.prepare("UPDATE overlap_queued SET message = ?2 WHERE message = ?1"));
  return OverlapStore(database, std::move(any), std::move(rename));
}

Result<void> OverlapStore::drop(Database& database) { return database.execute(kDrop); }
Result<void> OverlapStore::clear() { return database_->execute(kClear); }

Result<bool> OverlapStore::any() {
  const bool found = TRY(any_.step());
  any_.reset();
  return found;
}

Result<std::optional<OverlapQuestion>> OverlapStore::question(const MemberId& peer, const OverlapReference& reference) {
  auto row = TRY(database_->prepare(std::string(kColumns) + ", tokens, again, own FROM overlap_questions WHERE peer = ?1 AND reference = ?2"));
  row.bind(1, std::string_view(peer.str())).bind(2, View(reference));
  if (!TRY(row.step())) return std::optional<OverlapQuestion>();
  OverlapQuestion one = question_at(row);
  one.tokens = bytes_of(row.blob(10));
  one.again = bytes_of(row.blob(11));
  one.own = bytes_of(row.blob(12));
  return std::optional(std::move(one));
}

Result<void> OverlapStore::put(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("INSERT OR REPLACE INTO overlap_questions VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, std::uint64_t{one.asked}).bind(4, static_cast<std::uint64_t>(one.step));
  row.bind(5, std::string_view(one.contact)).bind(7, one.first.time_ms).bind(9, one.answered.time_ms).bind(10, flags_of(one));
  bind_index(row, 6, one.first);
  bind_index(row, 8, one.answered);
  const bool over = one.ended || one.step == OverlapStep::kFinished;
  const Bytes none;
  row.bind(11, View(over ? none : one.tokens)).bind(12, View(over ? none : one.again)).bind(13, View(over ? none : one.own));
  return row.run();
}

Result<void> OverlapStore::drop(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("DELETE FROM overlap_questions WHERE peer = ?1 AND reference = ?2"));
  return row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).run();
}

Result<std::vector<OverlapQuestion>> OverlapStore::questions() {
  auto row = TRY(database_->prepare(std::string(kColumns) + " FROM overlap_questions ORDER BY first_idx IS NULL, first_idx, first_time, peer, reference"));
  std::vector<OverlapQuestion> out;
  while (TRY(row.step())) out.push_back(question_at(row));
  return out;
}

Result<std::vector<OverlapHit>> OverlapStore::hits(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("SELECT plan, meets, idx, time FROM overlap_hits WHERE peer = ?1 AND reference = ?2 ORDER BY plan"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference));
  std::vector<OverlapHit> out;
  while (TRY(row.step())) out.push_back({row.text(0), row.u64(1) != 0, place_at(row, 2, 3)});
  return out;
}

Result<void> OverlapStore::put_hit(const OverlapQuestion& one, const OverlapHit& hit) {
  auto row = TRY(database_->prepare("INSERT OR REPLACE INTO overlap_hits VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, std::string_view(hit.plan)).bind(4, std::uint64_t{hit.meets});
  bind_index(row, 5, hit.place);
  return row.bind(6, hit.place.time_ms).run();
}

Result<std::vector<OverlapOwed>> OverlapStore::owed(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("SELECT record, revision FROM overlap_owed WHERE peer = ?1 AND reference = ?2 ORDER BY record"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference));
  std::vector<OverlapOwed> out;
  while (TRY(row.step())) out.push_back({row.text(0), static_cast<std::uint32_t>(row.u64(1))});
  return out;
}

Result<void> OverlapStore::put_owed(const OverlapQuestion& one, const OverlapOwed& owed) {
  auto row = TRY(database_->prepare("INSERT OR REPLACE INTO overlap_owed VALUES(?1, ?2, ?3, ?4)"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, std::string_view(owed.record));
  return row.bind(4, std::uint64_t{owed.revision}).run();
}

Result<void> OverlapStore::drop_owed(const OverlapQuestion& one, const OverlapOwed& owed) {
  auto row = TRY(database_->prepare("DELETE FROM overlap_owed WHERE peer = ?1 AND reference = ?2 AND record = ?3 AND revision = ?4"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, std::string_view(owed.record));
  return row.bind(4, std::uint64_t{owed.revision}).run();
}

Result<void> OverlapStore::drop_all_of(const OverlapQuestion& one) {
  for (const char* table : {"overlap_hits", "overlap_owed"}) {
    auto row = TRY(database_->prepare(std::string("DELETE FROM ") + table + " WHERE peer = ?1 AND reference = ?2"));
    TRY(row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).run());
  }
  return {};
}

Result<std::optional<OverlapQueued>> OverlapStore::queued(const MessageId& message) {
  auto row = TRY(database_->prepare("SELECT peer, reference, kind, saying, record, revision FROM overlap_queued WHERE message = ?1"));
  row.bind(1, View(message));
  if (!TRY(row.step())) return std::optional<OverlapQueued>();
  OverlapQueued out{member_at(row, 0), reference_at(row, 1), row.text(2), {}};
  out.word = {out.reference, static_cast<OverlapSaying>(row.u64(3)), row.text(4), static_cast<std::uint32_t>(row.u64(5))};
  return std::optional(std::move(out));
}

Result<bool> OverlapStore::any_queued(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("SELECT 1 FROM overlap_queued WHERE peer = ?1 AND reference = ?2 LIMIT 1"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference));
  return row.step();
}

Result<void> OverlapStore::put_queued(const MessageId& message, const OverlapQueued& one) {
  auto row = TRY(database_->prepare("INSERT OR REPLACE INTO overlap_queued VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  row.bind(1, View(message)).bind(2, std::string_view(one.peer.str())).bind(3, View(one.reference)).bind(4, std::string_view(one.kind));
  row.bind(5, static_cast<std::uint64_t>(one.word.saying)).bind(6, std::string_view(one.word.record_id));
  return row.bind(7, std::uint64_t{one.word.revision}).run();
}

Result<void> OverlapStore::drop_queued(const MessageId& message) {
  auto row = TRY(database_->prepare("DELETE FROM overlap_queued WHERE message = ?1"));
  return row.bind(1, View(message)).run();
}

Result<void> OverlapStore::rename(const MessageId& was, const MessageId& now) {
  return rename_.bind(1, View(was)).bind(2, View(now)).run();
}

Result<std::optional<OverlapStore::Kept>> OverlapStore::kept(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("SELECT plan, secret, of FROM overlap_secrets WHERE peer = ?1 AND reference = ?2"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference));
  if (!TRY(row.step())) return std::optional<Kept>();
  return std::optional(Kept{row.u64(0), Secret::copy_of(row.blob(1)), of_line(row.text(2))});
}

Result<void> OverlapStore::keep(const MemberId& peer, const OverlapReference& reference, const Kept& kept) {
  auto row = TRY(database_->prepare("INSERT OR REPLACE INTO overlap_secrets VALUES(?1, ?2, ?3, ?4, ?5)"));
  const std::string of = line_of(kept.of);
  row.bind(1, std::string_view(peer.str())).bind(2, View(reference)).bind(3, kept.plan).bind(4, kept.secret.expose());
  return row.bind(5, std::string_view(of)).run();
}

Result<void> OverlapStore::forget(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("DELETE FROM overlap_secrets WHERE peer = ?1 AND reference = ?2"));
  return row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).run();
}

Result<std::set<std::uint64_t>> OverlapStore::agreed(const OverlapQuestion& one) {
  auto row = TRY(database_->prepare("SELECT number FROM hidden_agreed WHERE peer = ?1 AND reference = ?2"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference));
  std::set<std::uint64_t> out;
  while (TRY(row.step())) out.insert(row.u64(0));
  return out;
}

Result<void> OverlapStore::put_agreed(const OverlapQuestion& one, std::uint64_t number) {
  auto row = TRY(database_->prepare("INSERT OR IGNORE INTO hidden_agreed VALUES(?1, ?2, ?3)"));
  return row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, number).run();
}

Result<bool> OverlapStore::failed(const OverlapQuestion& one, const std::string& what) {
  auto row = TRY(database_->prepare("SELECT 1 FROM overlap_failed WHERE peer = ?1 AND reference = ?2 AND what = ?3"));
  row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, std::string_view(what));
  return row.step();
}

Result<void> OverlapStore::put_failed(const OverlapQuestion& one, const std::string& what) {
  auto row = TRY(database_->prepare("INSERT OR IGNORE INTO overlap_failed VALUES(?1, ?2, ?3)"));
  return row.bind(1, std::string_view(one.peer.str())).bind(2, View(one.reference)).bind(3, std::string_view(what)).run();
}

Result<std::uint64_t> OverlapStore::next_number() {
  auto row = TRY(database_->prepare("SELECT coalesce(max(number), 0) + 1 FROM hidden_plans"));
  TRY(row.step());
  return row.u64(0);
}

Result<void> OverlapStore::put_plan(const HiddenPlan& plan) {
  auto row = TRY(database_->prepare("INSERT INTO hidden_plans VALUES(?1, ?2, ?3, ?4, ?5, 0)"));
  const Bytes body = encode_visit_plan(plan.plan);
  const std::string others = joined(plan.others);
  row.bind(1, plan.number).bind(2, std::string_view(plan.fields)).bind(3, View(body)).bind(4, std::string_view(others));
  return row.bind(5, plan.made_ms).run();
}

Result<HiddenPlan> OverlapStore::read_plan(const Statement& row) {
  HiddenPlan out;
  out.number = row.u64(0);
  out.fields = row.text(1);
  auto plan = decode_visit_plan(row.blob(2));
  if (!plan) return fail(Code::kStore, "the stored plan hidden-" + std::to_string(out.number) + " is damaged: " + plan.error().what);
  out.plan = std::move(*plan);
  out.others = members_of(row.text(3));
  out.made_ms = row.u64(4);
  out.withdrawn = row.u64(5) != 0;
  auto shown = TRY(database_->prepare("SELECT peer, record FROM hidden_shown WHERE number = ?1 ORDER BY peer"));
  shown.bind(1, out.number);
  while (TRY(shown.step())) out.shown.emplace_back(member_at(shown, 0), shown.text(1));
  return out;
}

Result<std::optional<HiddenPlan>> OverlapStore::plan(std::uint64_t number) {
  auto row = TRY(database_->prepare("SELECT number, fields, body, others, made, withdrawn FROM hidden_plans WHERE number = ?1"));
  row.bind(1, number);
  if (!TRY(row.step())) return std::optional<HiddenPlan>();
  HiddenPlan found = TRY(read_plan(row));
  return std::optional(std::move(found));
}

Result<std::vector<HiddenPlan>> OverlapStore::plans() {
  auto row = TRY(database_->prepare("SELECT number, fields, body, others, made, withdrawn FROM hidden_plans ORDER BY number"));
  std::vector<HiddenPlan> out;
  while (TRY(row.step())) out.push_back(TRY(read_plan(row)));
  return out;
}

Result<void> OverlapStore::set_withdrawn(std::uint64_t number) {
  auto row = TRY(database_->prepare("UPDATE hidden_plans SET withdrawn = 1 WHERE number = ?1"));
  return row.bind(1, number).run();
}

Result<void> OverlapStore::put_shown(std::uint64_t number, const MemberId& peer, const std::string& record) {
  auto row = TRY(database_->prepare("INSERT OR REPLACE INTO hidden_shown VALUES(?1, ?2, ?3)"));
  return row.bind(1, number).bind(2, std::string_view(peer.str())).bind(3, std::string_view(record)).run();
}

}  // namespace liaison
