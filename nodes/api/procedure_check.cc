// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/procedure_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/api/notices.h"
#include "nodes/api/procedures.h"

namespace liaison {
namespace {

using nlohmann::json;

// A certificate, what it says, and what is known here.
class Check {
 public:
  Check(Node& node, Certificate certificate, Silence known) : node_(node), certificate_(std::move(certificate)), known_(std::move(known)) {
    read_notices(certificate_.record, said_);
    // What lies behind the certificate in the log could not be in it.
    const auto behind = [&](const auto& one) { return one.index > certificate_.place.index.value_or(UINT64_MAX); };
    std::erase_if(known_.words, behind);
    std::erase_if(known_.extensions, behind);
  }

  Result<json> run() {
    TRY(check_notices());
    check_audience();
    TRY(check_voices());
    TRY(check_outcome());
    return json{{"id", certificate_.record.record_id}, {"revision", certificate_.revision}, {"outcome", certificate_.record.status()},
        {"agrees", differs_.empty()},
                {"checked", checked_}, {"differs", differs_}, {"not_seen", not_seen_}};
  }

 private:
  Result<void> check_notices() {
    const MemberId& own = node_.identity().member;
    for (const SilenceNotice& one : said_.notices) {
      const std::string name = "the delivery receipt of " + one.committee.str() + ", entry " + std::to_string(one.index);
      if (!one.at || one.index >= node_.mirror().size()) {
        not_seen_.push_back(name + ": this node's mirror does not reach so far");
        continue;
      }
      const Leaf leaf = TRY(node_.mirror().leaf(one.index));
      if (leaf.leaf_class != LeafClass::kFrame || leaf.verdict != Code::kAccepted) differs_.push_back(name + ": the log holds no accepted message there");
      else if (leaf.accept_time_ms != *one.at) differs_.push_back(name + ": the log accepted it at " + rfc3339_millis(leaf.accept_time_ms) + ", not at " +
          rfc3339_millis(*one.at));
      else if (one.committee == own) TRY(check_own_receipt(one, name));
      else checked_.push_back(name + ": the log holds an accepted message there of that very time");
      if (one.committee != own && certificate_.record.owner != own) not_seen_.push_back(name + ": what it covers is known to " + one.committee.str() +
          " and " + certificate_.record.owner.str());
    }
    return {};
  }

  Result<void> check_own_receipt(const SilenceNotice& said, const std::string& name) {
    const auto mine = TRY(own_receipt(node_, known_.message, known_.index));
    if (!mine) differs_.push_back(name + ": this node has given no receipt of the proposal");
    else if (mine->index != said.index || mine->message != said.message) differs_.push_back(name + ": this node's receipt of the proposal is entry " +
        std::to_string(mine->index));
    else checked_.push_back(name + ": it is this node's own, and covers the proposal");
    return {};
  }

  void check_audience() {
    for (const SilenceNotice& asked : known_.notices) {
      const bool named = std::any_of(said_.notices.begin(), said_.notices.end(), [&](const SilenceNotice& one) { return one.committee == asked.committee; });
      const auto* roster = node_.mandates().newest();
      if (named) continue;
      if (roster != nullptr && !roster->has_member(asked.committee)) checked_.push_back(asked.committee.str() +
          " has left the exchange and is not asked any more");
      else if (certificate_.record.status() == "adopted") differs_.push_back(asked.committee.str() +
          " was asked, and the certificate does not say that it was notified");
      else not_seen_.push_back(asked.committee.str() + " was asked, and the certificate does not say that it was notified; the outcome does not need it");
    }
  }

  Result<void> check_voices() {
    std::set<std::string> said;
    const RecordValue& voices = certificate_.record.value("voices");
    for (const RecordValue& one : voices.items) {
      const json fields = part_json(one);
      said.insert(fields["message"].get<std::string>());
      const std::string name = fields["committee"].get<std::string>() + " " + fields["answer"].get<std::string>() + ", entry " +
          fields["index"].get<std::string>();
      const auto known = std::find_if(known_.words.begin(), known_.words.end(),
          [&](const SilenceWord& word) { return hex(word.message) == fields["message"]; });
      if (known == known_.words.end()) differs_.push_back(name + ": this node knows no such word");
      else if (known->word != fields["answer"] || rfc3339_millis(known->at) != fields["at"] || std::to_string(known->index) != fields["index"])
        differs_.push_back(name + ": here it is " + known->word + ", entry " + std::to_string(known->index) + ", accepted " + rfc3339_millis(known->at));
      else checked_.push_back(name + ": as this node received it");
    }
    for (const SilenceWord& word : known_.words) {
      if (!said.contains(hex(word.message)) && voices.items.size() < kCertificateVoicesMax)
        differs_.push_back(word.committee.str() + " " + word.word + ", entry " + std::to_string(word.index) + ": the certificate leaves it out");
    }
    return {};
  }

