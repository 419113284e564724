// SPDX-License-Identifier: Apache-2.0
#include "broker/admission.h"

#include <algorithm>
#include <optional>

#include "broker/refused_entry.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr TimeMs kAheadMs = 5 * 60'000;

struct Fault { Code code; std::uint64_t detail = 0; };

// What the header says of itself against the connection and the rosters.
std::optional<Fault> fault_of_header(const Header& header, const MemberId& connection, const Standing& standing) {
  if (header.sender != connection) return Fault{Code::kSender};
  const auto policy = standing.charter.policy_of_version(header.roster_version);
  if (!policy || *policy != header.policy_hash) return Fault{Code::kFormat};
  return std::nullopt;
}

// What hinders the broker now, whoever sends.
std::optional<Fault> hindrance(const Header& header, std::size_t bytes, const Standing& standing) {
  if (!standing.clock_trusted) return Fault{Code::kClockBroker};
  const TimeMs now = std::max(standing.now.wall_ms, standing.accept_time_ms);
  if (now > standing.charter.roster()->roster.expires_ms) return Fault{Code::kRosterExpired};
  // The reserve is for real receipts, not for whatever calls itself one.
  const bool small = is_small_receipt(header.kind, bytes);
  if (standing.room == Room::kNothing || (standing.room == Room::kReceipts && !small)) return Fault{Code::kStorageFull};
  if (header.created_at_ms > standing.now.wall_ms && header.created_at_ms - standing.now.wall_ms > kAheadMs) {
    return Fault{Code::kClock, header.created_at_ms - standing.now.wall_ms};
  }
  return std::nullopt;
}

std::optional<Fault> fault_of_chain(const VerifiedFrame& frame, const Standing& standing, const Chain* own, const Chain* latest) {
  const Header& header = frame.header();
  const std::uint64_t expected = own == nullptr ? 1 : own->sequence + 1;
  if (header.sequence > expected) return Fault{Code::kGap, expected};
  const MessageId previous = latest == nullptr ? MessageId{} : latest->message_id;
  if (header.previous != previous) return Fault{Code::kChain};
  const RosterKey& key = *standing.charter.sign_key(frame.key_id());
  if (standing.index < key.from) return Fault{Code::kKey};
  if (!key.valid_at(standing.index)) return Fault{Code::kKeyRevoked};
  return std::nullopt;
}

// From here on the signature has held, so that refusals are signed.
class VerifiedJudge {
 public:
  VerifiedJudge(const MemberId& connection, VerifiedFrame frame, const Standing& standing, Quotas& quotas)
      : connection_(connection), frame_(std::move(frame)), standing_(standing), quotas_(quotas) {
    const auto found = standing.fold.chains.find(frame_.key_id());
    own_ = found == standing.fold.chains.end() ? nullptr : &found->second;
    latest_ = standing.fold.latest(connection);
  }

  Judgement judge() {
    const Header& header = frame_.header();
    auto fault = fault_of_header(header, connection_, standing_);
    if (own_ != nullptr && header.sequence <= own_->sequence) return again(fault.value_or(Fault{Code::kEquivocation}));
    // A key after which another one has logged is superseded for ever.
    if (!fault && own_ != nullptr && own_ != latest_) fault = Fault{Code::kKey};
    if (!fault) fault = hindrance(header, frame_.size(), standing_);
    if (!fault) fault = fault_of_chain(frame_, standing_, own_, latest_);
    if (!fault && standing_.unacknowledged >= quotas_.limits().unacknowledged) fault = Fault{Code::kBusy, 100};
    if (!fault) fault = over_quota();
    if (fault) return away(*fault);
    RefusedEntry refused = judge_entry(frame_, standing_.charter, standing_.index, standing_.accept_time_ms);
    return Admitted{std::move(frame_), refused.verdict, std::move(refused.rule), std::move(refused.basis)};
  }

 private:
  std::optional<Fault> over_quota() {
    const auto wait_ms = quotas_.take(connection_, frame_.header().kind, frame_.size(), standing_.fold, standing_.accept_time_ms,
                                      standing_.now.monotonic_ms);
    if (!wait_ms) return std::nullopt;
    return Fault{Code::kQuota, *wait_ms};
  }
  TurnedAway away(const Fault& fault) const {
    return {refusal_of(fault.code, frame_.frame_hash(), fault.detail, standing_.now.wall_ms), true};
  }
  Again again(const Fault& otherwise) const {
    return {frame_.key_id(), frame_.header().sequence, frame_.message_id(), frame_.bytes(), away(otherwise)};
  }

  const MemberId& connection_;
  VerifiedFrame frame_;
  const Standing& standing_;
  Quotas& quotas_;
  const Chain* own_ = nullptr;
  const Chain* latest_ = nullptr;
};

}  // namespace

Judgement judge(const MemberId& connection, Bytes payload, const Standing& standing, Quotas& quotas) {
  const auto away = [&](Code code, bool sign) {
    return TurnedAway{refusal_of(code, sha256(payload), 0, standing.now.wall_ms), sign};
  };
  const auto form = parse_frame(payload);
  if (!form) return away(form.error().code, false);
  const RosterKey* key = standing.charter.sign_key(form->key_id);
  if (key == nullptr) return away(Code::kKey, false);
  if (key->member != connection) return away(Code::kSender, false);
  auto verified = verify_frame(standing.charter.network_id(), key->key, payload);
  // The form held before, so any other code than this one is said of a header whose signature is good.
  if (!verified) return away(verified.error().code, verified.error().code != Code::kSignature);
  return VerifiedJudge(connection, std::move(*verified), standing, quotas).judge();
}

Refusal refusal_of(Code code, const Hash& frame_hash, std::uint64_t detail, TimeMs time_ms) {
  Refusal refusal;
  refusal.frame_hash = frame_hash;
  refusal.code = code;
  refusal.detail = detail;
  refusal.text = std::string(code_sentence(code));
  refusal.time_ms = time_ms;
  return refusal;
}

}  // namespace liaison
