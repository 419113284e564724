// SPDX-License-Identifier: Apache-2.0
// What an officer asks for, checked and made ready to leave.
#include <algorithm>

#include "nodes/domain/happened.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/nearness.h"
#include "nodes/domain/record_parts.h"
#include "nodes/domain/stale.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visits.h"
#include "nodes/domain/words.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kTitleBytesMax = 200;
std::int64_t day_of(TimeMs now_ms) { return static_cast<std::int64_t>(now_ms / kDayMs); }

// What would be a verdict about a received body is a mistake of input here.
Result<void> as_input(Result<void> checked) {
  if (checked || checked.error().code != Code::kBody) return checked;
  return fail(Code::kInput, checked.error().what, checked.error().hint);
}

std::string glance(const Record& record) {
  return "revision " + std::to_string(record.revision) + " (" + (record.status().empty() ? "" : record.status() + ", ") + "\"" +
         printable(record.title, 80) + "\")";
}

// An obligation is known by what is to be done, an expert's place by its designation.
std::string told_by_itself(const Record& record) {
  for (const char* field : {"what", "designation"}) {
    const std::string& text = record.value(field).text;
    if (record.kind->field(field) == nullptr || text.empty()) continue;
    return printable(text.substr(0, text.find('\n')), kTitleBytesMax);
  }
  return {};
}

std::string default_title(const Record& record) {
  if (std::string told = told_by_itself(record); !told.empty()) return told;
  std::vector<std::string> names;
  for (const auto& state : record.states) names.push_back(States::standard().name_of(state));
  std::string noun = record.kind->noun;
  std::replace(noun.begin(), noun.end(), '-', ' ');
  return noun + (names.empty() ? "" : " of " + listed(names));
}

void set_status(Record& record, const std::string& word) {
  for (std::size_t i = 0; i < record.kind->fields.size(); ++i) {
    if (record.kind->fields[i].name == "status") record.values[i].text = word;
  }
}

Error not_owner(const MemberId& who, const Record& record, const std::string& what) {
  return fail(Code::kNotOwner, record.record_id + " belongs to " + record.owner.str() + "; " + who.str() + " cannot " + what + " it",
              "answer it instead: liaison record answer " + record.record_id);
}

}  // namespace

Result<Draft> Records::Parts::draft(const Record& record, std::string marking, std::vector<MemberId> recipients) {
  TRY(as_input(check_record(record)));
  Draft draft;
  draft.kind = record.kind->kind;
  draft.marking = std::move(marking);
  draft.recipients = std::move(recipients);
  draft.body = encode_record(record);
  draft.record_id = record.record_id;
  draft.revision = record.revision;
  return draft;
}

// What the committee has configured for records of this kind, where nothing was said.
Result<void> Records::Parts::fill_defaults(Record& record, std::int64_t today) {
  const auto found = config.defaults.find(record.kind->kind);
  if (found == config.defaults.end()) return {};
  json fields = json::parse(found->second, nullptr, false);
  if (!fields.is_object()) return {};
  for (const RecordField& field : record.kind->fields) {
    if (!record.value(field.name).empty()) fields.erase(field.name);
    else if (fields.contains(field.name) && fields[field.name] == "today") fields[field.name] = date_text(today);
  }
  TRY(read_record_fields(fields, record));
  return {};
}

// A visit that has not begun has found nothing yet, and finds what lies in the States that it goes to.
Result<std::vector<std::string>> Records::Parts::visit_warnings(const Record& record, std::int64_t today) {
  std::vector<std::string> out;
  const std::string visit = record.kind->kind == "visit.need" ? record.value("visit").text : std::string();
  const auto id = parse_record_id(visit);
  if (visits == nullptr || !id || id->letter != "V") return out;
  const auto plan = visits->newest(visit);
  if (!plan && plan.error().code == Code::kStore) return plan.error();
  if (!plan) return out;   // check_named says it
  const auto days = known_days(*plan);
  if (days && days->first > today) out.push_back(visit + " begins on " + date_text(days->first) + ": it has found nothing yet");
  for (const std::string& state : record.states) {
    const bool goes = std::any_of(plan->states.begin(), plan->states.end(), [&](const StateRef& one) { return one.alpha3 == state; });
    if (!goes) out.push_back(visit + " does not go to " + States::standard().name_of(state));
  }
  return out;
}

