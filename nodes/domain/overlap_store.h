// SPDX-License-Identifier: Apache-2.0
// The tables of overlaps in the node's database. Those of questions are a fold over messages and go with clear(); the plans that this committee
// keeps to itself, the secrets of its questions and what the broker refused are this node's own and stay. Owned by Overlaps, on the node's
// thread; writes happen inside the caller's transaction. kStore, every function.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/domain/effect.h"
#include "schemas/overlap.h"
#include "schemas/result.h"
#include "schemas/visit.h"
#include "security/secret.h"
#include "security/sqlite.h"

namespace liaison {

// How far a question has come.
enum class OverlapStep : std::uint8_t { kAsked = 1, kAnswered, kFinished };

struct OverlapQuestion {
  MemberId peer;                       // the other side
  OverlapReference reference{};
  bool asked = false;                  // by this committee; else by the peer
  OverlapStep step = OverlapStep::kAsked;
  std::string contact;                 // the peer's office; empty until it said one
  Place first, answered;               // of the question and of the answer
  bool hit = false;                    // the answer met something that may still be there
  bool ours = false, theirs = false;   // who agrees to show
  bool ended = false;                  // the asker has withdrawn
  Bytes tokens, again, own;            // as they were sent; empty when it is finished or ended
};

// An own plan that a question meets.
struct OverlapHit {
  std::string plan;
  bool meets = false;                  // false: it did, and its later days do not
  Place place;                         // of the message that says so
};

// A later plan of the peer's: the asker owes a word on it.
struct OverlapOwed {
  std::string record;
  std::uint32_t revision = 0;
};

// An own message that has no place in the log yet.
struct OverlapQueued {
  MemberId peer;
  OverlapReference reference{};
  std::string kind;
  OverlapWord word;                    // of an overlap.word
};

struct HiddenPlan {
  std::uint64_t number = 0;
  std::string fields;                  // the request's JSON
  VisitPlan plan;
  std::vector<MemberId> others;        // who is asked
  TimeMs made_ms = 0;
  bool withdrawn = false;
  std::vector<std::pair<MemberId, std::string>> shown;   // to whom, as which record
  bool was_shown_to(const MemberId& member) const {
    return std::any_of(shown.begin(), shown.end(), [&](const auto& one) { return one.first == member; });
  }
};

class OverlapStore {
 public:
  static Result<OverlapStore> open(Database& database);
  // Before open: what is folded goes.
  static Result<void> drop(Database& database);
  Result<void> clear();

  Result<bool> any();
  Result<std::optional<OverlapQuestion>> question(const MemberId& peer, const OverlapReference& reference);
  Result<void> put(const OverlapQuestion& question);
  Result<void> drop(const OverlapQuestion& question);
  // In the order in which they were asked, without tokens: there may be many.
  Result<std::vector<OverlapQuestion>> questions();
  Result<std::vector<OverlapHit>> hits(const OverlapQuestion& question);
  Result<void> put_hit(const OverlapQuestion& question, const OverlapHit& hit);
  Result<std::vector<OverlapOwed>> owed(const OverlapQuestion& question);
  Result<void> put_owed(const OverlapQuestion& question, const OverlapOwed& owed);
  Result<void> drop_owed(const OverlapQuestion& question, const OverlapOwed& owed);
  // Hits, and words that are owed.
  Result<void> drop_all_of(const OverlapQuestion& question);

  Result<std::optional<OverlapQueued>> queued(const MessageId& message);
  Result<bool> any_queued(const OverlapQuestion& question);
  Result<void> put_queued(const MessageId& message, const OverlapQueued& queued);
  Result<void> drop_queued(const MessageId& message);
  Result<void> rename(const MessageId& was, const MessageId& now);

  // --- this node's own
  struct Kept { std::uint64_t plan = 0; Secret secret; std::vector<std::string> of; };   // `of` as OverlapSide::Own; plan 0 for another's question
  Result<std::optional<Kept>> kept(const OverlapQuestion& question);
  Result<void> keep(const MemberId& peer, const OverlapReference& reference, const Kept& kept);
  // Own plans that officers here agreed to show to the asker of this question; this node's own, as the plans.
  Result<std::set<std::uint64_t>> agreed(const OverlapQuestion& one);
  Result<void> put_agreed(const OverlapQuestion& one, std::uint64_t number);
  Result<void> forget(const OverlapQuestion& question);
  Result<bool> failed(const OverlapQuestion& question, const std::string& what);
  Result<void> put_failed(const OverlapQuestion& question, const std::string& what);

  Result<std::uint64_t> next_number();
  Result<void> put_plan(const HiddenPlan& plan);
  Result<std::optional<HiddenPlan>> plan(std::uint64_t number);
  Result<std::vector<HiddenPlan>> plans();
  Result<void> set_withdrawn(std::uint64_t number);
  Result<void> put_shown(std::uint64_t number, const MemberId& peer, const std::string& record);

 private:
  OverlapStore(Database& database, Statement any, Statement rename) : database_(&database), any_(std::move(any)), rename_(std::move(rename)) {}
  Result<HiddenPlan> read_plan(const Statement& row);
  Database* database_;
  Statement any_, rename_;   // asked of every message; the others are seldom
};

}  // namespace liaison
