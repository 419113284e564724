// SPDX-License-Identifier: Apache-2.0
// What officers ask for: a plan that is kept here, its withdrawal, and agreeing to show it.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/domain/json_fields.h"
#include "nodes/domain/overlap_cells.h"
#include "nodes/domain/overlaps.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

// The number in "1540-hidden-3"; nothing for another form.
std::optional<std::uint64_t> number_in(const std::string& id, const std::string& prefix) {
  if (!id.starts_with(prefix) || id.size() == prefix.size() || id.size() > prefix.size() + 9) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : id.substr(prefix.size())) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

OverlapReference random_reference() {
  OverlapReference out{};
  random_bytes(out);
  return out;
}

Result<std::optional<MemberId>> member_in(const json& fields, const std::vector<MemberId>& others) {
  TRY(check_object(fields, "", {"to"}));
  const auto to = fields.find("to");
  if (to == fields.end()) return std::optional<MemberId>();
  const std::string text = TRY(read_text(*to, "to"));
  const auto member = MemberId::parse(text);
  if (!member || std::find(others.begin(), others.end(), *member) == others.end())
    return wrong("to", in_quotes(text) + " is no other member", "name one committee, or leave it out for all that are concerned");
  return std::optional(*member);
}

}  // namespace

std::int64_t Overlaps::window() const { return std::min<std::int64_t>(config_.window_days, kOverlapWindowMax); }

bool Overlaps::is_hidden(const std::string& id) const { return number_in(id, config_.member.str() + "-hidden-").has_value(); }

Draft Overlaps::draft_to(const MemberId& peer, const OverlapReference& reference, std::string_view kind, Bytes body) const {
  Draft draft;
  draft.kind = kind;
  draft.marking = "named";
  draft.recipients = {peer};
  draft.body = std::move(body);
  draft.record_id = name_of(reference);
  return draft;
}

// A fresh secret for each question: nobody can join two of them, and what one gives away is that one's.
Result<Draft> Overlaps::ask(const HiddenPlan& plan, const MemberId& peer) {
  const auto reference = random_reference();
  OverlapStore::Kept kept{plan.number, Secret::random(32), {}};
  OverlapTokens tokens{reference, OverlapSide(kept.secret.expose()).asked(cells_of(plan.plan, window())), config_.contact};
  TRY(store_.keep(peer, reference, kept));
  return draft_to(peer, reference, kKindOverlapTokens, encode_overlap_tokens(tokens));
}

Result<void> Overlaps::check_room(const VisitPlan& plan, const std::vector<MemberId>& peers, std::int64_t from) {
  for (const MemberId& peer : peers) {
    std::set<Cell> cells = cells_of(plan, 0);
    for (const auto& [cell, id] : TRY(kept_back_from(peer, from))) cells.insert(cell);
    if (cells.size() <= kOverlapOwn) continue;
    return wrong("components", "with this plan, " + std::to_string(cells.size()) + " pairs of a State and a week would be kept back from " + peer.str() +
                                   ", and one answer to it holds " + std::to_string(kOverlapOwn),
                 "take fewer States or days, withdraw a plan that is kept back (liaison visit withdraw), or plan this one openly");
  }
  return {};
}

Result<Overlaps::Acted> Overlaps::plan(const json& fields, TimeMs now_ms) {
  if (!fields.is_object()) return wrong("overlap_only", "comes without the fields of a visit", "see nodes/api/README.md");
  if (fields.contains("marking")) return wrong("marking", "a plan that is overlap only has none", "leave it out; `to` says who is asked");
  json asked = fields;
  asked["marking"] = fields.contains("to") ? "named" : "committees";
  const Draft draft = TRY(visits_.plan(asked, Visits::Origin::kOfficer, now_ms));
  HiddenPlan plan;
  plan.number = TRY(store_.next_number());
  plan.plan = TRY(decode_visit_plan(draft.body));
  plan.fields = fields.dump();
  plan.others = draft.recipients;
  plan.made_ms = now_ms;
  const auto cells = cells_of(plan.plan, window());
  if (cells.empty())
    return wrong("components", "no days are known, not even the month", "nothing can be compared without: give --from and --to at least as 2027-03");
  if (cells.size() > kOverlapAsked)
    return wrong("components", std::to_string(plan.plan.states.size()) + " States and their weeks near these days are " + std::to_string(cells.size()) +
                                   " together, and one question holds " + std::to_string(kOverlapAsked),
                 "make several plans, of fewer States or days each");
  TRY(check_room(plan.plan, plan.others, static_cast<std::int64_t>(now_ms / kDayMs) - window()));
  TRY(store_.put_plan(plan));
  Acted out{hidden_id(plan.number), {}};
  for (const MemberId& peer : plan.others) out.drafts.push_back(TRY(ask(plan, peer)));
  if (!out.drafts.empty()) out.drafts.front().warnings = draft.warnings;
  return out;
}

