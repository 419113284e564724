// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/explain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/api/messages.h"
#include "nodes/api/visit_status.h"
#include "nodes/domain/filters.h"
#include "nodes/explain.h"
#include "schemas/date_hint.h"
#include "schemas/dates.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kDayMs = 86'400'000;

struct Question {
  MemberId reader;
  std::optional<TimeMs> on;
};

Result<MemberId> member_in(const std::string& text, const char* name) {
  const auto member = MemberId::parse(text);
  if (!member) return fail(Code::kInput, std::string(name) + ": \"" + text.substr(0, 64) + "\" is not the id of a committee", "write it as 1267");
  return *member;
}

Result<std::optional<TimeMs>> on_in(const Filters& query, Now now) {
  const std::string text = filter_text(query, "on");
  if (text.empty()) return std::optional<TimeMs>();
  std::optional<TimeMs> at = parse_time(text);
  const auto day = parse_date(text);
  if (!at && day && *day >= 0) at = (static_cast<TimeMs>(*day) + 1) * kDayMs - 1;
  if (!at) return fail(Code::kInput, "on: \"" + text.substr(0, 32) + "\" is not a day or time", date_hint(text, "write it as 2027-03-08"));
  if (*at < now.wall_ms) return at;
  if (*at - now.wall_ms < kDayMs && day) return std::optional<TimeMs>(now.wall_ms);   // today
  return fail(Code::kInput, "on: " + text.substr(0, 32) + " is still to come, and nobody knows which policy will be in force",
              "give a day that is over, or leave it out");
}

json word_json(const PolicyWord& word, const SeenBy& seen) {
  return {{"may_see", word.may_see()}, {"reason", word_of(word.reason)}, {"roster", word.roster}, {"policy", word.policy},
          {"since", word.since_ms == 0 ? json(nullptr) : json(rfc3339_millis(word.since_ms))}, {"verdict", code_name(word.verdict)}, {"rule", word.rule},
          {"basis", word.basis}, {"sentence", policy_sentence(word, seen)}};
}

// --- a message

struct Taken {   // a record that was taken back
  bool recalled = false;
  std::string by;
  TimeMs at_ms = 0;
};

struct Verdict {
  const char* answer;   // could, could_not, cannot_know
  const char* reason;
  std::string sentence;
};

// From what the log and the own rows say; nothing when the message is in the log and addressed to the reader.
std::optional<Verdict> without_delivery(const Node& node, const MessageRow& row, const SeenBy& seen, const PolicyWord& word, const Question& question) {
  const std::string reader = question.reader.str();
  if (row.state == MessageState::kRefused || (row.own && row.index && row.verdict != Code::kAccepted))
    return Verdict{"could_not", "refused", "it was refused (" + std::string(code_name(row.verdict)) + ": " + std::string(code_sentence(row.verdict)) +
                                           "), and nobody received it"};
  if (!row.index) return Verdict{"could_not", "queued", "it waits at this node and is not in the log yet, so that nobody has it"};
  if (question.on && row.accepted_ms > *question.on)
    return Verdict{"could_not", "before", "on " + utc_text(*question.on) + " it was not in the log yet, so that nobody had it"};
  if (seen.reader == seen.sender) return Verdict{"could", "own", reader + " sent it"};
  if (word.reason == PolicyWord::Reason::kNotMember) return Verdict{"could_not", "not_member", reader + " was no member of the exchange then"};
  if (std::binary_search(row.recipients.begin(), row.recipients.end(), question.reader)) return std::nullopt;
  SeenBy wider = seen;
  wider.recipients.push_back(question.reader);
  std::sort(wider.recipients.begin(), wider.recipients.end());
  const PolicyWord would = policy_word(node.mandates().at(*row.index), wider);
  return Verdict{"could_not", "not_addressed", reader + " is none of its recipients; " +
                 (would.may_see() ? "the policy would have allowed it (rule " + would.rule + ", " + would.basis + "): its sender chose the audience"
                                  : "nor would the policy have allowed it" + (would.rule == "default" ? std::string(": no rule does")
                                                                                                      : " (rule " + would.rule + ", " + would.basis + ")"))};
}

