// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "nodes/domain/opened_body.h"
#include "nodes/cli/proof_steps.h"
#include "security/hash.h"
#include "security/sealing.h"

namespace liaison {
namespace {

const std::string kGenesisCheck = "genesis fingerprint";

Error wrong(std::string sentence) { return fail(Code::kProof, std::move(sentence)); }

class Verifier {
 public:
  Verifier(std::string_view file, const std::optional<Hash>& fingerprint) : text_(file), fingerprint_(fingerprint) {}

  Verdict run() {
    check("format", {}, [&] { return format(); });
    check(kGenesisCheck, {"format"}, [&] { return genesis(); });
    check("roster chain", {kGenesisCheck}, [&] { return chain(); });
    check("checkpoint", {"roster chain"}, [&] { return checkpoint(); });
    check("rosters in the log", {"checkpoint"}, [&] { return rosters_placed(); });
    check("policies in the log", {"checkpoint"}, [&] { return policies_placed(); });
    check("frame", {"format"}, [&] { return frame(); });
    check("sender's key", {"frame", "rosters in the log"}, [&] { return sender_key(); });
    check("signature", {"sender's key"}, [&] { return signature(); });
    check("leaf", {"frame"}, [&] { return leaf(); });
    check("inclusion", {"leaf", "checkpoint"}, [&] { return inclusion(); });
    check("policy", {"signature", "leaf", "policies in the log"}, [&] { return policy(); });
    check("seal", {"signature", "leaf"}, [&] { return seal(); });
    check("body", {"signature"}, [&] { return body(); });
    receipts();
    return std::move(verdict_);
  }

 private:
  using Step = std::function<Result<Check>()>;

  static Check holds(std::string sentence) { return {"", Outcome::kHolds, std::move(sentence)}; }
  static Check nothing(std::string sentence) { return {"", Outcome::kNothing, std::move(sentence)}; }

  bool held(std::string_view name) const {
    return std::any_of(verdict_.checks.begin(), verdict_.checks.end(),
                       [&](const Check& check) { return check.name == name && (check.outcome == Outcome::kHolds || check.outcome == Outcome::kNothing); });
  }

  void check(const std::string& name, const std::vector<std::string_view>& needs, const Step& step) {
    for (const std::string_view need : needs) {
      if (held(need)) continue;
      verdict_.checks.push_back({name, Outcome::kNotReached, fmt::format("stands on '{}', which does not hold", need)});
      return;
    }
    Result<Check> done = step();
    Check result = done ? std::move(*done) : Check{"", Outcome::kFailed, done.error().what};
    result.name = name;
    verdict_.checks.push_back(std::move(result));
  }

  Result<Check> format() {
    file_ = TRY(parse_proof(text_));
    if (file_.rosters.empty() || file_.policies.empty()) return wrong("the file holds no roster or no policy");
    return holds(fmt::format("a proof file of the network {}", printable_name(file_.network)));
  }

  Result<Check> genesis() {
    const SignedNote first = TRY(parse_note(file_.rosters[0].text));
    if (first.text_hash() != file_.genesis_sha256) return wrong("the first roster is not the one whose fingerprint the file states");
    if (!fingerprint_)
      return nothing(fmt::format("not compared: the file is of the exchange {}; liaison status shows that of yours, and --fingerprint compares them",
                                 spoken(file_.genesis_sha256)));
    if (*fingerprint_ != file_.genesis_sha256)
      return wrong(fmt::format("the file is of another exchange: its fingerprint is {}", spoken(file_.genesis_sha256)));
    return holds("the one you gave");
  }

  Result<Check> chain() {
    std::vector<std::string_view> notes;
    for (const PlacedText& roster : file_.rosters) notes.push_back(roster.text);
    charter_.rosters = TRY(trust_notes(notes));
    const Roster& newest = charter_.rosters.back().roster;
    if (newest.network != file_.network) return wrong("the rosters are of another network than the file states");
    charter_.network = network_id_of(newest.network, file_.genesis_sha256);
    return holds(fmt::format("rosters 1 to {}, each signed by enough roots; the file cannot show that there is no newer one", newest.version));
  }

  Result<Check> checkpoint() {
    charter_.checkpoint = TRY(open_checkpoint(file_.checkpoint, charter_.rosters.back().roster.broker.log));
    return holds(fmt::format("signed by the broker over {} entries", charter_.checkpoint.size));
  }

  Result<Check> rosters_placed() {
    std::vector<Hash> hashes;
    for (const TrustedRoster& roster : charter_.rosters) hashes.push_back(roster.text_hash);
    charter_.roster_at = TRY(place_all(charter_, LeafClass::kRoster, file_.rosters, hashes));
    if (charter_.roster_at[0] != 0) return wrong("the first roster is not the first entry of the log");
    return holds(fmt::format("{} in the checkpoint, the last one at entry {}", charter_.roster_at.size(), charter_.roster_at.back()));
  }

  Result<Check> policies_placed() {
    std::vector<Hash> hashes;
    for (const PlacedText& policy : file_.policies) {
      hashes.push_back(sha256(view_of(policy.text)));
      charter_.policies.push_back(TRY(parse_policy(policy.text)));
    }
    charter_.policy_at = TRY(place_all(charter_, LeafClass::kPolicy, file_.policies, hashes));
    charter_.policy_hashes = std::move(hashes);
    return holds(fmt::format("{} in the checkpoint, the last one at entry {}", charter_.policy_at.size(), charter_.policy_at.back()));
  }