Result<HiddenPlan> Overlaps::known_plan(const std::string& id) {
  const auto number = number_in(id, config_.member.str() + "-hidden-");
  auto found = number ? TRY(store_.plan(*number)) : std::nullopt;
  if (!found)
    return fail(Code::kUnknown, "no plan has the id " + id.substr(0, 64), "liaison visit list shows the ids; overlap only ones look like " + hidden_id(1));
  return std::move(*found);
}

Result<Overlaps::Acted> Overlaps::withdraw(const std::string& id) {
  const HiddenPlan plan = TRY(known_plan(id));
  if (plan.withdrawn) return fail(Code::kTransition, id + " was withdrawn before", "nothing more can be done with it; plan a new visit");
  if (!plan.shown.empty())
    return fail(Code::kTransition, id + " was shown to " + plan.shown.front().first.str() + " as " + plan.shown.front().second,
                "take that back: liaison visit recall " + plan.shown.front().second);
  TRY(store_.set_withdrawn(plan.number));
  restless_ = true;
  Acted out{id, {}};
  for (const OverlapQuestion& one : TRY(store_.questions())) {
    if (!one.asked || one.ended) continue;
    const auto kept = TRY(store_.kept(one));
    if (!kept || kept->plan != plan.number) continue;
    out.drafts.push_back(draft_to(one.peer, one.reference, kKindOverlapWord, encode_overlap_word({one.reference, OverlapSaying::withdrawn, {}, 0})));
  }
  return out;
}

// Keeps which own plan an officer agreed to show to the asker; whether that is new.
Result<bool> Overlaps::agree_to(const OverlapQuestion& question, const std::optional<HiddenPlan>& plan) {
  if (question.asked) return false;   // it is about one plan
  auto numbers = TRY(hidden_hits(question));
  if (plan) numbers = {plan->number};
  if (numbers.size() > 1)
    return fail(Code::kInput, "id: " + name_of(question.reference) + " meets " + std::to_string(numbers.size()) + " plans that are kept back",
                "name each plan that may be shown, as " + hidden_id(*numbers.begin()));
  const auto before = TRY(store_.agreed(question));
  if (numbers.empty() || before.contains(*numbers.begin())) return false;
  TRY(store_.put_agreed(question, *numbers.begin()));
  restless_ = true;
  return true;
}

Result<Overlaps::Acted> Overlaps::disclose(const std::string& id, const json& fields) {
  const auto only = TRY(member_in(fields, config_.others));
  std::optional<HiddenPlan> plan;
  if (is_hidden(id)) plan = TRY(known_plan(id));
  if (plan && plan->withdrawn) return fail(Code::kTransition, id + " was withdrawn", "plan a new visit");
  Acted out{id, {}};
  bool named = false, met = false, agreed = false, added = false;
  for (const OverlapQuestion& one : TRY(store_.questions())) {
    if (one.ended || (only && one.peer != *only)) continue;
    const auto hits = TRY(standing_hits(one));
    const auto kept = TRY(store_.kept(one));
    const bool of_plan = plan && ((one.asked && kept && kept->plan == plan->number) ||
                                  (!one.asked && std::any_of(hits.begin(), hits.end(), [&](const OverlapHit& hit) { return hit.plan == id; })));
    if (!of_plan && name_of(one.reference) != id) continue;
    named = true;
    if (!one.hit && hits.empty()) continue;
    met = true;
    const bool more = TRY(agree_to(one, plan));
    added = added || more;
    agreed = agreed || one.ours;
    if (one.ours) continue;
    out.drafts.push_back(draft_to(one.peer, one.reference, kKindOverlapWord, encode_overlap_word({one.reference, OverlapSaying::agrees, {}, 0})));
  }
  if (!plan && !named) return fail(Code::kUnknown, "no overlap has the name " + id.substr(0, 64), "liaison conflicts --kind overlap_only shows the names");
  if (!met)
    return fail(Code::kTransition, "nothing of " + (only ? only->str() : std::string("another committee")) + " is known to meet " + id,
                "to tell all of it, withdraw it and plan it openly");
  if (out.drafts.empty() && agreed && !added)
    return fail(Code::kTransition, config_.member.str() + " has agreed before", "wait for the other side; liaison visit overlaps tells");
  return out;
}

}  // namespace liaison