Verdict delivery_verdict(const std::optional<DeliveryRow>& delivery, const std::string& reader, const Question& question) {
  if (!delivery) return {"could", "addressed", reader + " is a recipient; no receipt is asked for this kind"};
  if (!delivery->verdict || (question.on && delivery->at_ms > *question.on))
    return {"could", "waiting", reader + " is a recipient, and " + (question.on ? "on " + utc_text(*question.on) + " had" : std::string("has")) +
                                " not confirmed that it received it"};
  if (*delivery->verdict == kLeftTheRoster) return {"could_not", "left", reader + " left the exchange before it confirmed that it received it"};
  const auto code = static_cast<Code>(*delivery->verdict);
  if (code != Code::kAccepted)
    return {"could_not", "not_taken",
            reader + " received it and could not take it (" + std::string(code_name(code)) + ": " + std::string(code_sentence(code)) + ")"};
  return {"could", "opened", reader + " received and opened it, as its receipt of " + utc_text(delivery->at_ms) + " says" +
                             (delivery->receipt_index == 0 ? "" : " (entry " + std::to_string(delivery->receipt_index) + ")")};
}

Result<Verdict> verdict_of(Node& node, const MessageRow& row, const SeenBy& seen, const PolicyWord& word, const Taken& taken, const Question& question) {
  if (auto early = without_delivery(node, row, seen, word, question)) return std::move(*early);
  const std::string reader = question.reader.str();
  if (taken.recalled && (!question.on || taken.at_ms <= *question.on) && !Views::is_recall(row.kind))
    return Verdict{"could_not", "recalled", reader + " was a recipient until " + taken.by + " recalled the record" +
                                            (taken.at_ms == 0 ? std::string() : " on " + utc_text(taken.at_ms)) + "; its copy goes with that"};
  if (row.own) {
    std::optional<DeliveryRow> of_reader;
    for (DeliveryRow& one : TRY(node.rows().deliveries(row.id))) {
      if (one.member == question.reader) of_reader = std::move(one);
    }
    return delivery_verdict(of_reader, reader, question);
  }
  if (question.reader != node.identity().member)
    return Verdict{"could", "addressed",
                   reader + " is a recipient; whether it has opened it only its sender " + row.sender.str() + " can know, who gets the receipt"};
  if (row.verdict != Code::kAccepted)
    return Verdict{"could_not", "not_taken", "this node received it and could not take it (" + std::string(code_name(row.verdict)) + ": " +
                                             std::string(code_sentence(row.verdict)) + ")"};
  return Verdict{"could", "opened", "this node has received and opened it"};
}

std::string carried_sentence(const MessageRow& row) {
  std::string to;
  for (const MemberId& member : row.recipients) to += (to.empty() ? "" : ", ") + member.str();
  return row.kind + " of " + row.sender.str() + ", marked " + row.marking + ", to " + to +
         (row.index ? ", entry " + std::to_string(*row.index) + " of the log, " + utc_text(row.accepted_ms) : "");
}

Result<json> message_explained(Node& node, const MessageRow& row, const Taken& taken, const std::string& what, const Question& question) {
  const SeenBy seen{question.reader, row.sender, row.kind, row.marking, row.recipients};
  const Mandates& mandates = node.mandates();
  const Mandates::Term* then = row.index ? mandates.at(*row.index) : mandates.newest();
  const PolicyWord word = policy_word(then, seen);
  const Verdict verdict = TRY(verdict_of(node, row, seen, word, taken, question));
  json sentences = json::array({carried_sentence(row)});
  sentences.push_back(std::string(row.index ? "at that entry, " : "today, ") + policy_sentence(word, seen));
  const Mandates::Term* on = question.on ? mandates.at_time(*question.on) : nullptr;
  if (on != nullptr && on != then && row.index) sentences.push_back("on " + utc_text(*question.on) + ", " + policy_sentence(policy_word(on, seen), seen));
  json today = nullptr;
  if (mandates.newest() != nullptr && mandates.newest() != then) {
    const PolicyWord now = policy_word(mandates.newest(), seen);
    today = word_json(now, seen);
    sentences.push_back("today, " + policy_sentence(now, seen) + (now.same_word(word) ? "; that is as it was" : ""));
  }
  sentences.push_back(verdict.sentence);
  return json{{"what", what.empty() ? row.kind : what}, {"message_id", row.state == MessageState::kDraft ? json(nullptr) : json(hex(row.message_id))},
              {"kind", row.kind}, {"sender", row.sender.str()}, {"marking", row.marking}, {"index", row.index ? json(*row.index) : json(nullptr)},
              {"accepted_at", row.accepted_ms == 0 ? json(nullptr) : json(rfc3339_millis(row.accepted_ms))}, {"answer", verdict.answer},
              {"reason", verdict.reason}, {"sentence", verdict.sentence}, {"policy", word_json(word, seen)}, {"today", std::move(today)},
              {"sentences", std::move(sentences)}};
}