  Result<Check> frame() {
    TRY(parse_frame(file_.message.frame));
    return holds(fmt::format("{} bytes", file_.message.frame.size()));
  }

  Result<Check> sender_key() {
    const RosterKey* key = TRY(key_for(charter_, file_.message.frame, file_.message.place.index));
    sender_ = key;
    return holds(fmt::format("{} of {}, valid at entry {}", key->id, key->member.str(), file_.message.place.index));
  }

  Result<Check> signature() {
    message_ = TRY(verify_frame(charter_.network, sender_->key, file_.message.frame));
    const Header& header = message_->header();
    if (header.sender != sender_->member) return wrong("the message names another sender than the key's member");
    verdict_.kind = header.kind;
    verdict_.about = fmt::format("message {} of {}, {}, made {}", hex(message_->message_id()), header.sender.str(), header.kind,
                                 rfc3339_millis(header.created_at_ms));
    return holds(fmt::format("{} has signed exactly these bytes", header.sender.str()));
  }

  Result<Check> leaf() {
    leaf_ = TRY(leaf_for(file_.message.place, LeafClass::kFrame, frame_hash_of(file_.message.frame)));
    verdict_.accepted = leaf_.verdict == Code::kAccepted;
    if (leaf_.verdict != Code::kAccepted) return holds(fmt::format("REFUSED with {}: logged, not delivered", code_name(leaf_.verdict)));
    return holds(fmt::format("accepted as entry {} at {}", leaf_.index, rfc3339_millis(leaf_.accept_time_ms)));
  }

  Result<Check> inclusion() {
    TRY(check_included(charter_, file_.message.place));
    return holds(fmt::format("entry {} is in the log that the checkpoint signs", leaf_.index));
  }

  Result<Check> policy() {
    const PolicyDecision decision = TRY(decide_at(charter_, message_->header(), leaf_));
    if (decision.allowed()) return holds(fmt::format("rule {}: {}", decision.rule, decision.basis));
    return holds(fmt::format("refused as rule {} says", decision.rule));
  }

  Result<Check> seal() {
    if (message_->header().suite != kSuiteSealed) return nothing("this kind is not sealed");
    if (leaf_.verdict != Code::kAccepted) return nothing("a refused message need not be sealed as it must");
    TRY(check_sealed_to(charter_, *message_, leaf_.index));
    return holds("sealed to exactly its recipients and its sender");
  }

  Result<Check> body() {
    const Header& header = message_->header();
    if (header.suite != kSuiteSealed || !header.key_commitment) return nothing("not sealed");
    if (!file_.content_key) return nothing("sealed: the file holds no content key");
    if (file_.content_key->size() != 32) return wrong("the content key is not 32 bytes long");
    const Secret plain = TRY(open_with_content_key(ContentKey::from(*file_.content_key), message_->header_bytes(), *header.key_commitment, message_->body()));
    verdict_.opened = TRY(opened_body(header.kind, header.schema_id, plain.expose()));
    return holds("opens with the content key that the header commits to");
  }

  void receipts() {
    check("receipts", {"signature", "leaf", "inclusion"}, [&]() -> Result<Check> {
      for (const PlacedFrame& receipt : file_.receipts) delivered_.push_back(TRY(check_receipt(charter_, *message_, leaf_.index, receipt)));
      return delivered_.empty() ? nothing("none in this file") : holds(fmt::format("{}, each signed, in the log, and about this message", delivered_.size()));
    });
    if (!message_) return;
    for (const MemberId& recipient : message_->header().recipients) {
      check("receipt of " + recipient.str(), {"receipts"}, [&] { return receipt_of(recipient); });
    }
  }

  // What it has said first, in the log's order, whatever the file's; that it has taken the message replaces what it said before.
  const Delivery* said_by(const MemberId& recipient) const {
    const Delivery* out = nullptr;
    for (const Delivery& one : delivered_) {
      if (one.member != recipient) continue;
      const auto rank = [](const Delivery& delivery) { return std::pair(delivery.verdict != Code::kAccepted, delivery.index); };
      if (out == nullptr || rank(one) < rank(*out)) out = &one;
    }
    return out;
  }

  Result<Check> receipt_of(const MemberId& recipient) const {
    if (const Delivery* said = said_by(recipient)) {
      if (said->verdict == Code::kAccepted) return holds(fmt::format("received and accepted, entry {}", said->index));
      return holds(fmt::format("received and answered with {}, entry {}", code_name(said->verdict), said->index));
    }
    if (leaf_.verdict != Code::kAccepted) return nothing("a refused message is not delivered");
    return nothing("none in this file");
  }

  std::string_view text_;
  std::optional<Hash> fingerprint_;
  ProofFile file_;
  Charter charter_;
  const RosterKey* sender_ = nullptr;
  std::optional<VerifiedFrame> message_;
  Leaf leaf_;
  std::vector<Delivery> delivered_;
  Verdict verdict_;
};

}  // namespace

bool Verdict::holds() const {
  return !checks.empty() && std::none_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.outcome == Outcome::kFailed || check.outcome == Outcome::kNotReached;
  });
}

bool Verdict::compared() const {
  return std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.name == kGenesisCheck && check.outcome == Outcome::kHolds; });
}

std::string Verdict::first_failure() const {
  const auto found = std::find_if(checks.begin(), checks.end(), [](const Check& check) { return check.outcome == Outcome::kFailed; });
  return found == checks.end() ? "" : found->name;
}

Verdict verify_proof(std::string_view file, const std::optional<Hash>& fingerprint) { return Verifier(file, fingerprint).run(); }

}  // namespace liaison
