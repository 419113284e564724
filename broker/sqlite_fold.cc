// SPDX-License-Identifier: Apache-2.0
// The rarely used half of the store: the fold's rows read and replaced, evidence, and the examination of everything.
#include "broker/sqlite_store.h"

namespace liaison {

namespace {

// Numbers are never negative; only damage makes them so.
Result<void> whole_numbers(const Statement& row, std::initializer_list<int> columns) {
  for (const int column : columns) {
    if (row.i64(column) < 0) return fail(Code::kStore, "log.db: a row of the fold has a negative number", "run liaison-broker --rebuild");
  }
  return {};
}

Result<MemberId> member_in(const Statement& row, int column) {
  auto member = MemberId::parse(row.text(column));
  if (!member) return fail(Code::kStore, "log.db: a row of the fold names no member", "run liaison-broker --rebuild");
  return *member;
}

}  // namespace

Result<Fold> SqliteStore::fold(std::uint64_t from_day) {
  Fold fold;
  Statement chains = TRY(log_->prepare("SELECT key_id, member, first_index, last_index, sequence, message_id FROM chains"));
  while (TRY(chains.step())) {
    const auto key = array_from<KeyId>(chains.blob(0));
    const auto message_id = array_from<MessageId>(chains.blob(5));
    if (!key || !message_id) return fail(Code::kStore, "log.db: a chain has no readable key", "run liaison-broker --rebuild");
    const MemberId member = TRY(member_in(chains, 1));
    TRY(whole_numbers(chains, {2, 3, 4}));
    fold.chains[*key] = {member, chains.u64(2), chains.u64(3), chains.u64(4), *message_id};
  }
  Statement usage = TRY(log_->prepare("SELECT day, member, kind, messages, bytes FROM usage WHERE day >= ?"));
  usage.bind(1, from_day);
  while (TRY(usage.step())) {
    const MemberId member = TRY(member_in(usage, 1));
    TRY(whole_numbers(usage, {0, 3, 4}));
    fold.usage[{usage.u64(0), member, usage.text(2)}] = {usage.u64(3), usage.u64(4)};
  }
  return fold;
}

Result<void> SqliteStore::replace_fold(const Fold& fold) {
  TRY(log_->begin());
  auto done = log_->execute("DELETE FROM chains; DELETE FROM usage;");
  if (done) done = write_fold(fold);
  if (done) done = log_->commit();
  if (!done) {
    if (!log_->sync_failed()) log_->rollback();
    return trouble(*log_, done.error());
  }
  return {};
}

Result<void> SqliteStore::keep_equivocation(const KeyId& key_id, const Equivocation& seen) {
  Statement row = TRY(log_->prepare("INSERT INTO equivocations VALUES(?,?,?,1,?) ON CONFLICT(key_id) DO UPDATE SET count = count + 1"));
  auto done = row.bind(1, View(key_id)).bind(2, seen.sequence).bind(3, seen.seen_ms).bind(4, View(seen.frame)).run();
  if (!done) return trouble(*log_, done.error());
  return {};
}

Result<std::optional<Equivocation>> SqliteStore::equivocation(const KeyId& key_id) {
  Statement row = TRY(log_->prepare("SELECT sequence, seen_ms, count, frame FROM equivocations WHERE key_id = ?"));
  row.bind(1, View(key_id));
  if (!TRY(row.step())) return std::optional<Equivocation>();
  return std::optional<Equivocation>(Equivocation{row.u64(0), row.u64(1), row.u64(2), bytes_of(row.blob(3))});
}

Result<std::optional<std::string>> SqliteStore::examine() {
  for (const auto& [name, database] : {std::pair{"log.db", log_.get()}, std::pair{"checkpoint.db", checkpoint_.get()}}) {
    const std::string words = TRY(database->integrity());
    if (words != "ok") return std::optional<std::string>(std::string(name) + ": " + words);
  }
  const std::uint64_t end = TRY(size());
  constexpr std::size_t kRows = 256;
  constexpr std::size_t kBytes = 4 << 20;
  for (std::uint64_t at = 0; at < end;) {
    const auto read = entries(at, kRows, kBytes);
    if (!read) return std::optional<std::string>(read.error().what);
    at += read->size();
    if (read->empty()) return std::optional<std::string>(place_of(at) + ": the row is missing");
  }
  return std::optional<std::string>();
}

}  // namespace liaison
