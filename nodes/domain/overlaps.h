// SPDX-License-Identifier: Apache-2.0
// Plans that a committee keeps to itself ("overlap only") and what comes of them: questions to the other committees in which neither side shows
// States or days, the findings that both sides get where plans meet, and the showing once both agree. How the tokens are made and what a curious
// side could still try: schemas/PROTOCOL.md 14.2, SECURITY.md. Owned by the node's one thread; calls that write happen inside the caller's
// transaction. Questions are a fold over messages: clear() and the same messages in log order give equal tables. The plans themselves and the
// secrets are this node's own, in no message, and stay.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nodes/domain/effect.h"
#include "nodes/domain/overlap_cells.h"
#include "nodes/domain/overlap_store.h"
#include "nodes/domain/visits.h"

namespace liaison {

// How many questions of one member are answered on one day (UTC); the others wait for the next. It bounds how fast a curious one can ask.
inline constexpr std::uint64_t kOverlapAnswersPerDay = 16;
// A question whose plan, with the window behind it, is over is ended on a 1 January (UTC), at the earliest on that of the third year after the one in
// which it was asked: the day tells nothing of the plan's.
inline constexpr int kOverlapYears = 3;

class Overlaps {
 public:
  // `visits` must outlive it. kStore.
  static Result<std::unique_ptr<Overlaps>> open(Database& database, const VisitsConfig& config, Visits& visits);
  static Result<void> drop(Database& database) { return OverlapStore::drop(database); }
  void set_others(std::vector<MemberId> others);

  static bool folds(std::string_view kind);

  // --- what officers ask for. `id` is that of a plan ("1540-hidden-3") or, where it says so, the name of a question ("overlap-7f3a...").
  struct Acted { std::string id; std::vector<Draft> drafts; };   // a draft for each other member concerned; the first has the warnings
  // Visit fields; without `marking`; `to` says who is asked, all others when left out. kInput also when no days are known to the month or when
  // States times weeks are more than one question holds.
  Result<Acted> plan(const nlohmann::json& fields, TimeMs now_ms);
  // kUnknown; kTransition when it was withdrawn before, or a visit that shows it stands.
  Result<Acted> withdraw(const std::string& id);
  // This side agrees to show; a plan's id, or a question's name. `to`: one member of several. kInput when the name stands for several plans: each is
  // agreed to by itself. kTransition when nothing meets it, or it was agreed before.
  Result<Acted> disclose(const std::string& id, const nlohmann::json& fields);
  // Whether it is the id of a plan of this kind.
  bool is_hidden(const std::string& id) const;

  // --- what the node does by itself: answers, last words, also on plans that are over, and plans that both sides agreed to show. One at a time:
  // due() changes nothing, the caller sends the draft and calls done(), in one Attempt; or put_off() when it cannot be sent now.
  struct Due {
    Draft draft;
    MemberId peer;
    OverlapReference reference{};
    std::string what;                        // "reply", "result", "meets 1267-V-2027-0003 1", "withdrawn", "ended", "show 3"
    std::optional<OverlapStore::Kept> kept;  // of a reply
    std::uint64_t shows = 0;                 // the number of a plan that is shown
  };
  Result<std::optional<Due>> due(TimeMs now_ms);
  Result<void> done(const Due& due);
  void put_off(const Due& due) { put_off_.insert(due.peer.str() + " " + name_of(due.reference) + " " + due.what); }
  void try_again() { put_off_.clear(); restless_ = true; }
  bool has_put_off() const { return !put_off_.empty(); }
  // Whether due() may find something: something came since it found nothing, or it is another day.
  bool restless(TimeMs now_ms) const { return restless_ || now_ms / kDayMs != looked_day_; }

  // --- as Visits
  Result<ViewEvents> apply(const Effect& effect);
  // A message about a visit that was folded: its sender may have to be told whether it meets a plan that it was asked about.
  Result<void> visit_came(const Effect& effect);
  Result<void> refused(const MessageId& message_id, Code code);
  Result<void> renamed(const MessageId& was, const MessageId& now) { return store_.rename(was, now); }
  Result<void> clear();

