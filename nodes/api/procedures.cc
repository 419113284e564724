// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/procedures.h"

#include <algorithm>

#include "nodes/api/notices.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kLinesBytes = 15'000, kTextBytes = 1'000;

bool is_open(const std::string& status) { return status == "circulated" || status == "on_hold"; }
json time_json(const std::optional<TimeMs>& at) { return at ? json(rfc3339_millis(*at)) : json(nullptr); }

json names_json(const std::vector<MemberId>& members) {
  json out = json::array();
  for (const MemberId& one : members) out.push_back(one.str());
  return out;
}

// Of the text, what fits; never half a character.
std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + " ...";
}

std::string lines_of(const std::vector<std::string>& lines) {
  std::string out;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // The last line is the outcome, and always there.
    if (out.size() + lines[i].size() > kLinesBytes && i + 1 < lines.size()) ++left_out;
    else out += (out.empty() ? "" : "\n") + (left_out > 0 && i + 1 == lines.size() ? std::to_string(left_out) + " lines left out\n" : "") + lines[i];
  }
  return out;
}

json voice_json(const SilenceVoice& voice) {
  const SilenceWord& word = voice.word;
  return {{"committee", word.committee.str()}, {"answer", word.word}, {"at", rfc3339_millis(word.at)}, {"text", cut(word.text, kTextBytes)},
          {"message", hex(word.message)}, {"index", word.index}, {"late", voice.late}};
}

