// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_samples.h"

#include <algorithm>
#include <iterator>

#include "nodes/domain/cycles.h"
#include "nodes/domain/states.h"

namespace liaison {
namespace {

using Form = RecordField::Form;
using Type = RecordField::Type;

constexpr std::int64_t kDaysApart = 9;
constexpr std::uint64_t kNumberMost = 1000;
constexpr unsigned kSaidPercent = 50, kDonePercent = 90, kOverPercent = 97;

}  // namespace

std::string SampleRecords::state() {
  const auto& states = States::standard().all();
  return states[random_() % states.size()].alpha3;
}

std::string SampleRecords::id(const MemberId& owner, const std::string& letter, std::int64_t day) {
  const auto year = static_cast<std::uint32_t>(std::stoul(date_text(day).substr(0, 4)));
  const std::string made = record_id_text(owner, letter, year, ++numbers_[owner.str() + letter + std::to_string(year)]);
  by_letter_[letter].push_back(made);
  ids_.push_back(made);
  return made;
}

// As many whole characters as fit.
std::string SampleRecords::line(std::size_t bytes, std::size_t words) {
  std::string out = language().text(words, random_);
  if (out.size() <= bytes) return out;
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
  return out.substr(0, end);
}

// Most days of a record are known; of some only the month is.
std::string SampleRecords::date(const RecordField& field) {
  const std::string day = date_text(day_ + days_apart_ * dates_++);
  if (field.form == Form::kTime) return day + "T09:30:00Z";
  return field.form == Form::kDate && chance(10) ? day.substr(0, 7) : day;
}

std::string SampleRecords::named(const RecordField& field) {
  if (field.of.empty()) return ids_.empty() ? "" : any_id();
  const auto& known = by_letter_[field.of[random_() % field.of.size()]];
  if (!known.empty()) return known[random_() % known.size()];
  return field.needed ? record_id_text(members_[0], field.of[0], 2026, 1) : "";
}

std::string SampleRecords::text(const RecordField& field) {
  static const std::vector<std::string> languages = {"ar", "zh", "en", "fr", "ru", "es"};
  switch (field.form) {
    case Form::kDate:
    case Form::kDay:
    case Form::kTime: return date(field);
    case Form::kMember: return members_[random_() % members_.size()].str();
    case Form::kRecord: return named(field);
    case Form::kState: return state();
    case Form::kSymbol: return "S/" + std::to_string(2008 + random_() % 20) + "/" + std::to_string(random_() % 1200);
    case Form::kLanguage: return languages[random_() % languages.size()];
    case Form::kLine: return line(field.bytes, 3 + random_() % 8);
    case Form::kLines: return line(field.bytes, 15 + random_() % 50);
  }
  return "";
}

RecordValue SampleRecords::one(const RecordField& field) {
  RecordValue out;
  if (field.type == Type::kText) out.text = text(field);
  else if (field.type == Type::kWord) out.text = field.words[random_() % field.words.size()];
  else if (field.type == Type::kNumber) out.number = 1 + random_() % std::min(field.most, kNumberMost);
  else if (field.type == Type::kFlag) out.flag = true;
  else out.items = values(field.parts);
  return out;
}

RecordValue SampleRecords::value(const RecordField& field) {
  if (!field.list) return one(field);
  RecordValue out;
  const std::uint64_t most = field.type == Type::kPart ? std::max<std::uint64_t>(2, field.most / 20) : 2;
  for (auto left = 1 + random_() % std::min(most, field.most); left > 0; --left) {
    RecordValue entry = one(field);
    const bool again = field.type != Type::kPart && std::find(out.items.begin(), out.items.end(), entry) != out.items.end();
    if (!again && !entry.empty()) out.items.push_back(std::move(entry));
  }
  return out;
}

// What is due was mostly done.
bool SampleRecords::is_said(const RecordField& field, const std::vector<RecordField>& beside) {
  const bool ends = std::any_of(beside.begin(), beside.end(), [&](const RecordField& one) { return one.done == field.name; });
  return field.needed || chance(ends ? kDonePercent : kSaidPercent);
}

std::vector<RecordValue> SampleRecords::values(const std::vector<RecordField>& fields) {
  std::vector<RecordValue> out;
  for (const RecordField& field : fields) out.push_back(is_said(field, fields) ? value(field) : RecordValue{});
  return out;
}

// What is old is mostly over, by its kind's table; of the rest any status.
void SampleRecords::settle(Record& record, bool old) {
  const std::size_t status = place_of(record.kind->fields, "status");
  if (status == record.values.size()) return;
  std::vector<std::string> among = record.kind->statuses(), over;
  std::copy_if(among.begin(), among.end(), std::back_inserter(over), [&](const std::string& one) { return cycle_of(*record.kind).is_over(one); });
  if (old && !over.empty() && chance(kOverPercent)) among = over;
  record.values[status].text = among[random_() % among.size()];
}

Record SampleRecords::record(const RecordKind& kind, const MemberId& owner, std::int64_t day, bool old) {
  Record out = record_of(kind);
  out.record_id = id(owner, kind.letter, day);
  out.revision = 1;
  out.owner = owner;
  out.title = line(200, 4 + random_() % 6);
  out.states.push_back(state());
  if (std::string more = state(); chance(15) && more != out.states[0]) out.states.push_back(std::move(more));
  out.paragraph = kind.paragraph;
  out.contact = owner.str() + " secretariat";
  if (chance(40)) out.note = line(2000, 10 + random_() % 60);
  if (chance(20)) out.source = line(200, 4);
  if (chance(30)) out.related.push_back(any_id());
  // Days in the page's order mostly are those of the record's life; a page that says otherwise gets one day for all.
  for (days_apart_ = kDaysApart;; days_apart_ = 0) {
    day_ = day;
    dates_ = 0;
    out.values = values(kind.fields);
    settle(out, old);
    const auto good = check_record(out);
    if (good) return out;
    CHECK(days_apart_ > 0);
  }
}

Record SampleRecords::next(const Record& before, const Hash& previous) {
  Record out = before;
  ++out.revision;
  out.previous_revision = previous;
  out.title = line(200, 4 + random_() % 6);
  settle(out, true);
  return out;
}

VisitPlan SampleRecords::visit(const MemberId& lead, std::int64_t day) {
  VisitPlan plan;
  plan.lead = lead;
  plan.record_id = id(lead, "V", day);
  plan.revision = 1;
  plan.status = VisitStatus::conducted;
  plan.title = line(200, 6);
  plan.states.push_back({state(), ""});
  if (std::string more = state(); chance(5) && more != plan.states[0].alpha3) plan.states.push_back({std::move(more), ""});
  const auto length = static_cast<std::int64_t>(random_() % 5);
  plan.components.push_back({ComponentMode::on_site, date_text(day), date_text(day + length), DatePrecision::day, {"the capital"}});
  plan.consent.status = ConsentStatus::as_source_says;
  plan.paragraph = "S/RES/1977 (2011), paragraph 11";
  plan.contact = lead.str() + " secretariat";
  plan.note = line(2000, 20);
  return plan;
}

}  // namespace liaison
