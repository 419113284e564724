// SPDX-License-Identifier: Apache-2.0
// Inbox: what it finds wrong with the broker, the log or another member, and says so with the evidence.
#include <algorithm>
#include <utility>

#include "nodes/inbox.h"
#include "security/audit.h"

namespace liaison {

namespace {

constexpr std::uint64_t kGapPatienceMs = 10ULL * 60 * 1000;
constexpr std::ptrdiff_t kGapsNamedMax = 8;
constexpr std::uint64_t kFrozenMs = 10ULL * 60 * 1000;
constexpr std::uint64_t kStandStepMs = 30'000;   // a machine that slept in between has not been connected
constexpr std::uint64_t kLookAgainMs = 3'600'000;

}  // namespace

std::string Inbox::entry(std::uint64_t index) { return "entry " + std::to_string(index); }

Bytes Inbox::note_bytes(const std::optional<Mirror::Signed>& kept) { return kept ? bytes_of(view_of(kept->note)) : Bytes{}; }

Result<Inbox::Taken> Inbox::reject(const std::string& subject, const std::string& sentence, const Items& items, Now now, NodeOutcome& outcome) {
  live_ = false;
  Bytes proof;
  for (const Hash& hash : items.consistency) put(proof, hash);
  std::vector<Evidence> evidence{
      {"checkpoint", bytes_of(view_of(items.checkpoint))}, {"consistency", std::move(proof)}, {"own checkpoint", parts_.mirror.own_evidence()}};
  for (const Item& item : items.items) put(evidence.emplace_back(Evidence{"leaf", {}}).bytes, item.leaf);
  outbox_.set_log_broken("the log cannot be trusted now: " + sentence);
  TRY(parts_.alarms.raise("log", subject, "the log cannot be trusted: " + sentence, evidence, now.wall_ms, outcome));
  return Taken::kRejected;
}

// One connection keeps order: an answer that comes after an acceptance was made after it. What it brings connects and is kept;
// what it keeps back is the fault.
Result<bool> Inbox::is_frozen(const Checkpoint& checkpoint, const std::string& note, Now now, NodeOutcome& outcome) {
  const auto& promise = outbox_.promised_here();
  if (!promise || promise->checkpoint.size <= checkpoint.size) return false;
  TRY(frozen("the broker shows this node " + std::to_string(checkpoint.size) + " entries and has accepted a message among " +
                 std::to_string(promise->checkpoint.size) + ": it keeps the newest part of the log back",
             note, promise->note, now, outcome));
  return true;
}

Result<void> Inbox::frozen(const std::string& sentence, const std::string& shown, const std::string& accepted, Now now, NodeOutcome& outcome) {
  outbox_.set_log_broken("the log cannot be trusted now: " + sentence);
  return parts_.alarms.raise("log", "frozen", "the log cannot be trusted: " + sentence,
                             {{"checkpoint", bytes_of(view_of(shown))}, {"accepted under", bytes_of(view_of(accepted))}}, now.wall_ms, outcome);
}

// A broker need not answer at all to keep something back. An outage is no lie: only the time counts in which there is a connection,
// all of it together, so that a broker which cuts the connection now and then is found as well.
Result<void> Inbox::watch_frozen(Now now, NodeOutcome& outcome) {
  const std::uint64_t size = parts_.mirror.size(), watched_ms = std::exchange(stand_watched_ms_, now.monotonic_ms);
  if (size == 0 || outbox_.newest_logged() < size || stands_at_ != size) {   // without the log's beginning nothing was sent
    stands_at_ = size;
    stood_ms_ = 0;
    return {};
  }
  if (outbox_.linked()) stood_ms_ += std::min(now.monotonic_ms - watched_ms, kStandStepMs);
  if (!outbox_.linked() || stood_ms_ < kFrozenMs) return {};
  if (parts_.alarms.is_open("own_key", "sealing")) return {};   // reading stops at this node's own wish
  const auto& seen = parts_.mirror.seen();
  const auto promise = parts_.mirror.promised();
  return frozen("the broker has accepted a message of this committee as " + entry(outbox_.newest_logged()) + " and for 10 minutes has not shown more than " +
                    std::to_string(size) + " entries",
                seen ? seen->note : std::string(), promise ? promise->note : std::string(), now, outcome);
}

Result<void> Inbox::out_of_range(std::uint64_t from, Now now, NodeOutcome& outcome) {
  TRY(reject("rollback",
             "the broker has fewer than the " + std::to_string(from) + " entries that it has shown and signed before: its log was rolled back", {},
             now, outcome));
  return {};
}

// Only what was accepted while this node was waiting for it tells the broker's time; a time far ahead always does.
void Inbox::watch_clock(const std::vector<Leaf>& leaves, bool waited, Now now) {
  if (leaves.empty()) return;
  const auto offset = static_cast<std::int64_t>(leaves.back().accept_time_ms) - static_cast<std::int64_t>(now.wall_ms);
  if (waited || offset > 60'000) outbox_.set_clock_offset(offset, {"leaf", bytes_of(encode_leaf(leaves.back()))});
}

// What is stored stays; who reads it must know.
Result<void> Inbox::watch_revocations(const Roster& roster, Now now, NodeOutcome& outcome) {
  for (const RosterKey& key : roster.keys) {
    if (key.use != KeyUse::sign || key.status != KeyStatus::revoked || !key.trusted_below) continue;
    const std::uint64_t count = TRY(parts_.rows.count_signed(key.key_id(), *key.trusted_below));
    if (count == 0) continue;
    TRY(parts_.alarms.raise("compromised_key", key.id,
                            std::to_string(count) + " stored messages in the name of " + key.member.str() + " are signed with its key " + key.id +
                                ", which is not trusted from " + entry(*key.trusted_below) + " on (" + key.reason + "): ask " + key.member.str() +
                                " which of them it wrote",
                            {}, now.wall_ms, outcome));
  }
  return {};
}

// Whoever reads the record must know that something was said which does not stand in it.
Result<void> Inbox::not_shown(const VerifiedFrame& frame, const MessageRow& row, const Leaf& leaf, Now now, NodeOutcome& outcome) {
  const std::string sender = row.sender.str();
  const std::string about = row.record_id.empty() ? std::string() : " about " + row.record_id;
  return parts_.alarms.raise("not_shown", parts_.alarms.subject(row.sender, row.record_id, "not_shown"),
                             "a message of " + sender + about + " (" + entry(leaf.index) + ") is not shown: it does not fit what is known here. " +
                                 "What it rests on may have been kept back by the broker; else " + sender + "'s node is at fault: ask " + sender +
                                 " what it said",
                             {{"frame", frame.bytes()}, {"leaf", bytes_of(encode_leaf(leaf))}}, now.wall_ms, outcome);
}

Result<void> Inbox::check_gossip(const VerifiedFrame& frame, const Leaf& leaf, Now now, NodeOutcome& outcome) {
  const Header& header = frame.header();
  const bool possible = header.seen_size <= leaf.index;
  if (possible && TRY(parts_.mirror.agrees(header.seen_size, header.seen_root))) return {};
  return parts_.alarms.raise("log", "seen by " + header.sender.str(),
                             header.sender.str() + " has seen a checkpoint of " + std::to_string(header.seen_size) +
                                 " entries that does not connect to this node's: the broker shows two histories",
                             {{"frame", frame.bytes()}, {"own checkpoint", note_bytes(parts_.mirror.covering())}}, now.wall_ms, outcome);
}

Result<void> Inbox::let_through(const VerifiedFrame& frame, const Leaf& leaf, Code verdict, Now now, NodeOutcome& outcome) {
  return parts_.alarms.raise("let_through", entry(leaf.index),
                             "the broker accepted a message of " + frame.header().sender.str() + " that must be refused (" +
                                 std::string(code_name(verdict)) + "): " + std::string(code_sentence(verdict)),
                             {{"frame", frame.bytes()}, {"leaf", bytes_of(encode_leaf(leaf))}, {"checkpoint", note_bytes(parts_.mirror.covering())}},
                             now.wall_ms, outcome);
}

// One alarm for a sender, however many of its numbers are missing.
Result<void> Inbox::watch_gaps(Now now, NodeOutcome& outcome) {
  std::map<MemberId, std::vector<PairsIn::Gap>> lasting;
  for (const PairsIn::Gap& gap : TRY(pairs_.gaps())) {
    if (now.wall_ms < gap.noticed_ms + kGapPatienceMs) continue;
    lasting[gap.sender].push_back(gap);
    if (second_look_ || now.wall_ms < gap.looked_ms + kLookAgainMs) continue;
    second_look_ = Range{gap.from_index == 0 ? 0 : gap.from_index + 1, gap.to_index};
    TRY(parts_.store.begin());
    TRY(pairs_.set_looked(gap, now.wall_ms));
  }
  for (const auto& [sender, gaps] : lasting) TRY(raise_gaps(gaps, now, outcome));
  for (const std::string& subject : parts_.alarms.open_subjects("pair_gap")) {
    const auto sender = MemberId::parse(subject);
    if (!sender || !lasting.contains(*sender)) TRY(parts_.alarms.clear("pair_gap", subject, now.wall_ms, outcome));
  }
  return {};
}

Result<void> Inbox::raise_gaps(const std::vector<PairsIn::Gap>& of_sender, Now now, NodeOutcome& outcome) {
  const std::string sender = of_sender.front().sender.str();
  if (parts_.alarms.is_open("pair_gap", sender)) return {};
  std::string numbers;
  for (const PairsIn::Gap& gap : of_sender) {
    if (&gap - of_sender.data() == kGapsNamedMax) {
      numbers += " and more";
      break;
    }
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(gap.first) + (gap.last == gap.first ? "" : " to " + std::to_string(gap.last));
  }
  const auto after = TRY(parts_.rows.find_index(of_sender.front().to_index));
  return parts_.alarms.raise("pair_gap", sender,
                             "message " + numbers + " of " + sender + " to this committee never arrived; it lies between entries " +
                                 std::to_string(of_sender.front().from_index) + " and " + std::to_string(of_sender.back().to_index) + ": ask " + sender +
                                 " what it said",
                             {{"the message after it", after ? after->frame : Bytes{}}}, now.wall_ms, outcome);
}

}  // namespace liaison
