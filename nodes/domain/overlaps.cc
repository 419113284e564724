// SPDX-License-Identifier: Apache-2.0
// The fold. A message of another member is judged by what lies before it; what comes after a question was withdrawn is taken without effect,
// since its sender may not have known.
#include "nodes/domain/overlaps.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/overlap_cells.h"

namespace liaison {
namespace {

using nlohmann::json;

Error body(std::string what) { return fail(Code::kBody, std::move(what)); }

// Each goes to one member, named.
Result<MemberId> other_side(const Effect& effect, const MemberId& own) {
  if (effect.recipients.size() != 1 || effect.marking != "named") return body("a message about overlaps goes to one member, with marking named");
  return effect.sender == own ? effect.recipients.front() : effect.sender;
}

Bytes flat(const std::vector<Hash>& tokens) {
  Bytes out;
  for (const Hash& one : tokens) put(out, one);
  return out;
}

bool all_tokens(const std::vector<Hash>& tokens) { return std::all_of(tokens.begin(), tokens.end(), is_token); }

// "1540-V-2027-0001,1540-hidden-3"
std::set<std::string> ids_in(std::string_view text) {
  std::set<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    out.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string of(const OverlapReference& reference) { return name_of(reference); }

}  // namespace

Result<std::unique_ptr<Overlaps>> Overlaps::open(Database& database, const VisitsConfig& config, Visits& visits) {
  auto store = TRY(OverlapStore::open(database));
  return std::unique_ptr<Overlaps>(new Overlaps(std::move(store), config, visits));
}

void Overlaps::set_others(std::vector<MemberId> others) {
  config_.others = std::move(others);
  restless_ = true;
}

bool Overlaps::folds(std::string_view kind) {
  return kind == kKindOverlapTokens || kind == kKindOverlapReply || kind == kKindOverlapResult || kind == kKindOverlapWord;
}

Result<void> Overlaps::clear() {
  restless_ = true;
  return store_.clear();
}

Result<ViewEvents> Overlaps::apply(const Effect& effect) {
  restless_ = true;
  if (effect.kind == kKindOverlapTokens) return apply_tokens(effect);
  if (effect.kind == kKindOverlapReply) return apply_reply(effect);
  if (effect.kind == kKindOverlapResult) return apply_result(effect);
  return apply_word(effect);
}

Result<void> Overlaps::keep_queued(const Effect& effect, const OverlapQuestion& question, const OverlapWord& word) {
  if (effect.index) return store_.drop_queued(effect.message_id);
  return store_.put_queued(effect.message_id, {question.peer, question.reference, effect.kind, word});
}

Result<ViewEvents> Overlaps::apply_tokens(const Effect& effect) {
  const auto asked = TRY(decode_overlap_tokens(effect.body));
  const MemberId peer = TRY(other_side(effect, config_.member));
  const bool own = effect.sender == config_.member;
  auto before = TRY(store_.question(peer, asked.reference));
  if (before && !own) return body(of(asked.reference) + " was asked before");
  if (!own && !all_tokens(asked.tokens)) return body(of(asked.reference) + " holds something that is no token");
  OverlapQuestion question = before.value_or(OverlapQuestion{});
  if (!before) {
    question.peer = peer;
    question.reference = asked.reference;
    question.asked = own;
    question.contact = own ? "" : asked.contact;
    question.tokens = flat(asked.tokens);
  }
  question.first = {effect.index, effect.time_ms};
  TRY(store_.put(question));
  if (own) TRY(keep_queued(effect, question, {}));
  return ViewEvents();
}

Result<ViewEvents> Overlaps::apply_reply(const Effect& effect) {
  const auto reply = TRY(decode_overlap_reply(effect.body));
  const MemberId peer = TRY(other_side(effect, config_.member));
  const bool own = effect.sender == config_.member;
  auto question = TRY(store_.question(peer, reply.reference));
  if (!question || question->asked == own) return body("an answer to " + of(reply.reference) + ", which was not asked");
  if (!own && question->step != OverlapStep::kAsked) return body(of(reply.reference) + " was answered before");
  if (!own && (!all_tokens(reply.again) || !all_tokens(reply.tokens)))
    return body("the answer to " + of(reply.reference) + " holds something that is no token");
  const auto findings = TRY(findings_of(*question));
  if (question->step == OverlapStep::kAsked) question->step = OverlapStep::kAnswered;
  question->answered = {effect.index, effect.time_ms};
  if (!own) question->contact = reply.contact;
  question->again = flat(reply.again);
  question->own = flat(reply.tokens);
  if (own) {
    TRY(store_.put(*question));
    TRY(keep_queued(effect, *question, {}));
    return ViewEvents();
  }
  const auto kept = TRY(store_.kept(*question));
  if (kept && !question->ended) {
    const auto twice = OverlapSide(kept->secret.expose()).again(reply.tokens).value_or(std::vector<Hash>());
    const std::set<Hash> theirs(reply.again.begin(), reply.again.end());
    question->hit = std::any_of(twice.begin(), twice.end(), [&](const Hash& one) { return theirs.contains(one); });
  }
  TRY(store_.put(*question));
  if (!question->ended) TRY(owe_words(*question));
  return changed(findings, *question);
}

Result<ViewEvents> Overlaps::apply_result(const Effect& effect) {
  const auto result = TRY(decode_overlap_result(effect.body));
  const MemberId peer = TRY(other_side(effect, config_.member));
  const bool own = effect.sender == config_.member;
  auto question = TRY(store_.question(peer, result.reference));
  if (!question || question->asked != own || question->step == OverlapStep::kAsked)
    return body("a result of " + of(result.reference) + ", which was not answered");
  if (!own && question->step == OverlapStep::kFinished) return body(of(result.reference) + " was finished before");
  if (!own && !all_tokens(result.again)) return body("the result of " + of(result.reference) + " holds something that is no token");
  const auto findings = TRY(findings_of(*question));
  question->step = OverlapStep::kFinished;
  if (own) {
    TRY(store_.put(*question));
    TRY(keep_queued(effect, *question, {}));
    return ViewEvents();
  }
  const auto kept = TRY(store_.kept(*question));
  if (!kept || question->ended || kept->of.size() != result.again.size()) {
    TRY(store_.put(*question));
    return ViewEvents();
  }
  std::set<Hash> theirs;   // the asker's tokens under both keys, as the own answer gave them
  for (std::size_t at = 0; at + sizeof(Hash) <= question->again.size(); at += sizeof(Hash))
    theirs.insert(*array_from<Hash>(View(question->again).subspan(at, sizeof(Hash))));
  std::set<std::string> met;
  for (std::size_t at = 0; at < result.again.size(); ++at) {
    if (!theirs.contains(result.again[at])) continue;
    met.merge(ids_in(kept->of[at]));
  }
  question->hit = !met.empty();
  TRY(store_.put(*question));
  const auto known = TRY(store_.hits(*question));
  for (const std::string& plan : met) {
    // What was said of a later revision stands.
    if (std::any_of(known.begin(), known.end(), [&](const OverlapHit& hit) { return hit.plan == plan; })) continue;
    TRY(store_.put_hit(*question, {plan, true, {effect.index, effect.time_ms}}));
  }
  return changed(findings, *question);
}

Result<ViewEvents> Overlaps::apply_word(const Effect& effect) {
  const auto word = TRY(decode_overlap_word(effect.body));
  const MemberId peer = TRY(other_side(effect, config_.member));
  auto question = TRY(store_.question(peer, word.reference));
  if (!question || question->step == OverlapStep::kAsked) {
    // Its asker may withdraw it at any time.
    if (!question || word.saying != OverlapSaying::withdrawn) return body("a word on " + of(word.reference) + ", which was not answered");
  }
  const bool by_asker = (effect.sender == config_.member) == question->asked;
  const bool asker_says = word.saying == OverlapSaying::meets || word.saying == OverlapSaying::meets_not || word.saying == OverlapSaying::withdrawn;
  if (word.saying != OverlapSaying::agrees && by_asker != asker_says)
    return body("\"" + std::string(word_of(word.saying)) + "\" is not " + effect.sender.str() + "'s to say of " + of(word.reference));
  if (effect.sender != config_.member) return others_word(std::move(*question), word, effect);
  TRY(keep_queued(effect, *question, word));
  return own_word(std::move(*question), word, effect);
}

Result<void> Overlaps::end(OverlapQuestion& question) {
  question.ended = true;
  question.hit = false;
  TRY(store_.drop_all_of(question));
  TRY(store_.put(question));
  return {};
}

// What a word on the whole question does to it, whoever says it.
Result<void> Overlaps::settle(OverlapQuestion& question, OverlapSaying saying) {
  if (saying == OverlapSaying::withdrawn) {
    TRY(store_.forget(question));
    return end(question);
  }
  if (saying == OverlapSaying::ended) question.hit = false;
  return store_.put(question);
}

Result<ViewEvents> Overlaps::own_word(OverlapQuestion question, const OverlapWord& word, const Effect& effect) {
  const auto findings = TRY(findings_of(question));
  switch (word.saying) {
    case OverlapSaying::meets:
    case OverlapSaying::meets_not:
      if (question.ended) break;
      TRY(store_.drop_owed(question, {word.record_id, word.revision}));
      TRY(store_.put_hit(question, {word.record_id, word.saying == OverlapSaying::meets, {effect.index, effect.time_ms}}));
      break;
    default:
      question.ours = question.ours || word.saying == OverlapSaying::agrees;
      TRY(settle(question, word.saying));
  }
  return changed(findings, question);
}

Result<ViewEvents> Overlaps::others_word(OverlapQuestion question, const OverlapWord& word, const Effect& effect) {
  const auto findings = TRY(findings_of(question));
  switch (word.saying) {
    case OverlapSaying::meets:
    case OverlapSaying::meets_not: {
      if (lead_of_record(word.record_id) != config_.member) return body(word.record_id + " is no visit of " + config_.member.str());
      if (question.ended) break;
      const auto known = TRY(store_.hits(question));
      const auto same = std::find_if(known.begin(), known.end(), [&](const OverlapHit& hit) { return hit.plan == word.record_id; });
      if (same != known.end() && same->place.index && effect.index && *same->place.index > *effect.index) break;
      TRY(store_.put_hit(question, {word.record_id, word.saying == OverlapSaying::meets, {effect.index, effect.time_ms}}));
      break;
    }
    default:
      question.theirs = question.theirs || word.saying == OverlapSaying::agrees;
      TRY(settle(question, word.saying));
  }
  return changed(findings, question);
}

// What the peer planned since it answered was not in its answer.
Result<void> Overlaps::owe_words(const OverlapQuestion& question) {
  for (const auto& [plan, index] : TRY(visits_.led_since(question.peer, question.answered)))
    TRY(store_.put_owed(question, {plan.record_id, plan.revision}));
  return {};
}

Result<void> Overlaps::visit_came(const Effect& effect) {
  if (!TRY(store_.any())) return {};
  restless_ = true;   // an own plan that was met may have changed
  if (effect.sender == config_.member || !effect.index || effect.kind != kKindVisitPlan) return {};
  const auto plan = decode_visit_plan(effect.body);
  if (!plan) return {};
  for (const OverlapQuestion& one : TRY(store_.questions())) {
    const bool later = one.answered.index && *one.answered.index < *effect.index;
    if (one.peer != effect.sender || !one.asked || one.ended || one.step == OverlapStep::kAsked || !later) continue;
    bool newer = false;   // a later revision is owed already: this one came late
    for (const OverlapOwed& owed : TRY(store_.owed(one))) newer = newer || (owed.record == plan->record_id && owed.revision > plan->revision);
    if (!newer) TRY(store_.put_owed(one, {plan->record_id, plan->revision}));
  }
  return {};
}

// The question stands as it did before the message, which is not tried again: the broker would refuse it again.
Result<void> Overlaps::refused(const MessageId& message_id, [[maybe_unused]] Code code) {
  const auto queued = TRY(store_.queued(message_id));
  if (!queued) return {};
  TRY(store_.drop_queued(message_id));
  auto question = TRY(store_.question(queued->peer, queued->reference));
  if (!question) return {};
  const OverlapWord& word = queued->word;
  std::string what(queued->kind == kKindOverlapWord ? word_of(word.saying) : std::string_view(queued->kind).substr(std::string_view("overlap.").size()));
  if (!word.record_id.empty()) what += " " + word.record_id + " " + std::to_string(word.revision);
  TRY(store_.put_failed(*question, what));
  if (queued->kind == kKindOverlapTokens) return store_.drop(*question);
  if (queued->kind == kKindOverlapReply) {
    question->step = OverlapStep::kAsked;
    question->answered = {};
    question->again.clear();
    question->own.clear();
  }
  if (queued->kind == kKindOverlapResult) question->step = OverlapStep::kAnswered;
  if (queued->kind == kKindOverlapWord && word.saying == OverlapSaying::agrees) question->ours = false;
  if (queued->kind == kKindOverlapWord && word.saying == OverlapSaying::ended) question->hit = true;
  if (!word.record_id.empty()) TRY(store_.put_owed(*question, {word.record_id, word.revision}));
  return store_.put(*question);
}

}  // namespace liaison