json notice_json(const SilenceNotice& notice) {
  json out = {{"committee", notice.committee.str()}, {"at", nullptr}, {"message", ""}, {"index", 0}, {"why_not", notice.why_not}, {"left", notice.left}};
  if (!notice.at) return out;
  out["at"] = rfc3339_millis(*notice.at);
  out["message"] = hex(notice.message);
  out["index"] = notice.index;
  return out;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

json verdict_json(const Silence& silence, const SilenceVerdict& verdict) {
  json out = {{"outcome", silence_word(verdict.outcome)}, {"starts", time_json(verdict.starts)}, {"deadline", nullptr},
      {"hold_until", time_json(verdict.hold_until)},
              {"outcome_at", time_json(verdict.at)}, {"not_notified", names_json(verdict.not_notified)}, {"holding", names_json(verdict.holding)},
              {"notified", json::array()}, {"voices", json::array()}, {"explanation", verdict.explanation}, {"holiday_files", json::array()}};
  if (verdict.deadline) out["deadline"] = rfc3339_millis(verdict.deadline->at);
  out["uncounted"] = verdict.uncounted ? json{{"what", verdict.uncounted->what}, {"hint", verdict.uncounted->hint}} : json(nullptr);
  for (const auto& one : silence.notices) out["notified"].push_back(notice_json(one));
  for (const auto& one : verdict.voices) out["voices"].push_back(voice_json(one));
  for (const auto& one : verdict.files) out["holiday_files"].push_back(file_name(one));
  return out;
}

std::string evidence_line(const std::string& what, const MessageId& message, std::uint64_t index, TimeMs at) {
  return what + ": message " + hex(message) + ", entry " + std::to_string(index) + ", accepted " + rfc3339_millis(at);
}

std::string evidence_of(Node& node, const Silence& silence, const SilenceVerdict& verdict) {
  std::vector<std::string> lines = {evidence_line("the proposal", silence.message, silence.index, silence.circulated_at)};
  for (const auto& one : silence.notices) {
    if (one.at) lines.push_back(evidence_line("delivery receipt of " + one.committee.str(), one.message, one.index, *one.at));
  }
  for (const auto& one : silence.extensions) lines.push_back(evidence_line("extension by the owner", one.message, one.index, one.at));
  for (const auto& one : verdict.voices)
    lines.push_back(evidence_line(one.word.committee.str() + " " + one.word.word + (one.late ? " (late)" : ""), one.word.message, one.word.index,
        one.word.at));
  lines.push_back("the log as it was read: " + std::to_string(node.mirror().size()) + " entries, the last one accepted " +
      rfc3339_millis(node.mirror().newest_ms()));
  return lines_of(lines);
}

// The fields of the signed outcome; for one that runs again the outcome's are empty.
json certificate_fields(Node& node, const Silence& silence, const SilenceVerdict& verdict) {
  const json all = verdict_json(silence, verdict);
  const bool runs = verdict.outcome == SilenceOutcome::kOpen;
  json fields = {{"status", runs ? "circulated" : all["outcome"].get<std::string>()}, {"computed", lines_of(verdict.explanation)},
      {"deadline", all["deadline"]},
                 {"ends", verdict.deadline ? json(date_text(verdict.deadline->day)) : json(nullptr)}, {"holiday_files", all["holiday_files"]},
                 {"hold_until", nullptr}, {"notified", json::array()}, {"voices", json::array()}, {"outcome_at", all["outcome_at"]},
                 {"evidence", evidence_of(node, silence, verdict)}};
  const auto station = parse_station(silence.station.empty() ? kHeadquarters : std::string_view(silence.station));
  if (verdict.hold_until && station) fields["hold_until"] = date_text(day_at(*station, *verdict.hold_until));
  for (json one : all["notified"]) {
    if (one["at"].is_null()) continue;
    one.erase("why_not");
    one.erase("left");
    fields["notified"].push_back(std::move(one));
  }
  for (const json& one : all["voices"]) {
    if (fields["voices"].size() < kCertificateVoicesMax) fields["voices"].push_back(one);
  }
  return fields;
}

Result<Record> own_open(Node& node, const std::string& record_id, const std::string& what) {
  Record record = TRY(node.records().newest(record_id));
  if (record.kind->kind != "procedure")
    return fail(Code::kInput, "id: " + record_id + " is a " + record.kind->noun + " and no procedure", "liaison procedure list shows them");
  if (record.owner != node.identity().member)
    return fail(Code::kNotOwner, record_id + " belongs to " + record.owner.str() + "; " + node.identity().member.str() + " cannot " + what + " it",
                "liaison procedure check " + record_id + " compares its certificate with this node's log");
  if (!is_open(record.status()))
    return fail(Code::kTransition, "status: " + record_id + " is " + record.status() + ", and nothing follows on that", "make a new proposal");
  const json shown = TRY(node.records().show(record_id, 0));
  if (shown["index"].is_null()) return fail(Code::kBusy, "the newest revision of " + record_id + " is not in the log yet", "try again in a moment");
  return record;
}

bool is_asked(const Silence& silence, const MemberId& member) {
  return std::any_of(silence.notices.begin(), silence.notices.end(), [&](const SilenceNotice& one) { return one.committee == member; });
}

// A word in time may be in a message that the broker keeps back.
Result<void> check_gaps(Node& node, const Silence& silence, const SilenceVerdict& verdict) {
  for (const PairsIn::Gap& gap : TRY(node.inbox().gaps())) {
    const std::uint64_t first = std::max(gap.from_index, silence.index) + 1;   // the first entry in which it may be
    if (!is_asked(silence, gap.sender) || first >= gap.to_index) continue;
    const Leaf leaf = TRY(node.mirror().leaf(first));
    if (leaf.accept_time_ms > *verdict.at) continue;
    return fail(Code::kBusy, "voices: a message of " + gap.sender.str() + " to this node is missing between entries " + std::to_string(first) + " and " +
                std::to_string(gap.to_index - 1) + " of the log, and may be an objection in time",
                "ask the office of " + gap.sender.str() + " what it has said, and the broker's operator for the message: liaison alarms");
  }
  return {};
}

Error unread(const MessageRow& row, const std::string& why, const std::string& record_id) {
  return fail(Code::kBusy, "voices: an answer of " + row.sender.str() + " in entry " + std::to_string(row.index.value_or(0)) + " of the log " + why +
              ", and may be an objection in time",
              "ask the office of " + row.sender.str() + " what it has said; to be sure, take the proposal back and make a new one: "
              "liaison procedure change " + record_id + " --status withdrawn --note WHY");
}

// Or in one that is here and could not be read.
Result<void> check_unread(Node& node, const std::string& record_id, const Silence& silence, const SilenceVerdict& verdict) {
  for (const SilenceNotice& one : silence.notices) {
    const auto row = TRY(node.rows().not_opened(one.committee, kKindRecordAnswer, silence.index, *verdict.at));
    if (row) return unread(*row, "could not be opened here", record_id);
  }
  for (std::uint64_t after = silence.index;;) {
    const auto rows = TRY(node.rows().not_shown(record_id, after, 64));
    if (rows.empty()) return {};
    for (const MessageRow& row : rows) {
      if (row.kind == kKindRecordAnswer && row.accepted_ms <= *verdict.at && is_asked(silence, row.sender))
        return unread(row, "does not fit the proposal that is known here", record_id);
    }
    after = rows.back().index.value_or(UINT64_MAX);
  }
}

// Whether all that may have been said in time is known. What was said cannot be unsaid: an objection needs no more.
Result<void> check_voices(Node& node, const std::string& record_id, const Silence& silence, const SilenceVerdict& verdict) {
  if (verdict.outcome != SilenceOutcome::kAdopted && verdict.outcome != SilenceOutcome::kLapsed) return {};
  TRY(check_gaps(node, silence, verdict));
  return check_unread(node, record_id, silence, verdict);
}

Error not_counted(const SilenceVerdict& verdict) {
  return fail(verdict.uncounted->code, "deadline: " + verdict.uncounted->what, verdict.uncounted->hint);
}

// The log's own time must lie behind the end: its times never go back, so that every word in time is before it.
Result<void> check_may_close(Node& node, const Record& record, const SilenceVerdict& verdict, TimeMs now_ms) {
  const std::string& id = record.record_id;
  const std::string last = verdict.explanation.back();
  switch (verdict.outcome) {
    case SilenceOutcome::kNotNotified:
      return fail(Code::kTransition, "notified: " + last, "ask that committee's office why its node is away; liaison record status " + id +
          " shows what it has");
    case SilenceOutcome::kOnHold:
      if (record.status() != "on_hold") return {};
      return fail(Code::kTransition, "status: " + last, "talk to who holds it, or give more time: liaison procedure extend " + id);
    case SilenceOutcome::kNotCounted: return not_counted(verdict);
    case SilenceOutcome::kOpen:
      if (verdict.uncounted && record.status() != "on_hold") return not_counted(verdict);
      break;
    default: return {};
  }
  if (record.status() == "on_hold") return {};   // given up: the time runs again
  const TimeMs log_ms = node.mirror().newest_ms();
  if (verdict.deadline && now_ms > verdict.deadline->at)
    return fail(Code::kBusy, "deadline: it is over by this node's clock, and the log's newest entry is of " + rfc3339_millis(log_ms) +
        ", before it: a word in time may still come",
                "any message behind the deadline shows that none does; liaison procedure change " + id + " --note \"...\" is one");
  return fail(Code::kTransition, "deadline: " + last, "wait for it; liaison procedure clock " + id + " shows how it was counted");
}

}  // namespace