json head_json(const Question& question, const std::string& id, const char* answer, const char* reason, std::string sentence) {
  return {{"for", question.reader.str()}, {"on", question.on ? json(rfc3339_millis(*question.on)) : json(nullptr)},
          {"id", id.empty() ? json(nullptr) : json(id)},
          {"answer", answer}, {"reason", reason}, {"sentence", std::move(sentence)}, {"items", json::array()}};
}

// --- a record

Taken taken_of(const json& status) {
  Taken out;
  out.recalled = status.value("recalled", false);
  for (const json& one : status["messages"]) {
    if (one["what"] != "recall") continue;
    out.by = one["from"].is_string() ? one["from"].get<std::string>() : std::string();
    const auto at = one["accepted_at"].is_string() ? parse_time(one["accepted_at"].get<std::string>()) : std::nullopt;
    out.at_ms = at.value_or(0);
  }
  return out;
}

json unknown_record(Node& node, const Question& question, const std::string& id, const RecordId& parsed, const Error& error) {
  if (parsed.owner == node.identity().member) return head_json(question, id, "could_not", "no_record", error.what + ": nobody could see it");
  return head_json(question, id, "cannot_know", "not_told", "this node was never told of " + id + ", and cannot know more: either " + parsed.owner.str() +
                   " never made it, or its audience did not have this committee; the node of " + parsed.owner.str() + " can say");
}

Result<json> record_explained(Node& node, const std::string& id, const RecordId& parsed, const Question& question) {
  const auto status = parsed.letter == "V" ? visit_status_json(node, id) : record_status_json(node, id);
  if (!status && status.error().code == Code::kUnknown) return unknown_record(node, question, id, parsed, status.error());
  if (!status) return status.error();
  const Taken taken = taken_of(*status);
  json items = json::array();
  std::size_t seen = 0, said = 0;
  for (const json& one : (*status)["messages"]) {
    const auto bytes = one["message_id"].is_string() ? from_hex(one["message_id"].get<std::string>()) : std::nullopt;
    const auto message = bytes ? array_from<MessageId>(*bytes) : std::nullopt;
    const auto row = message ? TRY(node.rows().find(*message)) : std::nullopt;
    if (!row) continue;
    items.push_back(TRY(message_explained(node, *row, taken, one["what"], question)));
    if (Views::is_recall(row->kind)) continue;   // which says that there was something, and no more
    ++said;
    if (items.back()["answer"] == "could") ++seen;
  }
  const bool all = seen == said && seen > 0;
  std::string sentence = question.reader.str() + (seen == 0 ? " could not see " : " could see ") + id;
  if (seen > 0 && !all) sentence += ": " + std::to_string(seen) + " of " + std::to_string(said) + " messages about it";
  if (taken.recalled) sentence += "; it was recalled" + (taken.at_ms == 0 ? std::string() : " on " + utc_text(taken.at_ms));
  const std::string reason = items.empty() ? "no_message" : items.back()["reason"].get<std::string>();
  json out = head_json(question, id, seen > 0 ? "could" : "could_not", reason.c_str(), std::move(sentence));
  out["items"] = std::move(items);
  return out;
}

// Of a received message the views know the record; of an own one the row.
Result<Taken> taken_of_row(Node& node, const MessageRow& row) {
  if (row.record_id.empty()) return Taken{};
  const auto parsed = parse_record_id(row.record_id);
  const bool visit = !parsed || parsed->letter == "V";
  const auto status = visit ? visit_status_json(node, row.record_id) : record_status_json(node, row.record_id);
  if (!status && status.error().code == Code::kStore) return status.error();
  return status ? taken_of(*status) : Taken{};
}

