// SPDX-License-Identifier: Apache-2.0
// The tables and statements of visit_store.cc, in one place where they can be read together. Private to the store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "nodes/domain/visit_store.h"

namespace liaison::visit_sql {

// visit_days: a row for each component of a visit in each of its States, and one more under kAnyState when its days are certain,
// for what a committee's visits to different States mean together. The rows of one State, committee and reach are a lane, in the
// order of their first days; near() reads a short stretch of a lane, however many visits there are and however long one may be.
// A part on site on certain days also stands under its region, for what two committees' visits to different States mean.
// reach: 0 at most kShortDays long, 1 longer, 2 days that are not known well enough to be near to others, 3 of a visit that does not stand.
// visit_consents: the visits that rest on a consent record, by that (visit_rules.h).
// Every index that lies in no order of time costs a page per message: there is one for the lanes and one for days. Those of times grow
// at their end.
inline constexpr const char* kAnyState = "";
inline constexpr char kRegionMark = '~';   // before the key of a region, where others have a State's code
// Of what has no known days: before every day there is.
inline constexpr std::int64_t kNoDay = -1'000'000'000;
inline constexpr int kShort = 0;
inline constexpr int kLong = 1;
inline constexpr int kSilent = 2;
inline constexpr int kGone = 3;
inline constexpr int kShortDays = 62;

inline constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS visit_revisions(
  record TEXT NOT NULL, revision INTEGER NOT NULL, message BLOB NOT NULL, hash BLOB NOT NULL, marking TEXT NOT NULL,
  recipients TEXT NOT NULL, idx INTEGER, time INTEGER NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS visit_revisions_by_record ON visit_revisions(record, revision);
CREATE INDEX IF NOT EXISTS visit_revisions_queued ON visit_revisions(message) WHERE idx IS NULL;
CREATE INDEX IF NOT EXISTS visit_revisions_by_time ON visit_revisions(time, record, revision);
CREATE TABLE IF NOT EXISTS visits(
  record TEXT PRIMARY KEY, revision INTEGER NOT NULL, held INTEGER NOT NULL, lead TEXT NOT NULL, own INTEGER NOT NULL,
  year INTEGER NOT NULL, number INTEGER NOT NULL, status TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visits_by_day ON visits(first, record, last, lead, status);
CREATE INDEX IF NOT EXISTS visits_by_status ON visits(lead, status, first, record);
CREATE INDEX IF NOT EXISTS visits_own ON visits(year, number) WHERE own = 1;
CREATE TABLE IF NOT EXISTS visit_numbers(year INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS visit_days(
  state TEXT NOT NULL, lead TEXT NOT NULL, reach INTEGER NOT NULL, first INTEGER NOT NULL, record TEXT NOT NULL,
  component INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(state, lead, reach, first, record, component)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visit_consents(
  reference TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY(reference, record)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visit_answers(
  record TEXT NOT NULL, message BLOB NOT NULL, sender TEXT NOT NULL, answer INTEGER NOT NULL, idx INTEGER,
  time INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS visit_answers_by_record ON visit_answers(record);
CREATE INDEX IF NOT EXISTS visit_answers_by_time ON visit_answers(time, record, sender, answer);
CREATE INDEX IF NOT EXISTS visit_answers_queued ON visit_answers(message) WHERE idx IS NULL;
CREATE TABLE IF NOT EXISTS visit_recalls(
  record TEXT PRIMARY KEY, lead TEXT NOT NULL, message BLOB NOT NULL, revision INTEGER NOT NULL, idx INTEGER, time INTEGER NOT NULL,
  reason TEXT NOT NULL, contact TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_recalls_queued ON visit_recalls(message) WHERE idx IS NULL;
CREATE TABLE IF NOT EXISTS visit_findings(
  id TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL, states TEXT NOT NULL, committees TEXT NOT NULL,
  json TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS visit_findings_by_id ON visit_findings(id);
CREATE INDEX IF NOT EXISTS visit_findings_by_time ON visit_findings(since, id);
CREATE INDEX IF NOT EXISTS visit_findings_by_kind ON visit_findings(kind, since, id);
CREATE TABLE IF NOT EXISTS visit_finding_records(
  record TEXT NOT NULL, finding TEXT NOT NULL, PRIMARY KEY(record, finding)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_finding_records_by_finding ON visit_finding_records(finding);
)sql";

// Numbers that were given out stay, whatever the layout.
inline constexpr const char* kDrop = R"sql(
DROP TABLE IF EXISTS visit_revisions; DROP TABLE IF EXISTS visits; DROP TABLE IF EXISTS visit_days; DROP TABLE IF EXISTS visit_answers;
DROP TABLE IF EXISTS visit_consents; DROP TABLE IF EXISTS visit_recalls; DROP TABLE IF EXISTS visit_findings; DROP TABLE IF EXISTS visit_finding_records;
)sql";

inline constexpr const char* kClear = R"sql(
DELETE FROM visit_revisions; DELETE FROM visits; DELETE FROM visit_days; DELETE FROM visit_answers;
DELETE FROM visit_consents; DELETE FROM visit_recalls; DELETE FROM visit_findings; DELETE FROM visit_finding_records;
)sql";

enum Sql : std::size_t {
  kFindVisit, kFindRevision, kAllRevisions, kQueuedPlan, kQueuedAnswer, kAnswers, kLastNumber, kKeptNumber, kKeepNumber,
  kAddRevision, kDropRevisions, kAddAnswer, kDropAnswer, kPlacePlan, kPlaceAnswer, kRenamePlan, kRenameAnswer,
  kQueuedRecall, kFindRecall, kAddRecall, kPlaceRecall, kRenameRecall, kDropRecall, kDropAnswers,
  kPutVisit, kDropVisit, kPutDay, kDropDay, kNextLane, kRowsAfter, kRowsBefore,
  kPutConsent, kDropConsent, kRestingOn, kOwnResting,
  kFindingsOf, kFindFinding, kCountFindings, kPutFinding, kChangeFinding, kPutFindingRecord, kDropFinding, kDropFindingRecords, kSqlCount,
};

inline constexpr std::array<const char*, kSqlCount> kText = {
    "SELECT revision, held FROM visits WHERE record = ?1",
    "SELECT record, revision, message, hash, marking, recipients, idx, time, body FROM visit_revisions WHERE record = ?1 AND revision = ?2",
    "SELECT record, revision, message, hash, marking, recipients, idx, time, body FROM visit_revisions WHERE record = ?1 ORDER BY revision",
    "SELECT record, revision FROM visit_revisions WHERE message = ?1 AND idx IS NULL",
    "SELECT record FROM visit_answers WHERE message = ?1 AND idx IS NULL",
    "SELECT message, sender, answer, idx, time, body FROM visit_answers WHERE record = ?1 ORDER BY idx IS NULL, idx, rowid",
    "SELECT number FROM visits WHERE own = 1 AND year = ?1 ORDER BY number DESC LIMIT 1",
    "SELECT number FROM visit_numbers WHERE year = ?1",
    "INSERT INTO visit_numbers VALUES(?1, ?2) ON CONFLICT(year) DO UPDATE SET number = max(number, excluded.number)",
    "INSERT INTO visit_revisions VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    "DELETE FROM visit_revisions WHERE record = ?1 AND revision >= ?2",
    "INSERT INTO visit_answers VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "DELETE FROM visit_answers WHERE message = ?1 AND idx IS NULL",
    "UPDATE visit_revisions SET idx = ?3, time = ?4 WHERE record = ?1 AND revision = ?2",
    "UPDATE visit_answers SET idx = ?3, time = ?4 WHERE record = ?1 AND message = ?2",
    "UPDATE visit_revisions SET message = ?2 WHERE message = ?1 AND idx IS NULL",
    "UPDATE visit_answers SET message = ?2 WHERE message = ?1 AND idx IS NULL",
    "SELECT record FROM visit_recalls WHERE message = ?1 AND idx IS NULL",
    "SELECT lead, message, revision, idx, time, reason, contact FROM visit_recalls WHERE record = ?1",
    "INSERT INTO visit_recalls VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "UPDATE visit_recalls SET idx = ?2, time = ?3 WHERE record = ?1",
    "UPDATE visit_recalls SET message = ?2 WHERE message = ?1 AND idx IS NULL",
    "DELETE FROM visit_recalls WHERE record = ?1",
    "DELETE FROM visit_answers WHERE record = ?1",
    "INSERT OR REPLACE INTO visits VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    "DELETE FROM visits WHERE record = ?1",
    "INSERT INTO visit_days VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "DELETE FROM visit_days WHERE state = ?1 AND lead = ?2 AND reach = ?3 AND first = ?4 AND record = ?5 AND component = ?6",
    "SELECT state, lead, reach FROM visit_days WHERE (state, lead, reach) > (?1, ?2, ?3) ORDER BY state, lead, reach LIMIT 1",
    "SELECT first, record, component, last FROM visit_days WHERE state = ?1 AND lead = ?2 AND reach = ?3 AND first <= ?4"
    " AND (first, record, component) > (?5, ?6, ?7) ORDER BY first, record, component LIMIT ?8",
    "SELECT first, record, component, last FROM visit_days WHERE state = ?1 AND lead = ?2 AND reach = ?3 AND first >= ?4"
    " AND (first, record, component) < (?5, ?6, ?7) ORDER BY first DESC, record DESC, component DESC LIMIT ?8",
    "INSERT OR IGNORE INTO visit_consents VALUES(?1, ?2)",
    "DELETE FROM visit_consents WHERE reference = ?1 AND record = ?2",
    "SELECT record FROM visit_consents WHERE reference = ?1 ORDER BY record",
    "SELECT c.record FROM visit_consents c CROSS JOIN visits v ON v.record = c.record WHERE v.own = 1 ORDER BY v.first, c.record",
    "SELECT f.id, f.since, f.json FROM visit_finding_records r JOIN visit_findings f ON f.id = r.finding WHERE r.record = ?1",
    "SELECT id, since, json FROM visit_findings WHERE id = ?1",
    "SELECT count(*) FROM visit_finding_records WHERE record = ?1",
    "INSERT INTO visit_findings VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    "UPDATE visit_findings SET since = ?3, states = ?4, committees = ?5, json = ?6 WHERE id = ?1 AND kind = ?2",
    "INSERT OR IGNORE INTO visit_finding_records VALUES(?1, ?2)",
    "DELETE FROM visit_findings WHERE id = ?1",
    "DELETE FROM visit_finding_records WHERE finding = ?1",
};

}  // namespace liaison::visit_sql

namespace liaison {

struct VisitStore::Statements {
  std::vector<Statement> all;
  Statement& operator[](visit_sql::Sql which) { return all[which]; }
};

}  // namespace liaison
