// SPDX-License-Identifier: Apache-2.0
// What the node does by itself. What is due follows from the tables alone, so that nothing is lost by a crash and nothing is said twice after one.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/overlap_cells.h"
#include "nodes/domain/overlaps.h"
#include "nodes/domain/stations.h"
#include "nodes/domain/visit_json.h"

namespace liaison {
namespace {

using nlohmann::json;

std::vector<Hash> tokens_in(const Bytes& flat) {
  std::vector<Hash> out(flat.size() / sizeof(Hash));
  for (std::size_t i = 0; i < out.size(); ++i) std::copy_n(flat.begin() + static_cast<std::ptrdiff_t>(i * sizeof(Hash)), sizeof(Hash), out[i].begin());
  return out;
}

// When the question of a plan that is over ends. The others and the broker see the day: it is the first of a year, late enough that nearly every plan is
// over by then, so that it tells nothing of the plan's own days.
bool ends_by(std::int64_t asked, std::int64_t last, std::int64_t today) {
  const int year = year_of_day(today);
  const auto begins = parse_date(std::to_string(year) + "-01-01");
  return begins && year - year_of_day(asked) >= kOverlapYears && last < *begins;
}

void take_cells(std::vector<std::pair<Cell, std::string>>& out, const VisitPlan& plan, const std::string& id, std::int64_t from) {
  for (const Cell& cell : cells_of(plan, 0)) {
    if (last_day_of(cell) >= from) out.emplace_back(cell, id);
  }
}

}  // namespace

Result<std::optional<Overlaps::Due>> Overlaps::due(TimeMs now_ms) {
  looked_day_ = now_ms / kDayMs;
  const auto all = TRY(store_.questions());
  std::map<MemberId, std::uint64_t> answered;   // today
  for (const OverlapQuestion& one : all) {
    if (!one.asked && one.step != OverlapStep::kAsked && one.answered.time_ms / kDayMs == looked_day_) ++answered[one.peer];
  }
  for (const OverlapQuestion& one : all) {
    const bool too_many = !one.asked && one.step == OverlapStep::kAsked && answered[one.peer] >= kOverlapAnswersPerDay;
    if (too_many || one.ended || TRY(store_.any_queued(one))) continue;   // each waits until the word before is in the log
    auto found = TRY(due_of(one, now_ms));
    if (found) return found;
  }
  restless_ = false;
  return std::optional<Due>();
}

Result<std::optional<Overlaps::Due>> Overlaps::due_of(const OverlapQuestion& question, TimeMs now_ms) {
  if (question.asked) {
    // Nothing that is planned from now on can come near a plan that is over: the word that ends its question is in the log, and folded as any other.
    const auto kept = TRY(store_.kept(question));
    const auto plan = kept ? TRY(store_.plan(kept->plan)) : std::nullopt;
    const auto days = plan ? days_of(plan->plan) : std::nullopt;
    const auto asked = static_cast<std::int64_t>(question.first.time_ms / kDayMs), today = static_cast<std::int64_t>(now_ms / kDayMs);
    if (days && ends_by(asked, days->last + window(), today)) return may_do(question, withdrawal_of(question));
  }
  if (!question.asked && question.step == OverlapStep::kAsked) return due_reply(question, now_ms);
  if (question.asked && question.step == OverlapStep::kAnswered) return due_result(question);
  if (question.step != OverlapStep::kFinished) return std::optional<Due>();
  if (question.ours && question.theirs) return due_showing(question, now_ms);
  return question.asked ? due_word(question) : due_ended(question);
}

Result<std::optional<Overlaps::Due>> Overlaps::may_do(const OverlapQuestion& question, Due due) {
  due.peer = question.peer;
  due.reference = question.reference;
  const bool off = put_off_.contains(due.peer.str() + " " + name_of(due.reference) + " " + due.what);
  if (off || TRY(store_.failed(question, due.what))) return std::optional<Due>();
  return std::optional(std::move(due));
}

Result<std::vector<std::pair<Cell, std::string>>> Overlaps::kept_back_from(const MemberId& peer, std::int64_t from) {
  std::vector<std::pair<Cell, std::string>> out;
  for (const HiddenPlan& plan : TRY(store_.plans())) {
    const bool kept_back = std::find(plan.others.begin(), plan.others.end(), peer) != plan.others.end() && !plan.was_shown_to(peer);
    const std::string id = hidden_id(plan.number);
    if (kept_back && TRY(stands(id))) take_cells(out, plan.plan, id, from);
  }
  return out;
}

// What of this committee's own a question of the peer's is compared with: what is kept back from it, all of which fits (check_room), then what
// the peer has been told, the soonest first. What was told to others only is neither.
Result<std::vector<std::pair<Cell, std::string>>> Overlaps::compared_with(const MemberId& peer, std::int64_t from) {
  auto out = TRY(kept_back_from(peer, from));
  const auto told_begin = static_cast<std::ptrdiff_t>(out.size());
  for (const VisitPlan& plan : TRY(visits_.told_to(peer, from))) take_cells(out, plan, plan.record_id, from);
  std::stable_sort(out.begin() + told_begin, out.end(), [](const auto& a, const auto& b) { return a.first.week < b.first.week; });
  return out;
}

Result<std::optional<Overlaps::Due>> Overlaps::due_reply(const OverlapQuestion& question, TimeMs now_ms) {
  if (std::find(config_.others.begin(), config_.others.end(), question.peer) == config_.others.end()) return std::optional<Due>();
  Due due{{}, {}, {}, "reply", {}, 0};
  const auto may = TRY(may_do(question, std::move(due)));
  if (!may) return std::optional<Due>();
  Due made{{}, question.peer, question.reference, "reply", OverlapStore::Kept{0, Secret::random(32), {}}, 0};
  const OverlapSide side(made.kept->secret.expose());
  auto own = side.own(TRY(compared_with(question.peer, static_cast<std::int64_t>(now_ms / kDayMs) - window())));
  const auto whole = TRY(store_.question(question.peer, question.reference));
  auto again = side.again(tokens_in(whole ? whole->tokens : Bytes())).value_or(std::vector<Hash>());   // they were looked at when they came
  std::sort(again.begin(), again.end());
  made.kept->of = std::move(own.of);
  const OverlapReply reply{question.reference, std::move(again), std::move(own.tokens), config_.contact};
  made.draft = draft_to(question.peer, question.reference, kKindOverlapReply, encode_overlap_reply(reply));
  return std::optional(std::move(made));
}

Result<std::optional<Overlaps::Due>> Overlaps::due_result(const OverlapQuestion& question) {
  const auto kept = TRY(store_.kept(question));
  if (!kept) return std::optional<Due>();
  const auto whole = TRY(store_.question(question.peer, question.reference));
  auto again = OverlapSide(kept->secret.expose()).again(tokens_in(whole ? whole->own : Bytes())).value_or(std::vector<Hash>());
  Due due{{}, {}, {}, "result", {}, 0};
  due.draft = draft_to(question.peer, question.reference, kKindOverlapResult, encode_overlap_result({question.reference, std::move(again)}));
  return may_do(question, std::move(due));
}

// Its plan was shown to the peer since, by another question, and the two visits speak for themselves; or it is over.
Overlaps::Due Overlaps::withdrawal_of(const OverlapQuestion& question) const {
  const OverlapWord word{question.reference, OverlapSaying::withdrawn, {}, 0};
  Due due{{}, {}, {}, "withdrawn", {}, 0};
  due.draft = draft_to(question.peer, question.reference, kKindOverlapWord, encode_overlap_word(word));
  return due;
}

// Of each later plan of the peer, whether it meets or not: a word for some only would say which.
Result<std::optional<Overlaps::Due>> Overlaps::due_word(const OverlapQuestion& question) {
  const auto kept = TRY(store_.kept(question));
  const auto plan = kept ? TRY(store_.plan(kept->plan)) : std::nullopt;
  if (!plan || plan->withdrawn) return std::optional<Due>();
  if (plan->was_shown_to(question.peer)) return may_do(question, withdrawal_of(question));
  for (const OverlapOwed& owed : TRY(store_.owed(question))) {
    const auto other = TRY(visits_.standing(owed.record));
    bool meets = false;
    if (other) {
      const auto near = cells_of(plan->plan, window()), theirs = cells_of(*other, 0);
      meets = std::any_of(theirs.begin(), theirs.end(), [&](const Cell& cell) { return near.contains(cell); });
    }
    const OverlapWord word{question.reference, meets ? OverlapSaying::meets : OverlapSaying::meets_not, owed.record, owed.revision};
    Due due{{}, {}, {}, std::string(word_of(word.saying)) + " " + owed.record + " " + std::to_string(owed.revision), {}, 0};
    due.draft = draft_to(question.peer, question.reference, kKindOverlapWord, encode_overlap_word(word));
    auto found = TRY(may_do(question, std::move(due)));
    if (found) return found;
  }
  return std::optional<Due>();
}

// Once nothing is left of what met the question.
Result<std::optional<Overlaps::Due>> Overlaps::due_ended(const OverlapQuestion& question) {
  if (!question.hit || !TRY(standing_hits(question)).empty()) return std::optional<Due>();
  Due due{{}, {}, {}, "ended", {}, 0};
  due.draft = draft_to(question.peer, question.reference, kKindOverlapWord, encode_overlap_word({question.reference, OverlapSaying::ended, {}, 0}));
  return may_do(question, std::move(due));
}

Result<std::set<std::uint64_t>> Overlaps::hidden_hits(const OverlapQuestion& question) {
  std::set<std::uint64_t> numbers;
  const std::string prefix = hidden_id(0).substr(0, hidden_id(0).size() - 1);
  for (const OverlapHit& hit : TRY(standing_hits(question))) {
    if (hit.plan.starts_with(prefix)) numbers.insert(std::stoull(hit.plan.substr(prefix.size())));
  }
  return numbers;
}

// Own plans that were kept back, and that the two sides agreed to show each other.
Result<std::set<std::uint64_t>> Overlaps::to_show(const OverlapQuestion& question) {
  std::set<std::uint64_t> numbers;
  const auto kept = TRY(store_.kept(question));
  if (question.asked && kept) numbers.insert(kept->plan);
  if (question.asked) return numbers;
  // Whatever the asker says that it meets: what no officer here agreed to show stays.
  const auto agreed = TRY(store_.agreed(question));
  for (const std::uint64_t number : TRY(hidden_hits(question))) {
    if (agreed.contains(number)) numbers.insert(number);
  }
  return numbers;
}

Result<std::optional<Overlaps::Due>> Overlaps::due_showing(const OverlapQuestion& question, TimeMs now_ms) {
  for (const std::uint64_t number : TRY(to_show(question))) {
    const auto plan = TRY(store_.plan(number));
    if (!plan || plan->withdrawn) continue;
    if (plan->was_shown_to(question.peer)) continue;
    json fields = json::parse(plan->fields, nullptr, false);
    fields["marking"] = "named";
    fields["to"] = {question.peer.str()};
    auto draft = visits_.plan(fields, Visits::Origin::kOfficer, now_ms);
    if (!draft && draft.error().code == Code::kStore) return std::move(draft).error();
    if (!draft) continue;   // it was good when it was made; what has changed since, an officer sees when planning it anew
    Due due{std::move(*draft), {}, {}, "show " + std::to_string(number), {}, number};
    auto found = TRY(may_do(question, std::move(due)));
    if (found) return found;
  }
  return std::optional<Due>();
}

Result<void> Overlaps::done(const Due& due) {
  if (due.kept) TRY(store_.keep(due.peer, due.reference, *due.kept));
  if (due.shows != 0) TRY(store_.put_shown(due.shows, due.peer, due.draft.record_id));
  return {};
}

}  // namespace liaison