Result<Draft> Records::create(const RecordKind& kind, const json& fields, Origin origin, TimeMs now_ms) {
  auto& parts = *parts_;
  Record record = liaison::record_of(kind);
  record.owner = parts.config.member;
  record.contact = parts.config.contact;
  record.paragraph = kind.paragraph;
  record.revision = 1;
  const auto wanted = TRY(read_record_fields(fields, record));
  if (record.title.empty()) record.title = default_title(record);
  if (origin == Origin::kOfficer) {
    TRY(parts.check_hands(liaison::record_of(kind), record));
    TRY(parts.fill_defaults(record, day_of(now_ms)));
  }
  const auto beginnings = cycle_of(kind).beginnings();
  if (record.status().empty()) set_status(record, beginnings.front());
  const std::string marking = wanted.marking.value_or("committees");
  TRY(check_marking(marking));
  const auto year = static_cast<std::uint32_t>(std::stoul(date_text(day_of(now_ms)).substr(0, 4)));
  const auto number = TRY(parts.store->last_number(record.owner.str(), kind.letter, year)) + 1;
  record.record_id = record_id_text(record.owner, kind.letter, year, number);
  auto recipients = TRY(audience_of(parts.config.others, marking, wanted.to));
  auto draft = TRY(parts.draft(record, marking, std::move(recipients)));
  TRY(parts.check_named(nullptr, record));
  if (origin == Origin::kOfficer) TRY(parts.check_step(nullptr, record, day_of(now_ms)));
  else if (record.source.empty()) return fail(Code::kInput, "source: a record of the past says where it was read", "give the document or page");
  TRY(check_happened(nullptr, record, day_of(now_ms)));
  for (std::string& warning : TRY(parts.visit_warnings(record, day_of(now_ms)))) draft.warnings.push_back(std::move(warning));
  return draft;
}

Result<Draft> Records::change(const std::string& record_id, std::uint32_t on_revision, const json& fields, TimeMs now_ms, Origin origin) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  const Record& before = current.record;
  if (before.owner != parts.config.member) return not_owner(parts.config.member, before, "change");
  if (on_revision != before.revision) {
    const auto old = TRY(parts.store->revision(record_id, on_revision));
    std::string made_on = "revision " + std::to_string(on_revision) + ", which does not exist", differ;
    if (old) {
      const Record was = TRY(stored_record(*old));
      Record yours = was;
      const bool readable = read_record_fields(fields, yours).has_value();
      made_on = glance(was);
      differ = ": " + differing_fields(changed_record_fields(was, before), readable ? changed_record_fields(was, yours) : json::object());
    }
    return fail(Code::kRevision, "the change was made on " + made_on + "; " + record_id + " now stands at " + glance(before) + differ,
                "look at it again and make the change on revision " + std::to_string(before.revision));
  }
  Record after = before;
  const auto wanted = TRY(read_record_fields(fields, after));
  if (after.title == before.title && before.title == told_by_itself(before)) after.title = told_by_itself(after);
  if (after == before && !wanted.marking && !wanted.to)
    return fail(Code::kInput, "nothing in this changes " + record_id, "give at least one field that differs");
  if (origin != Origin::kReckoned) TRY(parts.check_hands(before, after));
  after.revision = before.revision + 1;
  after.previous_revision = current.revision.hash;
  auto recipients = TRY(lasting_audience(current.revision, parts.config.others, wanted));
  auto draft = TRY(parts.draft(after, current.revision.marking, std::move(recipients)));
  TRY(parts.check_named(&before, after));
  TRY(parts.check_step(&current, after, day_of(now_ms), origin));
  TRY(parts.check_consents_last(current, after, day_of(now_ms)));
  TRY(check_happened(&before, after, day_of(now_ms)));   // a step says more of the day that it needs
  for (std::string& warning : TRY(parts.visit_warnings(after, day_of(now_ms)))) draft.warnings.push_back(std::move(warning));
  // A queued message may get another id before it is logged.
  if (current.revision.place.index) draft.in_reply_to = current.revision.message;
  return draft;
}

