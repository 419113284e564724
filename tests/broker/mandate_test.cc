// SPDX-License-Identifier: Apache-2.0
// What the policy promises at the broker: it decides an entry by the roster before the entry's own index, and what lies
// outside a member's mandate changes nothing that this member receives.
#include <random>

#include "security/sealing.h"
#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

// --- the policy at an index

class PolicyTerms : public RunningExchange {
 protected:
  static constexpr const char* kAllow = "allow all publish * visit.plan <=named to * under \"a basis\"\n";

  // The policy after the one in force, as an entry that no roster names yet.
  std::string add_policy(const std::string& rules) {
    const Charter& charter = gateway->exchange().charter();
    const std::string text = TinyExchange::policy_text(charter.policy()->version + 1, charter.policy_hash(), rules);
    const auto applied = gateway->apply(std::nullopt, text);
    EXPECT_TRUE(applied) << applied.error().what;
    return text;
  }
  void put_in_force(const std::string& policy) {
    apply_roster([&](Roster& roster) { roster.policy_sha256 = sha256(view_of(policy)); });
  }
  // A letter whose header names the roster and the policy in force now; without it, it names the first ones.
  Letter informed() {
    Letter letter = letter_from("1540");
    const Roster& roster = gateway->exchange().charter().roster()->roster;
    letter.edit = [version = roster.version, policy = roster.policy_sha256](Header& header) {
      header.roster_version = version;
      header.policy_hash = policy;
    };
    return letter;
  }
  Leaf leaf_of(const Answered& answer) {
    logged(answer);
    return std::holds_alternative<Acceptance>(answer) ? *decode_leaf(std::get<Acceptance>(answer).leaf) : Leaf{};
  }
};

TEST_F(PolicyTerms, BothSidesOfAChangeAreDecidedByTheirOwnIndex) {
  EXPECT_EQ(leaf_of(publish("1540", letter_from("1540"))).verdict, Code::kAccepted);   // index 2
  const std::string nothing = add_policy("");                                          // index 3
  const Leaf before = leaf_of(publish("1540", letter_from("1540")));                   // index 4: a policy in the log is not yet in force
  EXPECT_EQ(before.index, 4U);
  EXPECT_EQ(before.verdict, Code::kAccepted);
  put_in_force(nothing);                                                               // index 5
  const Leaf after = leaf_of(publish("1540", letter_from("1540")));                    // index 6, though its header names the first policy
  EXPECT_EQ(after.index, 6U);
  EXPECT_EQ(after.verdict, Code::kPolicy);
  EXPECT_EQ(leaf_of(publish("1540", informed())).verdict, Code::kPolicy);
  const Letter forbidden_then = informed();                                            // made while nothing was allowed
  put_in_force(add_policy(kAllow));
  EXPECT_EQ(leaf_of(publish("1540", forbidden_then)).verdict, Code::kAccepted);
}

TEST_F(PolicyTerms, AFrameThatIsKnownKeepsItsVerdictUnderEveryLaterPolicy) {
  const Bytes good = next_frame("1540", letter_from("1540"));
  ASSERT_EQ(logged(answered(say("1540", good))), Code::kAccepted);
  put_in_force(add_policy(""));
  const Bytes bad = next_frame("1540", letter_from("1540"));
  ASSERT_EQ(logged(answered(say("1540", bad))), Code::kPolicy);
  put_in_force(add_policy(kAllow));
  EXPECT_EQ(logged(answered(say("1540", good))), Code::kAccepted);
  EXPECT_EQ(logged(answered(say("1540", bad))), Code::kPolicy);
}