  json part_json(const RecordValue& value) const {
    json out = json::object();
    const RecordField& field = *certificate_.record.kind->field("voices");
    for (std::size_t i = 0; i < field.parts.size() && i < value.items.size(); ++i)
      out[field.parts[i].name] = field.parts[i].type == RecordField::Type::kNumber ? std::to_string(value.items[i].number) : value.items[i].text;
    return out;
  }

  // Reckoned here, with this node's own files of holidays, from what the certificate says of the receipts and this node of the words.
  Result<void> check_outcome() {
    Silence whole = known_;
    whole.notices = said_.notices;
    for (const SilenceNotice& asked : known_.notices) {
      const bool named = std::any_of(said_.notices.begin(), said_.notices.end(), [&](const SilenceNotice& one) { return one.committee == asked.committee; });
      const auto* roster = node_.mandates().newest();
      if (!named && (roster == nullptr || roster->has_member(asked.committee))) whole.notices.push_back(asked);
    }
    const auto verdict = reckon_silence(whole, node_.settings().holidays, certificate_.place.time_ms);
    if (!verdict) return verdict.error();
    if (verdict->uncounted) not_seen_.push_back("the deadline cannot be counted here: " + verdict->uncounted->what + "; " + verdict->uncounted->hint);
    if (verdict->outcome == SilenceOutcome::kNotCounted || (verdict->uncounted && !is_final(verdict->outcome))) return {};
    compare("outcome", certificate_.record.status(), std::string(silence_word(verdict->outcome)));
    const std::string deadline = certificate_.record.value("deadline").text, at = certificate_.record.value("outcome_at").text;
    // An objection needs no deadline, and whoever certified it may not have been able to count one.
    const bool objected = verdict->outcome == SilenceOutcome::kObjected;
    if (!verdict->uncounted && !(objected && deadline.empty())) compare("deadline", deadline, verdict->deadline ? rfc3339_millis(verdict->deadline->at) : "");
    compare("time of the outcome", at, verdict->at ? rfc3339_millis(*verdict->at) : "");
    return {};
  }

  void compare(const std::string& what, const std::string& said, const std::string& here) {
    const auto shown = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
    if (said == here) checked_.push_back("the " + what + ": " + shown(said) + ", as reckoned here");
    else differs_.push_back("the " + what + ": the certificate says " + shown(said) + ", this node reckons " + shown(here));
  }

  Node& node_;
  Certificate certificate_;
  Silence known_, said_;
  std::vector<std::string> checked_, differs_, not_seen_;
};

}  // namespace

Result<json> procedure_check_json(Node& node, const std::string& record_id) {
  Silence known = TRY(node.records().silence(record_id));
  auto certificate = TRY(node.records().certificate(record_id));
  if (!certificate)
    return fail(Code::kTransition, "status: " + record_id + " has no certificate yet", "its owner makes it: liaison procedure close " + record_id);
  if (!certificate->place.index) return fail(Code::kBusy, "the certificate of " + record_id + " is not in the log yet", "try again in a moment");
  return Check(node, std::move(*certificate), std::move(known)).run();
}

Result<json> procedures_today_json(Node& node) {
  json out = json::array();
  for (const char* status : {"circulated", "on_hold"}) {
    const json page = TRY(node.records().list({{"kind", "procedure"}, {"status", status}, {"limit", "100"}}));
    for (const json& item : page["items"]) {
      const auto id = item["id"].get<std::string>();
      json one = {{"id", id}, {"title", item["title"]}, {"owner", item["owner"]}, {"outcome", nullptr}, {"deadline", nullptr}, {"may_close", false}};
      const auto clock = procedure_clock_json(node, id);
      if (!clock && clock.error().code == Code::kStore) return clock.error();
      if (clock) {
        for (const char* name : {"outcome", "deadline", "may_close"}) one[name] = (*clock)[name];
        one["sentence"] = (*clock)["explanation"].back();
      } else {
        one["sentence"] = clock.error().what;
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace liaison
