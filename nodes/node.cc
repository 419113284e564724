// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/connector_store.h"
#include "nodes/interests.h"
#include "nodes/node.h"

#include <algorithm>
#include <set>

#include "nodes/domain/text_tokens.h"
#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr std::uint64_t kWatchMs = 5'000, kWatchReceiptsMs = 60'000;
constexpr std::uint64_t kDueAgainMs = 60'000;
constexpr std::uint64_t kExpiryWarningMs = 14 * kDayMs, kOldKeyMs = 30 * kDayMs;

// Views that a program of another layout made, or none has made yet, are made anew at the start.
constexpr const char* kViewsFact = "views";
// What the stored findings and the words of the index rest on belongs to it.
Bytes views_version(const NodeSettings& settings) {
  Bytes version;
  put_u64(version, 10);
  put_u64(version, settings.window_days);
  put_u64(version, settings.gap_years);
  put_u64(version, kTextLayout);
  put_u64(version, settings.wait_days);
  const Hash days = sha256({view_of(settings.station), view_of("\n"), view_of(settings.holidays.listed())});
  version.insert(version.end(), days.begin(), days.end());
  return version;
}

// Without a calendar where the system lacks the station's zone.
Waits waits_of(const NodeSettings& settings) {
  auto calendar = WorkingDays::of(settings.holidays, settings.station);
  Waits waits{settings.wait_days, {}};
  if (calendar) waits.calendar = std::move(*calendar);
  return waits;
}

// What a new record of a kind says where the officer says nothing.
RecordDefaults record_defaults(const NodeSettings& settings) {
  return {{"procedure", R"({"begins": "today", "starts_by": "delivery", "working_days": )" + std::to_string(settings.silence_days) + R"(, "hold_months": )" +
                            std::to_string(settings.hold_months) +
                                R"(, "duty_station": ")" + settings.station + R"(", "closing_hour": ")" + settings.closing_hour +
                            R"("})"}};
}

}  // namespace

Result<std::unique_ptr<Node>> Node::open(const std::filesystem::path& file, Identity identity, const NodeSettings& settings) {
  std::unique_ptr<Node> node(new Node(std::move(identity), settings));
  node->store_ = TRY(NodeStore::open(file, settings.database));
  const auto views = TRY(node->store_->fact(kViewsFact));
  const bool anew = !views || *views != views_version(settings);
  if (anew) TRY(Views::drop(node->store_->database()));
  TRY(node->make_parts());
  TRY(node->load());
  TRY(node->store_->commit());
  if (anew) TRY(node->rebuild());
  return node;
}

Result<void> Node::make_parts() {
  std::vector<MemberId> all;
  for (const RosterMember& member : identity_.newest_pinned().members) {
    if (member.id != identity_.member) all.push_back(member.id);
  }
  views_ = TRY(Views::open(store_->database(), {identity_.member, std::move(all), settings_.contact, settings_.window_days, settings_.gap_years},
                           record_defaults(settings_), waits_of(settings_)));
  TRY(Drafts::make_table(store_->database()));
  drafts_ = std::make_unique<Drafts>(*store_);
  TRY(Interests::make_table(store_->database()));
  TRY(ConnectorStore::make_tables(store_->database()));
  rows_ = std::make_unique<MessageRows>(*store_);
  mandates_ = std::make_unique<Mandates>(identity_.pinned);
  mirror_ = std::make_unique<Mirror>(*store_, identity_.newest_pinned().broker.log);
  alarms_ = std::make_unique<Alarms>(*store_);
  const Outbox::Parts parts{*store_, *rows_, identity_, *mandates_, *mirror_, *views_, *alarms_};
  outbox_ = std::make_unique<Outbox>(parts, settings_.limits);
  inbox_ = std::make_unique<Inbox>(parts, *outbox_);
  return {};
}

Result<void> Node::load() {
  TRY(alarms_->load());
  TRY(mirror_->load());
  TRY(mandates_->load(*store_));
  TRY(outbox_->load());
  TRY(inbox_->load());
  views_->set_others(others());
  return {};
}

Result<void> Node::reload() {
  store_->rollback();
  outcome_ = {};
  step_since_ms_.reset();
  link_down();
  return load();
}

