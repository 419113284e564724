// SPDX-License-Identifier: Apache-2.0
// Whether a record may take a step: the table of its kind says which there are and what each needs.
#include <algorithm>
#include <set>

#include "nodes/domain/consent_audience.h"
#include "nodes/domain/happened.h"
#include "nodes/domain/record_parts.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using What = Need::What;

std::string why(const CycleMove& move) { return move.basis.empty() ? "" : " (" + move.basis + ")"; }

Error lacking(const CycleMove& move, const std::string& field, const std::string& what, std::string hint) {
  return fail(Code::kTransition, field + ": the step to " + in_words(move.to) + " needs " + what + why(move), std::move(hint));
}

// The text of a field of the head or of the kind; a list counts as there when it is not empty.
RecordValue value_named(const Record& record, const std::string& field) {
  if (record.kind->field(field) != nullptr) return record.value(field);
  const auto said = [](std::string_view text) { return RecordValue{std::string(text), 0, false, {}}; };
  if (field == "note") return said(record.note);
  if (field == "source") return said(record.source);
  if (field == "states") return said(record.states.empty() ? "" : record.states.front());
  if (field == "related") return said(record.related.empty() ? "" : record.related.front());
  return said("");
}

std::string meaning_of(const Record& record, const std::string& field) {
  const RecordField* found = record.kind->field(field);
  return found == nullptr || found->meaning.empty() ? "give it with this step" : "give it with this step: " + found->meaning;
}

bool covers(const Record& consent, const std::string& act) {
  for (const RecordValue& one : consent.value("acts").items) {
    if (one.text == act) return true;
  }
  return false;
}

bool is_about_others(const Record& consent, const std::string& record_id) {
  const auto& about = consent.value("about").items;
  return !about.empty() && std::none_of(about.begin(), about.end(), [&](const RecordValue& one) { return one.text == record_id; });
}

// What must not be said as long as the record stands so, whichever way it came there.
Result<void> check_without(const Record& after) {
  for (const CycleMove& move : cycle_of(*after.kind).moves) {
    if (move.to != after.status()) continue;
    for (const Need& need : move.needs) {
      if (need.what == Need::What::kWithout && !value_named(after, need.of).empty())
        return fail(Code::kTransition, need.of + ": is not told as long as it is " + in_words(move.to) + why(move),
                    "leave it out, or take the step that may tell it");
    }
  }
  return {};
}

// The steps from here on which nothing follows.
std::string endings_hint(const Cycle& cycle, const std::string& from) {
  std::vector<std::string> ends;
  for (const std::string& to : cycle.next(from)) {
    if (cycle.next(to).empty()) ends.push_back(in_words(to));
  }
  return ends.empty() ? "say in its note how it stands" : "end it: from " + in_words(from) + " it may still become " + listed(ends);
}

}  // namespace

std::vector<MemberId> committees_in(const Record& record, const std::string& field) {
  std::vector<MemberId> out;
  const auto& parts = record.kind->field(field)->parts;
  for (const RecordValue& part : record.value(field).items) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto member = parts[i].name == "committee" ? MemberId::parse(part.items[i].text) : std::nullopt;
      if (member) out.push_back(*member);
    }
  }
  return out;
}

Result<std::vector<GoneRecord>> Records::Parts::gone_below(const Record& record) {
  std::vector<GoneRecord> out;
  for (const CycleMove& move : cycle_of(*record.kind).moves) {
    for (const Need& need : move.needs) {
      if (!move.from.empty() || need.what != What::kRecord) continue;
      if (auto recall = TRY(store->recall(record.value(need.of).text))) out.push_back({need.of, std::move(*recall)});
    }
  }
  return out;
}

