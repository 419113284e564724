// SPDX-License-Identifier: Apache-2.0
// A small exchange made by hand: roots, a roster, a policy, a log, one visit plan of 1540 to 1267 and 1373, and their
// receipts; and its proof file as JSON, for tests to alter.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/cli/authority.h"
#include "schemas/message.h"
#include "schemas/visit.h"
#include "security/frame.h"
#include "security/hash.h"
#include "security/log.h"
#include "security/sealing.h"

namespace liaison {

// What a test may want otherwise.
struct Wishes {
  std::string marking = "committees";
  Code verdict = Code::kAccepted;
  bool revoked_later = false;             // a second roster revokes the sender's key below the message
  std::vector<std::string> receipts = {"1267", "1373"};   // "1373!" says that it cannot take the message
  Bytes extract = {};                     // the body of an extract that is sent instead of the visit
};

class ProofFixture {
 public:
  using json = nlohmann::json;
  static constexpr TimeMs kTime = 1'800'000'000'000;

  explicit ProofFixture(Wishes wishes = {})
      : wishes_(std::move(wishes)), tree_([](std::uint64_t) -> Result<std::vector<Hash>> { return fail(Code::kStore, "no older tiles"); }) {
    make_members();
    make_roster();
    add(LeafClass::kRoster, sha256(view_of(roster_text_)), Code::kAccepted);
    add(LeafClass::kPolicy, sha256(view_of(policy_)), Code::kAccepted);
    add(LeafClass::kFrame, sha256(view_of("somebody else's")), Code::kAccepted);
    send();
    for (const std::string& member : wishes_.receipts) confirm(member);
    if (wishes_.revoked_later) revoke();
    add(LeafClass::kFrame, sha256(view_of("later")), Code::kAccepted);
  }

  json proof() {
    const Hash root = *tree_.root();
    json out = {{"format", "liaison-proof/v1"}, {"network", kNetwork}, {"genesis_sha256", hex(genesis_)}};
    out["rosters"] = json::array({with_place({{"note", notes_[0]}}, 0)});
    if (notes_.size() > 1) out["rosters"].push_back(with_place({{"note", notes_[1]}}, second_roster_at_));
    out["policies"] = json::array({with_place({{"file", policy_}}, 1)});
    out = with_place(std::move(out), kMessageAt);
    out["frame"] = base64(frame_);
    out["checkpoint"] = sign_checkpoint({log_origin(kNetwork), tree_.size(), root}, log_);
    out["content_key"] = base64(content_key_);
    out["receipts"] = json::array();
    for (const auto& [index, bytes] : receipts_) out["receipts"].push_back(with_place({{"frame", base64(bytes)}}, index));
    return out;
  }
  const Hash& genesis() const { return genesis_; }
  const Bytes& frame() const { return frame_; }

  static constexpr const char* kNetwork = "test.liaison.example";
  static constexpr std::uint64_t kMessageAt = 3;

 private:
  struct Member { SigningKey sign, witness; AgreementKey hpke, curve; };

  static SigningKey seeded(const std::string& name) { return SigningKey::from_seed(sha256(view_of(name))); }
  static AgreementKey agreed(const std::string& name) { return AgreementKey::from_secret(sha256(view_of(name))); }

  void make_members() {
    for (const std::string id : {"1267", "1373", "1540"}) {
      members_.emplace(id, Member{seeded(id + "s"), seeded(id + "w"), agreed(id + "h"), agreed(id + "c")});
    }
    policy_ = "liaison-policy/v1\nversion 1\nprevious -\nmarking public committees named\nkind extract receipt visit.plan\nencrypt public except receipt\n"
              "allow p1 publish 1540 visit.plan <=committees to 1267 1373 under \"paragraph 19\"\n"
              "allow p2 publish * receipt public to * under \"service\"\n"
              "allow p3 publish 1540 extract <=committees to 1267 1373 under \"paragraph 20\"\n";
  }

  void make_roster() {
    FirstRoster wanted;
    wanted.network = kNetwork;
    for (const std::string id : {"R1", "R2", "R3"}) {
      wanted.roots.push_back({id, make_verifier_key(std::string(kNetwork) + "/root/" + id, kVkeyEd25519, seeded(id).public_key())});
    }
    wanted.threshold = 2;
    wanted.broker = {kNetwork,
                     "B1",
                     true,
                     {{KeyUse::sign, seeded("b").public_key()}, {KeyUse::log, log_.public_key()}, {KeyUse::curve, agreed("b").public_key()}}};
    std::uint16_t port = 5600;
    for (const auto& [id, member] : members_) {
      wanted.members.push_back({{kNetwork, id, false,
                                 {{KeyUse::sign, member.sign.public_key()}, {KeyUse::witness, member.witness.public_key()},
                                  {KeyUse::curve, member.curve.public_key()}, {KeyUse::hpke, member.hpke.public_key()}}},
                                ++port, "127.0.0.0/8"});
    }
    wanted.policy_sha256 = sha256(view_of(policy_));
    wanted.schemas_sha256 = sha256(view_of(schemas_text()));
    wanted.issued_ms = kTime;
    wanted.expires_days = 90;
    roster_text_ = *first_roster(wanted);
    genesis_ = sha256(view_of(roster_text_));
    notes_.push_back(sign_note_of(roster_text_));
    network_ = network_id_of(kNetwork, genesis_);
  }