  // --- views, as the API prints them
  // Plans of this kind that pass the filters of a list of visits, or of a calendar.
  Result<nlohmann::json> list(const std::map<std::string, std::string>& filters);
  Result<nlohmann::json> show(const std::string& id);
  // Findings of kind overlap_only that pass; newest first.
  Result<nlohmann::json> findings(const std::map<std::string, std::string>& filters);
  // All questions, by either side, newest first: who asked, how far it is, what it met.
  Result<nlohmann::json> questions();

 private:
  Overlaps(OverlapStore store, const VisitsConfig& config, Visits& visits) : store_(std::move(store)), config_(config), visits_(visits) {}

  std::string hidden_id(std::uint64_t number) const { return config_.member.str() + "-hidden-" + std::to_string(number); }
  Result<HiddenPlan> known_plan(const std::string& id);
  std::int64_t window() const;
  Draft draft_to(const MemberId& peer, const OverlapReference& reference, std::string_view kind, Bytes body) const;
  Result<Draft> ask(const HiddenPlan& plan, const MemberId& peer);

  Result<ViewEvents> apply_tokens(const Effect& effect);
  Result<ViewEvents> apply_reply(const Effect& effect);
  Result<ViewEvents> apply_result(const Effect& effect);
  Result<ViewEvents> apply_word(const Effect& effect);
  Result<ViewEvents> own_word(OverlapQuestion question, const OverlapWord& word, const Effect& effect);
  Result<ViewEvents> others_word(OverlapQuestion question, const OverlapWord& word, const Effect& effect);
  Result<void> keep_queued(const Effect& effect, const OverlapQuestion& question, const OverlapWord& word);
  Result<void> owe_words(const OverlapQuestion& question);
  Result<void> end(OverlapQuestion& question);
  Result<void> settle(OverlapQuestion& question, OverlapSaying saying);

  Result<std::optional<Due>> due_of(const OverlapQuestion& question, TimeMs now_ms);
  Result<std::vector<std::pair<Cell, std::string>>> kept_back_from(const MemberId& peer, std::int64_t from);
  Result<std::vector<std::pair<Cell, std::string>>> compared_with(const MemberId& peer, std::int64_t from);
  // kInput when an answer to one of these members could not hold all that would be kept back from it with this plan.
  Result<void> check_room(const VisitPlan& plan, const std::vector<MemberId>& peers, std::int64_t from);
  Result<std::optional<Due>> due_reply(const OverlapQuestion& question, TimeMs now_ms);
  Result<std::optional<Due>> due_result(const OverlapQuestion& question);
  Due withdrawal_of(const OverlapQuestion& question) const;
  Result<std::optional<Due>> due_word(const OverlapQuestion& question);
  Result<std::optional<Due>> due_ended(const OverlapQuestion& question);
  Result<std::optional<Due>> due_showing(const OverlapQuestion& question, TimeMs now_ms);
  Result<std::optional<Due>> may_do(const OverlapQuestion& question, Due due);
  // Own plans that are kept back and met by another's question.
  Result<std::set<std::uint64_t>> hidden_hits(const OverlapQuestion& question);
  Result<bool> agree_to(const OverlapQuestion& question, const std::optional<HiddenPlan>& plan);
  Result<std::set<std::uint64_t>> to_show(const OverlapQuestion& question);

  Result<bool> stands(const std::string& plan);
  Result<std::vector<OverlapHit>> standing_hits(const OverlapQuestion& question);
  Result<std::vector<nlohmann::json>> findings_of(const OverlapQuestion& question);
  Result<ViewEvents> changed(const std::vector<nlohmann::json>& before, const OverlapQuestion& question);
  nlohmann::json page_of(const HiddenPlan& plan) const;
  Result<nlohmann::json> question_json(const OverlapQuestion& question);

  OverlapStore store_;
  VisitsConfig config_;
  Visits& visits_;
  bool restless_ = true;
  std::uint64_t looked_day_ = 0;
  std::set<std::string> put_off_;
};

}  // namespace liaison
