// SPDX-License-Identifier: Apache-2.0
// The tables and statements of visit_store.cc, in one place where they can be read together. Private to the store.
#pragma once

#include <array>
#include <cstddef>

namespace liaison::visit_sql {

// reach, of a component in visit_days and of a whole visit in visits: 0 at most kShortDays long, 1 longer, 2 none that
// makes findings. Neighbourhood questions then read a short stretch of one index, however long a single visit may be.
// In conditions on visits.reach the value is written out: SQLite prepares a statement anew at every binding when a parameter
// could decide whether a partial index applies.
// Every index that lies in no order of time costs a page per message: there is one for States and one for days.
inline constexpr int kShort = 0;
inline constexpr int kLong = 1;
inline constexpr int kSilent = 2;
inline constexpr int kShortDays = 62;

inline constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS visit_revisions(
  record TEXT NOT NULL, revision INTEGER NOT NULL, message BLOB NOT NULL, hash BLOB NOT NULL, marking TEXT NOT NULL,
  recipients TEXT NOT NULL, idx INTEGER, time INTEGER NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS visit_revisions_by_record ON visit_revisions(record, revision);
CREATE INDEX IF NOT EXISTS visit_revisions_queued ON visit_revisions(message) WHERE idx IS NULL;
CREATE TABLE IF NOT EXISTS visits(
  record TEXT PRIMARY KEY, revision INTEGER NOT NULL, held INTEGER NOT NULL, lead TEXT NOT NULL, own INTEGER NOT NULL,
  year INTEGER NOT NULL, number INTEGER NOT NULL, status TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  reach INTEGER NOT NULL, words TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visits_by_day ON visits(first, record, last, lead, reach, status);
CREATE INDEX IF NOT EXISTS visits_long ON visits(lead, first) WHERE reach = 1;
CREATE INDEX IF NOT EXISTS visits_own ON visits(year, number) WHERE own = 1;
CREATE TABLE IF NOT EXISTS visit_days(
  state TEXT NOT NULL, reach INTEGER NOT NULL, first INTEGER NOT NULL, record TEXT NOT NULL, component INTEGER NOT NULL,
  last INTEGER NOT NULL, lead TEXT NOT NULL,
  PRIMARY KEY(state, reach, first, record, component)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visit_answers(
  record TEXT NOT NULL, message BLOB NOT NULL, sender TEXT NOT NULL, answer INTEGER NOT NULL, idx INTEGER,
  time INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS visit_answers_by_record ON visit_answers(record);
CREATE INDEX IF NOT EXISTS visit_answers_queued ON visit_answers(message) WHERE idx IS NULL;
CREATE TABLE IF NOT EXISTS visit_findings(
  id TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL, states TEXT NOT NULL, committees TEXT NOT NULL,
  json TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS visit_findings_by_id ON visit_findings(id);
CREATE INDEX IF NOT EXISTS visit_findings_by_time ON visit_findings(since, id);
CREATE TABLE IF NOT EXISTS visit_finding_records(
  record TEXT NOT NULL, finding TEXT NOT NULL, PRIMARY KEY(record, finding)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_finding_records_by_finding ON visit_finding_records(finding);
)sql";

inline constexpr const char* kClear = R"sql(
DELETE FROM visit_revisions; DELETE FROM visits; DELETE FROM visit_days; DELETE FROM visit_answers;
DELETE FROM visit_findings; DELETE FROM visit_finding_records;
)sql";

enum Sql : std::size_t {
  kFindVisit, kFindRevision, kAllRevisions, kQueuedPlan, kQueuedAnswer, kAnswers, kLastNumber,
  kAddRevision, kDropRevisions, kAddAnswer, kDropAnswer, kPlacePlan, kPlaceAnswer, kRenamePlan, kRenameAnswer,
  kPutVisit, kDropVisit, kPutDay, kDropDay, kNearState, kNearOwn, kNearLong,
  kFindingsOf, kPutFinding, kChangeFinding, kPutFindingRecord, kDropFinding, kDropFindingRecords, kSqlCount,
};

inline constexpr std::array<const char*, kSqlCount> kText = {
    "SELECT revision, held FROM visits WHERE record = ?1",
    "SELECT record, revision, message, hash, marking, recipients, idx, time, body FROM visit_revisions WHERE record = ?1 AND revision = ?2",
    "SELECT record, revision, message, hash, marking, recipients, idx, time, body FROM visit_revisions WHERE record = ?1 ORDER BY revision",
    "SELECT record, revision FROM visit_revisions WHERE message = ?1 AND idx IS NULL",
    "SELECT record FROM visit_answers WHERE message = ?1 AND idx IS NULL",
    "SELECT message, sender, answer, idx, time, body FROM visit_answers WHERE record = ?1 ORDER BY idx IS NULL, idx, rowid",
    "SELECT number FROM visits WHERE own = 1 AND year = ?1 ORDER BY number DESC LIMIT 1",
    "INSERT INTO visit_revisions VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    "DELETE FROM visit_revisions WHERE record = ?1 AND revision >= ?2",
    "INSERT INTO visit_answers VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "DELETE FROM visit_answers WHERE message = ?1 AND idx IS NULL",
    "UPDATE visit_revisions SET idx = ?3, time = ?4 WHERE record = ?1 AND revision = ?2",
    "UPDATE visit_answers SET idx = ?3, time = ?4 WHERE record = ?1 AND message = ?2",
    "UPDATE visit_revisions SET message = ?2 WHERE message = ?1 AND idx IS NULL",
    "UPDATE visit_answers SET message = ?2 WHERE message = ?1 AND idx IS NULL",
    "INSERT OR REPLACE INTO visits VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    "DELETE FROM visits WHERE record = ?1",
    "INSERT INTO visit_days VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "DELETE FROM visit_days WHERE state = ?1 AND reach = ?2 AND first = ?3 AND record = ?4 AND component = ?5",
    "SELECT record FROM visit_days WHERE state = ?1 AND reach = ?2 AND first BETWEEN ?3 AND ?4 AND last >= ?5 AND lead <> ?6",
    "SELECT record FROM visits WHERE lead = ?1 AND reach = 0 AND first BETWEEN ?2 AND ?3 AND last >= ?4 AND record <> ?5",
    "SELECT record FROM visits WHERE lead = ?1 AND reach = 1 AND first <= ?2 AND last >= ?3 AND record <> ?4",
    "SELECT f.id, f.since, f.json FROM visit_finding_records r JOIN visit_findings f ON f.id = r.finding WHERE r.record = ?1",
    "INSERT INTO visit_findings VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    "UPDATE visit_findings SET since = ?3, states = ?4, committees = ?5, json = ?6 WHERE id = ?1 AND kind = ?2",
    "INSERT OR IGNORE INTO visit_finding_records VALUES(?1, ?2)",
    "DELETE FROM visit_findings WHERE id = ?1",
    "DELETE FROM visit_finding_records WHERE finding = ?1",
};

}  // namespace liaison::visit_sql