  std::string sign_note_of(const std::string& text) {
    std::string note = SignedNote{text, {}}.str();
    for (const std::string id : {"R1", "R3"}) note = sign_roster(note, id, seeded(id), std::nullopt)->note;
    return note;
  }

  std::uint64_t add(LeafClass leaf_class, const Hash& hash, Code verdict) {
    const auto leaf = encode_leaf({leaf_class, verdict, tree_.size(), kTime + tree_.size(), hash});
    leaves_.emplace_back(leaf.begin(), leaf.end());
    tree_.append(leaf_hash(leaves_.back()));
    return tree_.size() - 1;
  }

  Header header_of(const std::string& sender, std::string_view kind, std::vector<std::string> to) {
    Header header;
    header.sender = *MemberId::parse(sender);
    header.kind = std::string(kind);
    header.schema_id = *schema_id_of(kind);
    for (const std::string& id : to) header.recipients.push_back(*MemberId::parse(id));
    header.marking = kind == kKindReceipt ? "public" : wishes_.marking;
    header.sequence = 1;
    header.created_at_ms = kTime;
    header.not_after_ms = kTime + 1'000'000;
    header.roster_version = 1;
    header.policy_hash = sha256(view_of(policy_));
    header.seen_size = 1;
    header.seen_root = leaf_hash(leaves_[0]);
    header.nonce = {1, 2, 3};
    header.suite = kind == kKindReceipt ? kSuitePlain : kSuiteSealed;
    return header;
  }

  static VisitPlan plan() {
    VisitPlan plan;
    plan.record_id = "1540-V-2027-0001";
    plan.revision = 1;
    plan.lead = *MemberId::parse("1540");
    plan.status = VisitStatus::invited;
    plan.kind = VisitKind::invited_visit;
    plan.title = "National action plan";
    plan.states = {{"KGZ", ""}};
    plan.components = {{ComponentMode::on_site, "2027-03-08", "2027-03-12", DatePrecision::day, {"Bishkek"}}};
    plan.paragraph = "S/RES/1977 (2011) 11";
    plan.contact = "1540 desk";
    return plan;
  }

  void send() {
    const bool extract = !wishes_.extract.empty();
    Header header = header_of("1540", extract ? std::string_view("extract") : kKindVisitPlan, {"1267", "1373"});
    const ContentKey key = ContentKey::generate();
    content_key_ = bytes_of(key.expose());
    header.key_commitment = key.commitment();
    const Bytes head = encode_header(header);
    std::vector<SealTo> to;
    for (const std::string id : {"1267", "1373", "1540"}) {
      const PublicKey& hpke = members_.at(id).hpke.public_key();
      to.push_back({key_id_of(KeyUse::hpke, hpke), hpke, id == "1540" ? 0U : 1U});
    }
    const SigningKey& sign = members_.at("1540").sign;
    const Bytes body = *seal_body(key, network_, key_id_of(KeyUse::sign, sign.public_key()), head, to, extract ? wishes_.extract : encode_visit_plan(plan()));
    frame_ = make_frame(network_, sign, head, body);
    add(LeafClass::kFrame, frame_hash_of(frame_), wishes_.verdict);
  }

  void confirm(std::string member) {
    const Code said = member.ends_with('!') ? Code::kBody : Code::kAccepted;
    if (said != Code::kAccepted) member.pop_back();
    const auto message = verify_frame(network_, members_.at("1540").sign.public_key(), frame_);
    const Bytes body = encode_receipt({{message->message_id(), message->frame_hash(), kMessageAt, 1, said}});
    const Bytes bytes = make_frame(network_, members_.at(member).sign, encode_header(header_of(member, kKindReceipt, {"1540"})), body);
    const std::uint64_t at = add(LeafClass::kFrame, frame_hash_of(bytes), Code::kAccepted);
    receipts_.emplace_back(at, bytes);
  }

  void revoke() {
    NextRoster wanted;
    wanted.revoked = {{"1540-sign-1", kMessageAt, "compromise"}};
    wanted.issued_ms = kTime;
    wanted.expires_days = 90;
    const std::string text = *next_roster(*parse_roster(roster_text_), genesis_, wanted);
    notes_.push_back(sign_note_of(text));
    second_roster_at_ = add(LeafClass::kRoster, sha256(view_of(text)), Code::kAccepted);
  }

  json with_place(json object, std::uint64_t index) {
    object["index"] = index;
    object["leaf"] = base64(leaves_[index]);
    object["path"] = json::array();
    const std::vector<Hash> path = *tree_.inclusion(index, tree_.size());
    for (const Hash& hash : path) object["path"].push_back(base64(hash));
    return object;
  }

  Wishes wishes_;
  Tree tree_;
  SigningKey log_ = seeded("log");
  std::map<std::string, Member> members_;
  std::string policy_, roster_text_;
  std::vector<std::string> notes_;
  Hash genesis_{};
  NetworkId network_{};
  std::vector<Bytes> leaves_;
  Bytes frame_, content_key_;
  std::vector<std::pair<std::uint64_t, Bytes>> receipts_;
  std::uint64_t second_roster_at_ = 0;
};

}  // namespace liaison