TEST_F(PolicyTerms, EveryVerdictOfTheLogFollowsFromTheEntriesBeforeIt) {
  for (const char* rules : {"", kAllow, "deny no publish 1540 visit.plan <=named to 1267 under \"no\"\n"}) {
    EXPECT_TRUE(std::holds_alternative<Acceptance>(publish("1540", letter_from("1540"))));
    put_in_force(add_policy(rules));
    EXPECT_TRUE(std::holds_alternative<Acceptance>(publish("1540", informed())));
  }
  std::map<Hash, Policy> policies;
  std::optional<Roster> roster;
  std::map<Code, int> counts;
  for (const Item& item : fetch("1540", 0).items) {
    const Leaf leaf = *decode_leaf(item.leaf);
    if (leaf.leaf_class == LeafClass::kRoster) roster = *parse_roster(parse_note(text_of(item.body))->text);
    if (leaf.leaf_class == LeafClass::kPolicy) policies.emplace(leaf.hash, *parse_policy(text_of(item.body)));
    if (leaf.leaf_class != LeafClass::kFrame) continue;
    std::vector<MemberId> members;
    for (const RosterMember& member : roster->members) members.push_back(member.id);
    const Header header = *decode_header(parse_frame(item.body)->header);
    const auto decision = decide(policies.at(roster->policy_sha256), members, {header.sender, header.kind, header.marking, &header.recipients, header.suite});
    EXPECT_EQ(code_name(leaf.verdict), code_name(decision.verdict)) << leaf.index;
    counts[leaf.verdict] += 1;
  }
  EXPECT_EQ(counts[Code::kAccepted], 3);
  EXPECT_EQ(counts[Code::kPolicy], 3);
}

TEST_F(PolicyTerms, APlainBodyThatThePolicyWouldLetThroughIsESeal) {
  const Charter& charter = gateway->exchange().charter();
  std::string text = TinyExchange::policy_text(2, charter.policy_hash(), kAllow);
  text.replace(text.find("encrypt public"), 14, "encrypt named");
  ASSERT_TRUE(gateway->apply(std::nullopt, text));
  put_in_force(text);
  Letter letter = letter_from("1540");
  letter.marking = "public";
  letter.suite = kSuitePlain;
  EXPECT_EQ(leaf_of(publish("1540", letter)).verdict, Code::kSeal);
  letter.suite = kSuiteSealed;
  EXPECT_EQ(leaf_of(publish("1540", letter)).verdict, Code::kAccepted);
}

// --- non-interference

// An exchange of four in which 1267 watches. Nodes count their pair numbers as the protocol says.
class WatchedWorld : public RunningExchange {
 public:
  WatchedWorld() : RunningExchange(4) { look(); }
  void TestBody() override {}

  void send(const std::string& from, const std::vector<std::string>& to, const std::string& text, const std::string& kind = "visit.plan") {
    Letter letter;
    for (const std::string& id : to) letter.to.push_back(tiny.member(id).id);
    letter.kind = kind;
    letter.text = text;
    if (kind == kKindReceipt) letter.suite = kSuitePlain, letter.marking = "public";
    else for (const MemberId& id : letter.to) letter.pair_seq_of[id] = ++pairs_[{from, id.str()}];
    hear(from, publish(from, letter));
    look();
  }
  // Bytes that are turned away: nothing is consumed.
  void knock(const std::string& from, const Bytes& payload) { hear(from, answered(say(from, payload))); }
  Bytes unchained(const std::string& from) { return tiny.frame(tiny.member(from), letter_from(from), 99, Hash{}, clock.now().wall_ms); }

  void pass_time() { clock.advance(700); }
  void ask_who() {
    for (const ChainHead& head : who_am_i("1267").heads) {
      seen_.push_back("who " + std::to_string(head.sequence) + ' ' + std::string(code_name(verdict_of(*head.acceptance))));
    }
  }
  // All that 1267 received, but for what it may learn of others: leaf count, class, verdict, hashes, times, sequence and previous.
  const std::vector<std::string>& seen() const { return seen_; }
  std::uint64_t leaves() const { return cursor_; }