Result<json> one_message(Node& node, const std::string& id, const Question& question) {
  const auto row = find_message(node, id);
  if (!row && row.error().code == Code::kUnknown)
    return head_json(question, id, "cannot_know", "not_told",
                     "this node has no message " + id + ", and cannot know more: there is none, or it was neither sent by this "
                     "committee nor addressed to it; the node of its sender can say");
  if (!row) return row.error();
  Taken taken = TRY(taken_of_row(node, *row));
  if (!row->own && row->verdict == Code::kAccepted && row->content_key.empty() && Views::folds(row->kind) && !Views::is_recall(row->kind)) {
    taken.recalled = true;   // what opens it has been removed, which only a recall does
    taken.by = row->sender.str();
  }
  json item = TRY(message_explained(node, *row, taken, "", question));
  json out = head_json(question, hex(row->message_id), "", "", item["sentence"]);
  out["answer"] = item["answer"];
  out["reason"] = item["reason"];
  out["items"].push_back(std::move(item));
  return out;
}

// --- what was never sent

Result<std::vector<MemberId>> recipients_in(Node& node, const Filters& query, const MemberId& sender, const std::string& marking, const MemberId& reader) {
  std::vector<MemberId> out;
  std::string rest = filter_text(query, "to");
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    out.push_back(TRY(member_in(rest.substr(0, comma), "to")));
    rest.erase(0, comma + 1);
  }
  if (out.empty() && marking == "named") out.push_back(reader);
  if (out.empty()) {
    for (const RosterMember& member : node.roster().members) {
      if (member.id != sender) out.push_back(member.id);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<json> imagined(Node& node, const Filters& query, const Question& question) {
  SeenBy seen;
  seen.reader = question.reader;
  std::vector<std::string_view> kinds;
  for (const SchemaLine& line : schema_list()) kinds.push_back(line.kind);
  seen.kind = TRY(filter_word(query, "kind", kinds));
  seen.marking = filter_text(query, "marking");
  if (seen.kind.empty()) return fail(Code::kInput, "kind: is missing", "give id, or kind, from and marking");
  if (seen.marking.empty()) seen.marking = "committees";
  const std::string from = filter_text(query, "from");
  if (from.empty()) seen.sender = node.identity().member;
  else seen.sender = TRY(member_in(from, "from"));
  seen.recipients = TRY(recipients_in(node, query, seen.sender, seen.marking, question.reader));
  const Mandates& mandates = node.mandates();
  const Mandates::Term* then = question.on ? mandates.at_time(*question.on) : mandates.newest();
  const PolicyWord word = policy_word(then, seen);
  json out = head_json(question, "", word.may_see() ? "could" : "could_not", word_of(word.reason).data(),
                       (question.on ? "on " + utc_text(*question.on) + ", " : std::string("today, ")) + policy_sentence(word, seen));
  out["policy"] = word_json(word, seen);
  out["today"] = nullptr;
  if (mandates.newest() != then) out["today"] = word_json(policy_word(mandates.newest(), seen), seen);
  out["over_time"] = json::array();
  for (const PolicyWord& one : policy_words(mandates, seen)) out["over_time"].push_back(word_json(one, seen));
  return out;
}

}  // namespace

Result<json> explained(Node& node, const std::map<std::string, std::string>& query, Now now) {
  TRY(check_filters(query, {"id", "for", "on", "kind", "from", "to", "marking"}));
  const std::string reader = filter_text(query, "for");
  if (reader.empty()) return fail(Code::kInput, "for: is missing", "name the committee, such as 1267");
  Question question;
  question.reader = TRY(member_in(reader, "for"));
  question.on = TRY(on_in(query, now));
  const std::string id = filter_text(query, "id");
  if (id.empty()) return imagined(node, query, question);
  for (const char* name : {"kind", "from", "to", "marking"}) {
    if (!filter_text(query, name).empty()) return fail(Code::kInput, std::string(name) + ": stands beside id, which says it", "leave one of them out");
  }
  if (const auto parsed = parse_record_id(id)) return record_explained(node, id, *parsed, question);
  return one_message(node, id, question);
}

}  // namespace liaison