Result<json> procedure_clock_json(Node& node, const std::string& record_id) {
  Silence silence = TRY(node.records().silence(record_id));
  const Record record = TRY(node.records().newest(record_id));
  const auto certificate = TRY(node.records().certificate(record_id));
  const bool own = record.owner == node.identity().member;
  if (own) TRY(add_own_notices(node, silence));
  else if (certificate) read_notices(certificate->record, silence);
  else TRY(keep_notice_of_this_node(node, silence));
  const auto verdict = TRY(reckon_silence(silence, node.settings().holidays, node.mirror().newest_ms()));
  const auto heard = own ? check_voices(node, record_id, silence, verdict) : Result<void>();
  if (!heard && heard.error().code == Code::kStore) return heard.error();
  json out = verdict_json(silence, verdict);
  if (!heard) out["explanation"].insert(out["explanation"].end() - 1, heard.error().what);
  const bool whole = own || certificate.has_value();
  out["id"] = record_id;
  out["title"] = record.title;
  out["owner"] = record.owner.str();
  out["status"] = record.status();
  out["log_at"] = rfc3339_millis(node.mirror().newest_ms());
  out["whole"] = whole;
  out["certificate"] = certificate ? json(certificate->revision) : json(nullptr);
  out["may_close"] = own && heard && is_open(record.status()) && verdict.outcome != SilenceOutcome::kNotCounted &&
                     (is_final(verdict.outcome) || (verdict.outcome == SilenceOutcome::kOnHold) != (record.status() == "on_hold"));
  if (!whole && (verdict.outcome == SilenceOutcome::kAdopted || verdict.outcome == SilenceOutcome::kNotNotified)) {
    out["outcome"] = "open";
    out["explanation"].erase(out["explanation"].size() - 1);
    out["explanation"].push_back("when the others were notified is known to " + record.owner.str() +
        ": the deadline is not before this one, and may be later");
  }
  return out;
}