const Roster& Node::roster() const {
  const auto* term = mandates_->newest();
  return term == nullptr ? identity_.newest_pinned() : term->roster();
}

std::vector<MemberId> Node::others() const {
  std::vector<MemberId> out;
  for (const RosterMember& member : roster().members) {
    if (member.id != identity_.member) out.push_back(member.id);
  }
  return out;
}

Result<Submission> Node::submit(const Draft& draft, const std::string& request_id, Outbox::Signing signing, Now now) {
  return outbox_->submit(draft, request_id, signing, now, outcome_);
}

Result<bool> Node::take_items(std::uint64_t from, Items items, Now now) {
  return TRY(inbox_->take(from, std::move(items), now, outcome_)) == Inbox::Taken::kYes;
}

Result<void> Node::fetch_refused(std::uint64_t from, const Refusal& refusal, Now now) {
  if (refusal.code == Code::kRange) return inbox_->out_of_range(from, now, outcome_);
  log_warn("fetch.refused", "the broker did not answer a fetch", {{"code", refusal.code}});
  return {};
}

Result<void> Node::receive(const Control& control, Now now) {
  if (const auto* acceptance = std::get_if<Acceptance>(&control)) return outbox_->accepted(*acceptance, now, outcome_);
  if (const auto* refusal = std::get_if<Refusal>(&control)) return outbox_->refused(*refusal, now, outcome_);
  if (const auto* answer = std::get_if<WhoAmIAnswer>(&control)) return outbox_->who_am_i(*answer, now, outcome_);
  return {};
}

Result<void> Node::tick(Now now) {
  TRY(do_what_is_due(now));
  TRY(outbox_->pump(now, outcome_));
  if (now.monotonic_ms >= gaps_watched_ms_ + kWatchMs) {
    gaps_watched_ms_ = now.monotonic_ms;
    TRY(watch(now));
  }
  if (now.monotonic_ms >= receipts_watched_ms_ + kWatchReceiptsMs) {
    receipts_watched_ms_ = now.monotonic_ms;
    TRY(watch_receipts(now));
  }
  return {};
}

// What the views want said without an officer: each message in an attempt of its own. What cannot be sent now is tried again in a minute.
Result<void> Node::do_what_is_due(Now now) {
  Overlaps& overlaps = views_->overlaps();
  if (overlaps.has_put_off() && now.monotonic_ms >= due_again_ms_) overlaps.try_again();
  while (overlaps.restless(now.wall_ms)) {
    const auto due = TRY(overlaps.due(now.wall_ms));
    if (!due) return {};
    Attempt attempt = TRY(Attempt::begin(*this));
    const auto send = [&]() -> Result<void> {
      TRY(overlaps.done(*due));
      TRY(submit(due->draft, "", Outbox::Signing::kLater, now));
      if (due->shows != 0) TRY(store_->audit(now.wall_ms, "visit.shown", "this node, as both sides agreed", due->draft.record_id, "queued"));
      return {};
    };
    const auto sent = send();
    if (!sent && sent.error().code == Code::kStore) return sent;
    if (sent) {
      TRY(attempt.keep());
      continue;
    }
    log_warn("due.not_sent", sent.error().what, {{"kind", due->draft.kind}, {"code", sent.error().code}});
    overlaps.put_off(*due);
    due_again_ms_ = now.monotonic_ms + kDueAgainMs;
  }
  return {};
}

Result<void> Node::watch(Now now) {
  if (inbox_->any_gaps() || !alarms_->open_subjects("pair_gap").empty()) TRY(inbox_->watch_gaps(now, outcome_));
  TRY(inbox_->watch_frozen(now, outcome_));
  const auto offset = outbox_->clock_offset_ms();
  if (offset && std::abs(*offset) > kClockToleranceMs)
    TRY(alarms_->raise("clock", "offset", "this machine's clock and the broker's are " + std::to_string(std::abs(*offset) / 1000) + " s apart",
                       {outbox_->clock_evidence()}, now.wall_ms, outcome_));
  else if (offset)
    TRY(alarms_->clear("clock", "offset", now.wall_ms, outcome_));
  const TimeMs expires = roster().expires_ms, known = std::max(now.wall_ms, inbox_->newest_ms());
  const std::string subject = "roster " + std::to_string(roster().version);
  if (known + kExpiryWarningMs > expires)
    TRY(alarms_->raise("roster_expiry", subject, "the roster expires on " + rfc3339(expires) + "; then nothing can be sent until a new one is signed",
                       {}, now.wall_ms, outcome_));
  for (const std::string& open : alarms_->open_subjects("roster_expiry")) {
    if (open != subject) TRY(alarms_->clear("roster_expiry", open, now.wall_ms, outcome_));
  }
  return watch_schemas(subject, now);
}

