// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_node.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "schemas/visit.h"
#include "security/audit.h"
#include "security/durable.h"
#include "security/hash.h"

namespace liaison {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// One plan of 513..1,023 bytes, so that it is padded to 1 KiB. The bench measures the exchange, not the findings: a sender's own plans are
// further apart than a chain's days, and three senders in turn take every third State, so that none of their plans meet.
std::string record_of(const MemberId& lead, std::uint64_t n) {
  const std::string digits = std::to_string(n);
  return lead.str() + "-V-2027-" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

Bytes plan_body(const MemberId& lead, std::uint64_t n, std::uint32_t revision) {
  constexpr std::uint64_t kStates = 17'576;   // AAA..ZZZ
  constexpr std::int64_t kDaysApart = 20, kFirstDay = 365 * 57;
  const std::uint64_t turn = static_cast<std::uint64_t>(std::find(kBenchSenders.begin(), kBenchSenders.end(), lead.str()) - kBenchSenders.begin());
  const std::uint64_t state = (n * kBenchSenders.size() + turn) % kStates;
  const std::int64_t day = kFirstDay + static_cast<std::int64_t>(n) * kDaysApart;
  VisitPlan plan;
  plan.record_id = record_of(lead, n);
  plan.revision = revision;
  if (revision > 1) plan.previous_revision = sha256(plan_body(lead, n, revision - 1));
  plan.lead = lead;
  plan.title = revision == 1 ? "A visit of the bench" : "A visit of the bench, changed " + std::to_string(revision - 1);
  const auto letter = [](std::uint64_t at) { return static_cast<char>('A' + at % 26); };
  plan.states = {{std::string{letter(state / 676), letter(state / 26), letter(state)}, ""}};
  plan.components = {{ComponentMode::on_site, date_text(day), date_text(day + 2), DatePrecision::day, {}}};
  plan.paragraph = "S/RES/1977 (2011) 19";
  plan.contact = "bench office " + lead.str();
  plan.note = std::string(400, 'n');
  return encode_visit_plan(plan);
}

std::string address_of(const Roster& roster, const MemberId& member) { return "tcp://127.0.0.1:" + std::to_string(roster.member(member)->port); }

NodeSettings bench_settings(const std::string& member) {
  NodeSettings settings;
  settings.contact = "bench office " + member;
  settings.limits.per_second = settings.limits.burst = settings.limits.receipts_per_second = settings.limits.receipts_burst = 1e6;
  settings.limits.messages_per_day = 100'000'000;
  settings.limits.bytes_per_day = 1ULL << 40;
  settings.limits.unacknowledged = kBenchUnacknowledged;
  return settings;
}

}  // namespace

std::size_t ShownTimes::First8::operator()(const MessageId& id) const {
  std::size_t first = 0;
  std::memcpy(&first, id.data(), sizeof first);
  return first;
}

void ShownTimes::sent(const MessageId& id, SteadyPoint at) {
  const std::lock_guard lock(mutex_);
  sent_[id] = at;
}

void ShownTimes::shown(const MessageId& id, SteadyPoint at) {
  const std::lock_guard lock(mutex_);
  const auto found = sent_.find(id);
  if (found != sent_.end()) times_ms_.push_back(std::chrono::duration<double, std::milli>(at - found->second).count());
}

std::vector<double> ShownTimes::take() {
  const std::lock_guard lock(mutex_);
  sent_.clear();
  auto times = std::exchange(times_ms_, {});
  std::sort(times.begin(), times.end());
  return times;
}

Result<std::unique_ptr<Node>> open_bench_node(const BenchFolder& folder, const std::string& member) {
  const std::string passphrase = TRY(read_file(folder.folder / "passphrase"));
  Identity identity = TRY(open_identity(folder.node(member), *MemberId::parse(member), Secret::copy_of(view_of(passphrase))));
  return Node::open(folder.node(member) / "node.db", std::move(identity), bench_settings(member));
}

Result<double> rebuilt_per_s(const BenchFolder& folder, const std::string& member) {
  const auto node = TRY(open_bench_node(folder, member));
  const auto start = std::chrono::steady_clock::now();
  TRY(node->rebuild());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto counts = TRY(node->visits().counts());
  return counts["visits"].get<double>() / seconds;
}

Result<std::unique_ptr<BenchNode>> BenchNode::start(const BenchFolder& folder, const std::string& member, ShownTimes* times) {
  std::unique_ptr<BenchNode> node(new BenchNode());
  node->times_ = times;
  TRY(node->open(folder, member));
  node->thread_ = std::thread([raw = node.get()] { raw->run(); });
  return node;
}

Result<void> BenchNode::open(const BenchFolder& folder, const std::string& member) {
  member_ = *MemberId::parse(member);
  for (const auto& reader : kBenchReaders) readers_.push_back(*MemberId::parse(reader));
  const std::string passphrase = TRY(read_file(folder.folder / "passphrase"));
  Identity identity = TRY(open_identity(folder.node(member), member_, Secret::copy_of(view_of(passphrase))));
  const Roster roster = identity.newest_pinned();
  wire_ = TRY(ClientChannel::open(address_of(roster, member_), roster.broker.curve, identity.connecting(roster),
                                   ChannelLimits::for_unacknowledged(kBenchUnacknowledged)));
  node_ = TRY(Node::open(folder.node(member) / "node.db", std::move(identity), bench_settings(member)));
  link_ = std::make_unique<Link>(*wire_, *node_);
  return {};
}

BenchNode::~BenchNode() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void BenchNode::send_up_to(std::uint64_t goal, std::size_t window, double per_second, std::uint64_t revisions) {
  window_ = window;
  revisions_ = revisions;
  per_second_ = per_second;
  pace_anew_ = true;
  goal_ = goal;
}

std::string BenchNode::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void BenchNode::run() {
  while (!stop_) {
    if (auto done = step(); !done) {
      const std::lock_guard lock(mutex_);
      trouble_ = member_.str() + ": " + done.error().what;
      return;
    }
  }
  const auto last = node_->settle(clock_.now(), Node::Commit::kNow);
  if (!last) log_error("bench", last.error().what);
}

Result<void> BenchNode::submit_due(Now now) {
  if (pace_anew_.exchange(false)) {
    paced_from_ = SteadyClock::now();
    paced_base_ = submitted_;
  }
  const double pace = per_second_;
  while (submitted_ < goal_ && node_->mandates().complete() && node_->outbox().unacknowledged() + node_->outbox().drafts() < window_) {
    const auto due = paced_from_ + std::chrono::duration_cast<SteadyClock::duration>(
                                       std::chrono::duration<double>(pace > 0 ? static_cast<double>(submitted_ - paced_base_) / pace : 0));
    if (pace > 0 && SteadyClock::now() < due) return {};
    Draft draft;
    draft.kind = kKindVisitPlan;
    draft.marking = "committees";
    draft.recipients = readers_;
    const std::uint64_t turn = submitted_ - paced_base_, revisions = revisions_;
    const std::uint64_t record = paced_base_ + turn / revisions + 1;
    draft.revision = static_cast<std::uint32_t>(turn % revisions + 1);
    draft.body = plan_body(member_, record, draft.revision);
    draft.record_id = record_of(member_, record);
    const auto submission = TRY(node_->submit(draft, member_.str() + std::to_string(submitted_ + 1), Outbox::Signing::kNow, now));
    ++submitted_;
    // From when it was due, not from when a late loop came to it.
    if (times_ != nullptr && submission.message_id) times_->sent(*submission.message_id, pace > 0 ? due : SteadyClock::now());
  }
  return {};
}

Result<void> BenchNode::step() {
  Now now = clock_.now();
  TRY(submit_due(now));
  const auto ready = TRY(node_->settle(now));
  link_->dispatch(ready, now);
  count(ready);
  const bool pacing = per_second_ > 0 && submitted_ < goal_;
  wire_->wait(milliseconds(link_->idle_ms(now, node_->idle_ms(now, pacing ? 1 : 20))), {});
  now = clock_.now();
  TRY(link_->step(now));
  TRY(node_->tick(now));
  const auto outcome = TRY(node_->settle(now));
  link_->dispatch(outcome, now);
  count(outcome);
  cursor_ = node_->cursor();
  opened_ = node_->inbox().opened();
  linked_ = link_->state() == Link::State::kUp && node_->mandates().complete();
  return {};
}

void BenchNode::count(const NodeOutcome& outcome) {
  const auto at = SteadyClock::now();
  for (const News& news : outcome.events) {
    if (news.name == "message.accepted" && news.kind == kKindVisitPlan) ++accepted_;
    if (news.name == "message.received" && times_ != nullptr && news.message_id) times_->shown(*news.message_id, at);
  }
}

}  // namespace liaison