Result<json> close_procedure(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "procedure.closed", [&]() -> Result<json> {
    TRY(check_object(fields, "", {"note"}));
    const Record record = TRY(own_open(node, record_id, "close"));
    Silence silence = TRY(node.records().silence(record_id));
    TRY(add_own_notices(node, silence));
    const auto verdict = TRY(reckon_silence(silence, node.settings().holidays, node.mirror().newest_ms()));
    TRY(check_may_close(node, record, verdict, act.now.wall_ms));
    TRY(check_voices(node, record_id, silence, verdict));
    json change = certificate_fields(node, silence, verdict);
    if (fields.contains("note")) change["note"] = fields["note"];
    Draft draft = TRY(node.records().change(record_id, record.revision, change, act.now.wall_ms, Records::Origin::kReckoned));
    draft.warnings.push_back(verdict.explanation.back());
    return send_draft(node, draft, act);
  });
}

Result<json> extend_procedure(Node& node, const std::string& record_id, const json& fields, const Act& act) {
  return one_act(node, act, "procedure.extended", [&]() -> Result<json> {
    TRY(check_object(fields, "", {"working_days", "hold_months", "reason"}));
    const Record record = TRY(own_open(node, record_id, "extend"));
    const auto number = [&](const char* name) { return fields.contains(name) && fields[name].is_number_unsigned() ? fields[name].get<std::uint64_t>() : 0; };
    const std::uint64_t days = number("working_days"), months = number("hold_months");
    const std::string reason = fields.contains("reason") ? TRY(read_text(fields["reason"], "reason")) : std::string();
    if ((days == 0) == (months == 0)) return wrong("working_days", "nothing, or both kinds of time, would be given",
        "give --days N, or --months N while it is on hold");
    if (reason.empty()) return wrong("reason", "is missing", "say why more time is given");
    if (record.value(days > 0 ? "extension_days" : "hold_extension_months").number > 0)
      return fail(Code::kTransition, (days > 0 ? "working_days: more time was" : "hold_months: more months were") +
          std::string(" given before, and that is done once"), "close it when it ends");
    const auto most = node.settings().hold_extension_months;
    if (months > most) return wrong("hold_months", std::to_string(months) + " is more than the " + std::to_string(most) + " that are configured",
        "see node.hold_extension_months");
    Silence silence = TRY(node.records().silence(record_id));
    TRY(add_own_notices(node, silence));
    const auto verdict = TRY(reckon_silence(silence, node.settings().holidays, std::max(node.mirror().newest_ms(), act.now.wall_ms)));
    if (verdict.outcome == SilenceOutcome::kNotCounted) return not_counted(verdict);
    if (is_final(verdict.outcome)) return fail(Code::kTransition, "status: " + verdict.explanation.back(), "liaison procedure close " + record_id);
    if (months > 0 && verdict.outcome != SilenceOutcome::kOnHold) return fail(Code::kTransition, "hold_months: nobody holds " + record_id,
        "give working days instead: --days N");
    json change = {{"extension_terms", reason}};
    change[days > 0 ? "extension_days" : "hold_extension_months"] = days > 0 ? days : months;
    const Draft draft = TRY(node.records().change(record_id, record.revision, change, act.now.wall_ms, Records::Origin::kReckoned));
    return send_draft(node, draft, act);
  });
}

Result<void> check_periods(const json& fields) {
  for (const char* name : {"working_days", "hold_months"}) {
    const auto given = fields.find(name);
    if (given != fields.end() && *given == 0)
      return fail(Code::kInput, std::string(name) + ": 0 is no period", "give 1 or more, or leave it out for what this committee has configured");
  }
  return {};
}

Result<void> look_at_proposal(const Node& node, Draft& draft, TimeMs now_ms) {
  const Record record = TRY(decode_record(draft.kind, draft.body));
  Silence silence;
  silence.station = record.value("duty_station").text;
  silence.closing_hour = record.value("closing_hour").text;
  const Holidays& holidays = node.settings().holidays;
  const WorkingDays calendar = TRY(calendar_of(silence, holidays));
  const auto days = static_cast<std::uint32_t>(record.value("working_days").number);
  const auto deadline = calendar.deadline(now_ms, {days, TermUnit::kWorkingDays});
  if (deadline) draft.warnings.push_back("when all have received it today, its deadline is " + moment_words(calendar.station(), deadline->at));
  else draft.warnings.push_back("its deadline cannot be counted yet: " + deadline.error().what + "; " + deadline.error().hint);
  return {};
}

}  // namespace liaison
