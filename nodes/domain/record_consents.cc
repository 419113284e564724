// SPDX-License-Identifier: Apache-2.0
// What rests on a State's consent: the records that name it, which of their steps needed it, and what was recalled when it ended.
#include <algorithm>
#include <set>

#include "nodes/domain/record_parts.h"
#include "nodes/domain/states.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLinksMax = 100'000;
constexpr std::string_view kConsentKind = "consent";

// The acts that any revision of the consent has covered: one that was narrowed covered them once.
std::set<std::string> acts_of(const std::vector<Record>& revisions) {
  std::set<std::string> out;
  for (const Record& one : revisions) {
    for (const RecordValue& act : one.value("acts").items) out.insert(act.text);
  }
  return out;
}

// A record of the past may have begun behind the step.
bool has_taken(const Cycle& cycle, const std::vector<Record>& revisions, const std::string& step) {
  return std::any_of(revisions.begin(), revisions.end(), [&](const Record& one) { return one.status() == step; }) ||
         (cycle.beginning(revisions.front().status()) == nullptr && cycle.is_past(revisions.front().status(), step));
}

}  // namespace

Result<std::vector<Record>> Records::Parts::all_revisions(const std::string& record) {
  std::vector<Record> out;
  for (const StoredRevision& revision : TRY(store->revisions(record))) out.push_back(TRY(stored_record(revision)));
  return out;
}

Result<std::vector<Resting>> Records::resting_on(const std::string& consent_id, TimeMs now_ms) {
  auto& parts = *parts_;
  const auto consent = TRY(parts.known(consent_id));
  if (consent.record.kind->kind != kConsentKind)
    return fail(Code::kInput, "id: " + consent_id + " is a " + consent.record.kind->noun + " and no consent", "liaison consent list shows them");
  const auto said = TRY(parts.all_revisions(consent_id));
  const auto acts = acts_of(said);
  const auto today = static_cast<std::int64_t>(now_ms / kDayMs);
  std::vector<Resting> out;
  for (const auto& link : TRY(parts.store->links_to(consent_id, kLinksMax))) {
    if (link.field != "consents") continue;
    const auto current = TRY(parts.current(link.record));
    if (!current) continue;
    const Record& record = current->record;
    Resting one{link.record, record.owner.str(), record.contact, record.title, record.status(), "", false};
    const auto revisions = TRY(parts.all_revisions(link.record));
    const Cycle& cycle = cycle_of(*record.kind);
    for (const CycleMove& move : cycle.moves) {
      for (const Need& need : move.needs) {
        if (need.what != Need::What::kConsent || !acts.contains(need.of) || revisions.empty() || !has_taken(cycle, revisions, move.to)) continue;
        const auto covered = parts.check_consent(record, move, need.of, current->revision.recipients, today);
        if (!covered && covered.error().code == Code::kStore) return covered.error();
        if (one.act.empty() || (!covered && !one.needs)) one.act = need.of;
        one.needs = one.needs || !covered;
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> Records::Parts::check_consents_last(const CurrentRecord& before, const Record& after, std::int64_t today) {
  if (before.record.consents == after.consents && before.record.states == after.states) return {};
  const auto revisions = TRY(all_revisions(after.record_id));
  const Cycle& cycle = cycle_of(*after.kind);
  for (const CycleMove& move : cycle.moves) {
    for (const Need& need : move.needs) {
      if (need.what != Need::What::kConsent || revisions.empty() || !has_taken(cycle, revisions, move.to)) continue;
      const auto had = missing_consents(before.record, need.of, before.revision.recipients, today);
      if (!had && had.error().code == Code::kStore) return had.error();
      const auto has = TRY(missing_consents(after, need.of, before.revision.recipients, today));
      // What had ended before does not hold up a record that is kept, as long as no State is added to it.
      const bool fewer = had && std::includes(had->states.begin(), had->states.end(), has.states.begin(), has.states.end());
      if (!fewer) TRY(check_consent(after, move, need.of, before.revision.recipients, today));
    }
  }
  return {};
}

Result<void> Records::check_consents(const std::string& record_id, const std::string& status, TimeMs now_ms) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  for (const CycleMove& move : cycle_of(*current.record.kind).moves) {
    for (const Need& need : move.needs) {
      if (move.to != status || need.what != Need::What::kConsent) continue;
      TRY(parts.check_consent(current.record, move, need.of, current.revision.recipients, static_cast<std::int64_t>(now_ms / kDayMs)));
    }
  }
  return {};
}

Result<std::vector<std::string>> Records::recalled_under(const std::string& consent_id) {
  auto& parts = *parts_;
  std::vector<std::string> out;
  for (const std::string& record : TRY(parts.store->recalled_by(parts.config.member.str()))) {
    const auto revisions = TRY(parts.all_revisions(record));
    if (revisions.empty()) continue;
    const auto& consents = revisions.back().consents;
    if (std::find(consents.begin(), consents.end(), consent_id) != consents.end()) out.push_back(record);
  }
  return out;
}

Result<json> Records::Parts::consents_json(const Record& record) {
  json out = json::array();
  for (const std::string& id : record.consents) {
    json one = {{"id", id}, {"status", ""}, {"valid_until", ""}, {"withdrawn_on", ""}};
    const auto consent = TRY(current(id));
    if (consent) {
      one["status"] = consent->record.status();
      one["valid_until"] = consent->record.value("valid_until").text;
      one["withdrawn_on"] = consent->record.value("withdrawn_on").text;
    } else if (TRY(store->recall(id))) {
      one["status"] = "recalled";
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace liaison