Result<void> Records::Parts::check_step(const CurrentRecord* before, const Record& after, std::int64_t today, Origin origin) {
  const Cycle& cycle = cycle_of(*after.kind);
  const std::string& to = after.status();
  TRY(check_without(after));
  if (before != nullptr && before->record.status() == to) return {};
  const CycleMove* move = before == nullptr ? cycle.beginning(to) : cycle.move(before->record.status(), to);
  if (move == nullptr && before == nullptr)
    return fail(Code::kTransition, "status: " + with_article(after.kind->noun) + " does not begin as " + in_words(to),
                "it begins as " + listed(cycle.beginnings()) + "; what is long past is imported with --historical");
  if (move == nullptr) {
    const auto next = cycle.next(before->record.status());
    return fail(Code::kTransition,
                "status: " + with_article(after.kind->noun) + " that is " + in_words(before->record.status()) + " does not become " + in_words(to),
                next.empty() ? "nothing follows on " + in_words(before->record.status()) : "from there it may become " + one_of(next));
  }
  if (before != nullptr && !cycle.next(to).empty()) {
    for (const GoneRecord& gone : TRY(gone_below(after)))
      return fail(Code::kTransition, gone.field + ": " + recall_sentence(gone.recall) + "; " + after.record_id + " rests on it and goes no further",
                  endings_hint(cycle, before->record.status()));
  }
  for (const Need& need : move->needs) {
    if (need.what == What::kLog && origin == Origin::kReckoned) continue;
    TRY(check_need(before, after, *move, need, today));
  }
  return {};
}

Result<void> Records::Parts::check_hands(const Record& before, const Record& after) {
  for (std::size_t i = 0; i < after.values.size(); ++i) {
    const RecordField& field = after.kind->fields[i];
    if (field.set == RecordField::Set::kOwner || after.values[i] == before.values[i]) continue;
    if (field.set == RecordField::Set::kNode)
      return fail(Code::kInput, field.name + ": is reckoned from the log and not given by hand", "leave it out");
    if (before.revision > 0)
      return fail(Code::kInput, field.name + ": stays as " + after.record_id + " was begun with",
          "take this one back with --status withdrawn, and make a new one");
  }
  return {};
}

Result<void> Records::Parts::check_need(const CurrentRecord* before, const Record& after, const CycleMove& move, const Need& need, std::int64_t today) {
  const RecordValue value = need.what == What::kConsent || need.what == What::kAnswer || need.what == What::kLog ? RecordValue{}
      : value_named(after, need.of);
  switch (need.what) {
    case What::kSet: return value.empty() ? lacking(move, need.of, "it", meaning_of(after, need.of)) : Result<void>();
    case What::kWithout: return {};   // check_without has looked
    case What::kDay: {
      if (value.empty()) return lacking(move, need.of, "its day", meaning_of(after, need.of));
      const auto day = parse_date(value.text);
      if (!day) return lacking(move, need.of, "the day, and " + value.text + " says less", "write it as 2027-03-08");
      if (*day > today + kZonesDays)
        return lacking(move, need.of, "it to have come, and " + value.text + " is still to come", "take the step on that day, or correct it");
      return {};
    }
    case What::kPast: {
      const auto days = span_of(value.text);
      if (!days) return lacking(move, need.of, "its day", meaning_of(after, need.of));
      if (days->last >= today) return lacking(move, need.of, "it to be over, and " + value.text + (days->last > today ? " is still to come" : " is today"),
          "take the step after that day, or correct it");
      return {};
    }
    case What::kLog:
      return fail(Code::kTransition, "status: " + in_words(move.to) + " is what the log says, and nobody sets it by hand" + why(move),
                  "liaison " + after.kind->noun + " close " + after.record_id + " reckons it");
    case What::kRecord: {
      if (value.text.empty()) return lacking(move, need.of, "the record that is meant", "give its id");
      auto named = known(value.text);
      if (!named && named.error().code != Code::kStore) return fail(Code::kTransition, need.of + ": " + named.error().what, named.error().hint);
      return named ? Result<void>() : Result<void>(named.error());
    }
    case What::kAnswer:
      return before == nullptr ? Result<void>(lacking(move, "answers", "answers first", "make the record, and wait for them"))
                               : check_answers(*before, after, move, need);
    case What::kConsent: {
      const std::vector<MemberId> told = before == nullptr ? std::vector<MemberId>() : before->revision.recipients;
      return check_consent(after, move, need.of, told, today);
    }
  }
  return {};
}