 private:
  void hear(const std::string& by, const Answered& answer) {
    if (by != "1267") return;
    if (const auto* acceptance = std::get_if<Acceptance>(&answer)) {
      seen_.push_back("R1 " + std::string(code_name(verdict_of(*acceptance))) + ' ' + acceptance->rule + ' ' + acceptance->basis);
    } else {
      const Refusal& refusal = std::get<Refusal>(answer);
      seen_.push_back("refused " + std::string(code_name(refusal.code)) + ' ' + std::to_string(refusal.detail) + ' ' + refusal.text);
    }
  }
  void look() {
    const Items items = fetch("1267", cursor_);
    cursor_ += items.items.size();
    for (const Item& item : items.items) {
      if (!item.body.empty()) seen_.push_back(shown(*decode_leaf(item.leaf), item.body));
    }
  }
  std::string shown(const Leaf& leaf, const Bytes& body) {
    if (leaf.leaf_class != LeafClass::kFrame) return "act " + hex(sha256(body));
    const FrameView frame = *parse_frame(body);
    const Header h = *decode_header(frame.header);
    std::string line = std::to_string(body.size()) + ' ' + h.sender.str() + ' ' + h.kind + ' ' + h.marking;
    for (const MemberId& id : h.recipients) line += ' ' + id.str();
    line += ' ' + std::to_string(h.created_at_ms) + ' ' + std::to_string(h.not_after_ms) + ' ' + std::to_string(h.roster_version) + ' ' + hex(h.policy_hash) +
            ' ' + std::to_string(h.seen_size) + ' ' + hex(h.seen_root) + ' ' + hex(h.in_reply_to) + ' ' + std::to_string(h.suite);
    if (h.suite != kSuiteSealed) return line + ' ' + std::string(text_of(frame.body));
    const AgreementKey& key = tiny.member("1267").hpke;
    const auto opened = open_body(key, key_id_of(KeyUse::hpke, key.public_key()), tiny.network_id(), frame.key_id, frame.header, *h.key_commitment, frame.body);
    return opened ? line + ' ' + std::to_string(opened->pair_seq) + ' ' + std::string(text_of(opened->plaintext.expose())) : line + " does not open";
  }

  std::map<std::pair<std::string, std::string>, std::uint64_t> pairs_;
  std::vector<std::string> seen_;
  std::uint64_t cursor_ = 0;
};

// Something that does not name 1267.
void something_else(WatchedWorld& world, std::mt19937& random, int number) {
  const std::string text = "elsewhere " + std::to_string(number);
  switch (random() % 6) {
    case 0: return world.send("1540", {"1373"}, text);
    case 1: return world.send("1373", {"1540", "2001"}, text);
    case 2: return world.send("2001", {"1373"}, text, "visit.answer");   // no rule allows it: a refused entry
    case 3: return world.send("2001", {"1540"}, text, "receipt");
    case 4: return world.knock("1540", bytes_of(view_of(text)));
    default: return world.knock("2001", world.unchained("2001"));
  }
}

void history(WatchedWorld& world, unsigned seed, bool with_others) {
  std::mt19937 random(seed), others(seed + 1000);
  for (int step = 0; step < 12; ++step) {
    for (auto more = with_others ? others() % 4 : 0; more > 0; --more) something_else(world, others, step);
    const std::string text = "for 1267, " + std::to_string(step);
    switch (random() % 7) {
      case 0: world.send("1540", {"1267"}, text); break;
      case 1: world.send("1373", {"1267", "1540"}, text); break;
      case 2: world.send("1267", {"1373", "1540"}, text); break;
      case 3: world.send("1267", {"1540"}, text, "visit.answer"); break;   // refused
      case 4: world.send("1540", {"1267"}, text, "receipt"); break;
      case 5: world.knock("1267", world.unchained("1267")); break;
      default: world.ask_who();
    }
    world.pass_time();
  }
}

TEST(NonInterference, WhatLiesOutsideAMandateChangesNothingThatAMemberReceives) {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    WatchedWorld quiet, busy;
    history(quiet, seed, false);
    history(busy, seed, true);
    EXPECT_GT(busy.leaves(), quiet.leaves());
    ASSERT_EQ(busy.seen().size(), quiet.seen().size()) << "seed " << seed;
    for (std::size_t i = 0; i < quiet.seen().size(); ++i) ASSERT_EQ(busy.seen()[i], quiet.seen()[i]) << "seed " << seed;
  }
}

TEST(NonInterference, TheComparisonSeesAMessageThatNamesTheMember) {
  WatchedWorld one, other;
  one.send("1540", {"1373"}, "a text");
  one.send("1540", {"1267"}, "a text");
  other.send("1540", {"1267", "1373"}, "a text");
  other.send("1540", {"1267"}, "a text");
  EXPECT_NE(one.seen(), other.seen());
  WatchedWorld counted;
  counted.send("1540", {"1373"}, "a text");
  counted.send("1540", {"1267"}, "another");
  EXPECT_NE(one.seen(), counted.seen());
}

}  // namespace
}  // namespace liaison