Result<void> Records::check_same(const std::string& record_id, const json& fields) {
  const auto current = TRY(parts_->known(record_id));
  Record said = current.record;
  const auto wanted = TRY(read_record_fields(fields, said));
  std::vector<std::string> names;
  const json differences = changed_record_fields(current.record, said);
  for (const auto& [name, change] : differences.items()) names.push_back(name);
  if (wanted.marking && *wanted.marking != current.revision.marking) names.push_back("marking");
  if (wanted.to) {
    auto asked = *wanted.to;
    std::sort(asked.begin(), asked.end());
    std::vector<std::string> members;
    for (const auto& member : current.revision.recipients) members.push_back(member.str());
    if (asked != members) names.push_back("to");
  }
  if (names.empty()) return {};
  return fail(Code::kRevision,
              "id: " + record_id + " stands at revision " + std::to_string(current.record.revision) + " and differs from this in " + listed(names),
              "an import changes nothing: liaison " + current.record.kind->noun + " change " + record_id + "; without its id the row is a new record");
}

Result<Draft> Records::answer(const std::string& record_id, const json& fields) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  const Record& record = current.record;
  if (record.owner == parts.config.member)
    return fail(Code::kInput, "id: " + record.owner.str() + " owns " + record_id + " and does not answer itself",
                "change it instead: liaison " + record.kind->noun + " change " + record_id);
  RecordAnswer answer;
  answer.record_id = record_id;
  answer.revision = record.revision;
  answer.record_hash = current.revision.hash;
  answer.contact = parts.config.contact;
  TRY(read_record_answer(fields, *record.kind, answer));
  TRY(as_input(check_record_answer(answer)));
  if (!answer.refers_to.empty()) {
    const auto named = parts.known(answer.refers_to);
    if (!named) return within("refers_to", named.error());
  }
  Draft draft;
  draft.recipients = TRY(told_of_answer(current.revision, record.owner, parts.config.others));
  draft.kind = kKindRecordAnswer;
  draft.marking = current.revision.marking;
  draft.in_reply_to = current.revision.message;
  draft.body = encode_record_answer(answer);
  draft.record_id = record_id;
  draft.revision = record.revision;
  return draft;
}

Result<Draft> Records::recall(const std::string& record_id, const json& fields) {
  auto& parts = *parts_;
  const auto current = TRY(parts.known(record_id));
  const Record& record = current.record;
  if (record.owner != parts.config.member) return not_owner(parts.config.member, record, "recall");
  const auto said = TRY(read_recall_fields(fields, parts.config.contact));
  const RecordRecall recall{record_id, record.revision, current.revision.hash, said.reason, said.contact};
  TRY(as_input(check_record_recall(recall)));
  Draft draft;
  draft.recipients = TRY(lasting_audience(current.revision, parts.config.others, {}));
  draft.kind = kKindRecordRecall;
  draft.marking = current.revision.marking;
  if (current.revision.place.index) draft.in_reply_to = current.revision.message;
  draft.body = encode_record_recall(recall);
  draft.record_id = record_id;
  draft.revision = record.revision;
  const auto answers = TRY(parts.store->answers(record_id)).size();
  if (answers > 0) draft.warnings.push_back("what was answered to it goes with it: " + std::to_string(answers) + (answers == 1 ? " answer" : " answers"));
  return draft;
}

}  // namespace liaison