// What this program knows of messages is compiled in; the roster says what its members agreed on.
Result<void> Node::watch_schemas(const std::string& subject, Now now) {
  static const Hash own = sha256(view_of(schemas_text()));
  const bool agreed = roster().schemas_sha256 == own;
  if (!agreed)
    TRY(alarms_->raise("schemas", subject,
                       subject + " was made for other schemas than this program's: a message of a kind, or form of it, that one side does not know is refused; "
                                 "compare liaison schemas with the list that the authority used, and run one version of the programs",
                       {}, now.wall_ms, outcome_));
  for (const std::string& open : alarms_->open_subjects("schemas")) {
    if (agreed || open != subject) TRY(alarms_->clear("schemas", open, now.wall_ms, outcome_));
  }
  return {};
}

Result<void> Node::watch_receipts(Now now) {
  const TimeMs day_ago = now.wall_ms - std::min(now.wall_ms, kDayMs);
  Statement* unaccepted = TRY(store_->statement(
      "SELECT count(*), min(o.signed_ms) FROM messages AS m JOIN outbox AS o ON o.msg = m.id WHERE m.state = 1 AND m.state < 3 AND o.signed_ms < ?"));
  unaccepted->bind(1, day_ago);
  const bool counted = TRY(unaccepted->step());
  const std::uint64_t waiting = counted ? unaccepted->u64(0) : 0;
  const TimeMs oldest_ms = waiting == 0 ? 0 : unaccepted->u64(1);
  unaccepted->reset();
  if (waiting > 0)
    TRY(alarms_->raise("not_accepted", "broker",
                       std::to_string(waiting) + " messages, the oldest of " + rfc3339(oldest_ms) + ", have not been accepted by the broker yet", {},
                       now.wall_ms, outcome_));
  else
    TRY(alarms_->clear("not_accepted", "broker", now.wall_ms, outcome_));
  struct Late { std::uint64_t count = 0; TimeMs oldest_ms = UINT64_MAX; };
  std::map<std::string, Late> missing;
  TRY(rows_->unanswered(day_ago, [&](const MessageRows::Unanswered& one) {
    Late& of_member = missing[one.member.str()];
    of_member.count += 1;
    of_member.oldest_ms = std::min(of_member.oldest_ms, one.accepted_ms);
  }));
  std::map<std::string, std::string> late;
  for (const auto& [member, one] : missing)
    late[member] = std::to_string(one.count) + " messages, the oldest of " + rfc3339(one.oldest_ms) + ", have no receipt of " + member + " yet";
  for (const auto& [member, sentence] : late) TRY(alarms_->raise("receipts_missing", member, sentence, {}, now.wall_ms, outcome_));
  for (const std::string& open : alarms_->open_subjects("receipts_missing")) {
    if (!late.contains(open)) TRY(alarms_->clear("receipts_missing", open, now.wall_ms, outcome_));
  }
  return {};
}

// The order that matters: chain heads into the step, the step onto stable storage, and only then frames and news go out.
Result<NodeOutcome> Node::settle(Now now, Commit commit) {
  if (store_->in_step() && !step_since_ms_) step_since_ms_ = now.monotonic_ms;
  const bool due = step_since_ms_ && now.monotonic_ms >= *step_since_ms_ + settings_.lazy_commit_ms;
  if (outcome_.urgent || due || commit == Commit::kNow) {
    TRY(outbox_->save());
    TRY(store_->commit());
    step_since_ms_.reset();
  }
  NodeOutcome out = std::move(outcome_);
  outcome_ = {};
  return out;
}