Result<void> Records::Parts::check_answers(const CurrentRecord& before, const Record& after, const CycleMove& move, const Need& need) {
  std::map<MemberId, std::string> last;
  for (const auto& one : TRY(store->answers(before.row.record))) {
    if (one.answer == "objects" || one.answer == "declines" || one.answer == need.of) last[one.sender] = one.answer;
  }
  const auto asked = need.by.empty() ? before.revision.recipients : committees_in(after, need.by);
  for (const MemberId& member : asked) {
    if (member == after.owner) continue;
    const auto said = last.find(member);
    if (said == last.end())
      return lacking(move, "answers", member.str() + " to say that it " + need.of, "ask its office; liaison record show " + before.row.record);
    if (said->second != need.of)
      return lacking(move, "answers", "everybody's word, and " + member.str() + " " + said->second, "talk to " + member.str() + " first");
  }
  // Whoever else was told may still object.
  for (const auto& [member, word] : last) {
    if (word == "objects") return lacking(move, "answers", "that nobody objects, and " + member.str() + " objects", "talk to " + member.str() + " first");
  }
  return {};
}

// Each State of the record must have said yes to this act, in a consent that is still in force; organisations have none to give.
Result<Records::Parts::Missing> Records::Parts::missing_consents(const Record& record, const std::string& act, const std::vector<MemberId>& told,
                                                                 std::int64_t today) {
  Missing out{{record.states.begin(), record.states.end()}, {}};
  for (const std::string& id : record.consents) {
    auto named = known(id);
    if (!named && named.error().code != Code::kStore) return fail(Code::kTransition, "consents: " + named.error().what, named.error().hint);
    if (!named) return std::move(named).error();
    const Record& consent = named->record;
    if (!covers(consent, act)) continue;
    const auto until = span_of(consent.value("valid_until").text);
    if (consent.status() != "granted") out.why_not = id + " is " + in_words(consent.status());
    else if (until && until->last < today) out.why_not = id + " was valid until " + consent.value("valid_until").text;
    else if (is_about_others(consent, record.record_id)) out.why_not = id + " is about other records";
    else if (const auto other = not_for(consent, record.owner, told)) out.why_not = id + " " + not_for_words(consent, *other);
    else for (const std::string& state : consent.states) out.states.erase(state);
  }
  return out;
}

Result<void> Records::Parts::check_consent(const Record& after, const CycleMove& move, const std::string& act, const std::vector<MemberId>& told,
                                           std::int64_t today) {
  const auto missing = TRY(missing_consents(after, act, told, today));
  if (missing.states.empty()) return {};
  const std::string& first = *missing.states.begin();
  return fail(Code::kTransition,
              "consents: the step to " + in_words(move.to) + " needs the consent of " + States::standard().name_of(first) + " to " + act +
                  (missing.why_not.empty() ? "" : ", and " + missing.why_not) + why(move),
              "record it with liaison consent new --state " + first + " --act " + act + ", and name it with --consent");
}

Result<bool> Records::Parts::holds(const RecordId& id, const std::string& record) {
  if (id.letter == "V") return visits == nullptr ? Result<bool>(true) : visits->knows(record);
  const auto row = TRY(store->row(record));
  if (row) return true;
  return TRY(store->recall(record)).has_value();
}

Result<void> Records::Parts::check_named(const Record* before, const Record& after) {
  std::set<std::string> named;
  if (before != nullptr) {
    for (const auto& link : links_of(*before)) named.insert(link.record);
  }
  for (const auto& link : links_of(after)) {
    const auto id = parse_record_id(link.record);
    if (!id || id->owner != config.member || link.record == after.record_id || !named.insert(link.record).second) continue;
    const bool held = TRY(holds(*id, link.record));
    if (!held)
      return fail(Code::kInput, link.field + ": " + config.member.str() + " has no record " + link.record + ", and all of its own are known here",
                  "look the id up, with liaison search or the list of its kind; or make that record first");
  }
  return {};
}

}  // namespace liaison