std::uint64_t Node::idle_ms(Now now, std::uint64_t most) const {
  std::uint64_t idle = most;
  const auto until = [&](std::uint64_t at) { idle = std::min(idle, at > now.monotonic_ms ? at - now.monotonic_ms : 0); };
  if (step_since_ms_) until(*step_since_ms_ + settings_.lazy_commit_ms);
  if (const auto at = outbox_->due_at(now)) until(*at);
  if (views_->overlaps().restless(now.wall_ms)) idle = 0;
  if (views_->overlaps().has_put_off()) until(due_again_ms_);
  // A token comes back within the second; what waits for one is asked for often enough to keep the rate.
  if (outbox_->drafts_pass(now) && !outbox_->stopped(now)) idle = std::min<std::uint64_t>(idle, 20);
  return idle;
}

Result<void> Node::forget_old_keys() {
  if (inbox_->any_gaps()) return {};   // what is missing may be sealed to it
  std::vector<KeyId> old;
  for (const AgreementKey& own : identity_.hpke) {
    const KeyId id = key_id_of(KeyUse::hpke, own.public_key());
    const auto ended = mandates_->ended_at(id);
    if (!ended) continue;
    const Leaf leaf = TRY(mirror_->leaf(*ended));
    if (inbox_->newest_ms() >= leaf.accept_time_ms + kOldKeyMs) old.push_back(id);
  }
  for (const KeyId& id : old) {
    TRY(forget_key(identity_, id));
    log_info("key.forgotten", "a sealing key that was retired 30 days ago is removed", {{"key_id", hex(id)}});
  }
  return {};
}

Attempt::Attempt(Node& node)
    : node_(&node), sends_(node.outcome_.sends.size()), events_(node.outcome_.events.size()), urgent_(node.outcome_.urgent) {}

Result<Attempt> Attempt::begin(Node& node) {
  TRY(node.store_->mark());
  return Attempt(node);
}

Result<void> Attempt::keep() {
  Node* node = std::exchange(node_, nullptr);
  return node->store_->keep();
}

// A database that cannot take back an act cannot commit it either: the next commit fails and says so.
Attempt::~Attempt() {
  if (node_ == nullptr) return;
  if (auto back = node_->store_->take_back(); !back) log_error("act.not_taken_back", back.error().what);
  if (auto counted = node_->outbox_->recount(); !counted) log_error("act.not_taken_back", counted.error().what);
  node_->outcome_.sends.resize(sends_);
  node_->outcome_.events.resize(events_);
  node_->outcome_.urgent = urgent_;
}

Result<void> Node::fold(const MessageRow& row) {
  if (!Views::folds(row.kind) || row.verdict != Code::kAccepted || row.content_key.empty()) return {};
  const auto body = body_of(row);
  if (!body) return within("a stored message", body.error());
  const Effect effect{row.message_id, row.sender,      row.recipients, row.kind,
                      row.marking,    row.in_reply_to, row.index,      row.index ? row.accepted_ms : row.created_ms,
                      body->expose()};
  NodeOutcome unheard;
  TRY(apply_effect(*views_, effect, unheard));
  for (const MessageId& id : views_->take_forgotten()) TRY(rows_->forget_content(id));
  return {};
}

Result<std::uint64_t> Node::rebuild() {
  TRY(store_->begin());
  TRY(views_->clear());
  std::uint64_t folded = 0;
  std::optional<std::uint64_t> after;
  for (;;) {
    const auto rows = TRY(rows_->logged_after(after, 256));
    for (const MessageRow& row : rows) TRY(fold(row));
    folded += rows.size();
    if (rows.empty()) break;
    after = rows.back().index;
  }
  // What is still on its way out stands in the views too.
  for (const MessageRow& row : TRY(rows_->open_rows(MessageState::kSigned, 1'000'000))) TRY(fold(row));
  for (const MessageRow& row : TRY(rows_->open_rows(MessageState::kDraft, 1'000'000))) {
    const auto way = TRY(rows_->outbox(row.id));
    if (!way || !way->draft) continue;
    NodeOutcome unheard;
    TRY(apply_effect(*views_, {row.message_id, row.sender, row.recipients, row.kind, row.marking, row.in_reply_to, {}, row.created_ms, *way->draft}, unheard));
  }
  TRY(views_->folded());
  TRY(store_->set_fact(kViewsFact, views_version(settings_)));
  TRY(store_->commit());
  return folded;
}

}  // namespace liaison
