// SPDX-License-Identifier: Apache-2.0
// A proof file is judged offline: a whole one holds, and one altered byte shows up under the name of the check that it
// breaks.
#include "nodes/cli/verify.h"

#include <gmock/gmock.h>

#include "tests/cli/proof_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::HasSubstr;

const Check& check_named(const Verdict& verdict, const std::string& name) {
  for (const Check& check : verdict.checks) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << "no check named " << name;
  return verdict.checks.front();
}

Verdict judge(const json& proof, const std::optional<Hash>& fingerprint = std::nullopt) { return verify_proof(proof.dump(), fingerprint); }

std::string first_failure(const json& proof) { return judge(proof).first_failure(); }

// The same base64 with one bit of the byte at `at` flipped.
std::string flipped(const json& value, std::size_t at, std::uint8_t bit = 1) {
  Bytes bytes = *from_base64(value.get<std::string>());
  bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ bit);
  return base64(bytes);
}

class Proof : public ::testing::Test {
 protected:
  ProofFixture exchange_;
  json proof_ = exchange_.proof();
};

TEST_F(Proof, AWholeOneHoldsAndSaysWhatItIs) {
  const Verdict verdict = judge(proof_, exchange_.genesis());
  for (const Check& check : verdict.checks) EXPECT_EQ(check.outcome, Outcome::kHolds) << check.name << ": " << check.sentence;
  EXPECT_TRUE(verdict.holds());
  EXPECT_THAT(verdict.about, HasSubstr("1540, visit.plan"));
  EXPECT_THAT(verdict.opened, HasSubstr("National action plan"));
  EXPECT_THAT(check_named(verdict, "policy").sentence, HasSubstr("paragraph 19"));
  EXPECT_THAT(check_named(verdict, "receipt of 1373").sentence, HasSubstr("received"));
}

TEST_F(Proof, EveryByteOfTheFrameCounts) {
  const std::size_t size = exchange_.frame().size();
  const json whole = proof_["frame"];
  for (std::size_t at = 0; at < size; ++at) {
    proof_["frame"] = flipped(whole, at);
    EXPECT_THAT(first_failure(proof_), AnyOf("frame", "sender's key", "signature")) << "byte " << at;
  }
}

TEST_F(Proof, EveryByteOfEveryLeafCounts) {
  const std::map<std::string, json*> leaves = {{"leaf", &proof_["leaf"]},
                                               {"rosters in the log", &proof_["rosters"][0]["leaf"]},
                                               {"policies in the log", &proof_["policies"][0]["leaf"]},
                                               {"receipts", &proof_["receipts"][1]["leaf"]}};
  for (const auto& [name, leaf] : leaves) {
    const json whole = *leaf;
    for (std::size_t at = 0; at < kLeafBytes; ++at) {
      *leaf = flipped(whole, at);
      EXPECT_THAT(first_failure(proof_), name == "leaf" ? AnyOf(name, std::string("inclusion")) : AnyOf(name, name)) << "byte " << at;
    }
    *leaf = whole;
  }
}

TEST_F(Proof, EveryByteOfEveryPathCounts) {
  const std::map<std::string, json*> paths = {{"inclusion", &proof_["path"]},
                                              {"rosters in the log", &proof_["rosters"][0]["path"]},
                                              {"policies in the log", &proof_["policies"][0]["path"]},
                                              {"receipts", &proof_["receipts"][0]["path"]}};
  for (const auto& [name, path] : paths) {
    for (json& step : *path) {
      const json whole = step;
      for (std::size_t at = 0; at < 32; ++at) {
        step = flipped(whole, at, 0x80);
        EXPECT_EQ(first_failure(proof_), name);
      }
      step = whole;
    }
    path->push_back(path->front());
    EXPECT_EQ(first_failure(proof_), name);
    path->erase(path->size() - 1);
  }
}

TEST_F(Proof, EveryByteOfTheCheckpointCounts) {
  const std::string whole = proof_["checkpoint"];
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string text = whole;
    text[at] = text[at] == 'a' ? 'b' : 'a';
    proof_["checkpoint"] = text;
    // The bytes of the dash before a signature are no text when one is changed: then the file is no JSON.
    EXPECT_THAT(verify_proof(proof_.dump(-1, ' ', false, json::error_handler_t::replace), std::nullopt).first_failure(), "checkpoint") << "byte " << at;
  }
}

TEST_F(Proof, EveryByteOfTheFirstRosterCounts) {
  const std::string whole = proof_["rosters"][0]["note"];
  const std::size_t text_ends = whole.find("\n\n") + 1;
  for (std::size_t at = 0; at < text_ends; ++at) {
    std::string text = whole;
    text[at] = text[at] == 'a' ? 'b' : 'a';
    proof_["rosters"][0]["note"] = text;
    EXPECT_THAT(first_failure(proof_), AnyOf("genesis fingerprint", "roster chain")) << "byte " << at;
  }
}

TEST_F(Proof, ASignatureLessOnTheRosterIsNotEnough) {
  std::string note = proof_["rosters"][0]["note"];
  note.erase(note.rfind("\xE2\x80\x94"));
  proof_["rosters"][0]["note"] = note;
  EXPECT_EQ(first_failure(proof_), "roster chain");
}

TEST_F(Proof, EveryByteOfThePolicyCounts) {
  const std::string whole = proof_["policies"][0]["file"];
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string text = whole;
    text[at] = text[at] == 'a' ? 'b' : 'a';
    proof_["policies"][0]["file"] = text;
    EXPECT_EQ(first_failure(proof_), "policies in the log") << "byte " << at;
  }
}

TEST_F(Proof, EveryByteOfAReceiptCounts) {
  const json whole = proof_["receipts"][0]["frame"];
  const std::size_t size = from_base64(whole.get<std::string>())->size();
  for (std::size_t at = 0; at < size; ++at) {
    proof_["receipts"][0]["frame"] = flipped(whole, at);
    EXPECT_EQ(first_failure(proof_), "receipts") << "byte " << at;
  }
}

TEST_F(Proof, EveryByteOfTheContentKeyCounts) {
  const json whole = proof_["content_key"];
  for (std::size_t at = 0; at < 32; ++at) {
    proof_["content_key"] = flipped(whole, at);
    EXPECT_EQ(first_failure(proof_), "body") << "byte " << at;
  }
}

// Whatever stands in the file is checked by something, also what holds the fields together.
TEST_F(Proof, EveryByteOfTheFileItselfCounts) {
  const std::string whole = proof_.dump();
  ASSERT_TRUE(verify_proof(whole, exchange_.genesis()).holds());
  for (std::size_t at = 0; at < whole.size(); at += 5) {   // each of them takes a whole verification
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ (at % 2 == 0 ? 0x01 : 0x20));
    const Verdict verdict = verify_proof(text, exchange_.genesis());
    EXPECT_FALSE(verdict.holds()) << "byte " << at << ": " << whole.substr(at < 40 ? 0 : at - 40, 60);
    EXPECT_NE(verdict.first_failure(), "") << "byte " << at;
  }
}

TEST_F(Proof, NumbersAndNamesCount) {
  proof_["index"] = 4;
  EXPECT_THAT(first_failure(proof_), AnyOf("leaf", "sender's key"));
  proof_["index"] = 3;
  proof_["network"] = "other.liaison.example";
  EXPECT_EQ(first_failure(proof_), "roster chain");
  proof_["network"] = ProofFixture::kNetwork;
  proof_["genesis_sha256"] = std::string(64, '0');
  EXPECT_EQ(first_failure(proof_), "genesis fingerprint");
  proof_["genesis_sha256"] = hex(exchange_.genesis());
  proof_["format"] = "liaison-proof/v2";
  EXPECT_EQ(first_failure(proof_), "format");
}

TEST_F(Proof, WithoutAFingerprintItHoldsAndSaysThatNobodyHasComparedIt) {
  const Verdict verdict = judge(proof_);
  EXPECT_TRUE(verdict.holds());
  EXPECT_FALSE(verdict.compared());
  EXPECT_EQ(check_named(verdict, "genesis fingerprint").outcome, Outcome::kNothing);
  EXPECT_TRUE(judge(proof_, exchange_.genesis()).compared());
}

TEST_F(Proof, AnotherFingerprintThanTheOneComparedIsRefused) {
  Hash other = exchange_.genesis();
  other[31] ^= 1;
  EXPECT_EQ(judge(proof_, other).first_failure(), "genesis fingerprint");
}

TEST_F(Proof, AFieldTooManyTooFewOrTwiceIsRefused) {
  json proof = proof_;
  proof["verdict"] = "trust me";
  EXPECT_EQ(first_failure(proof), "format");
  proof = proof_;
  proof["rosters"][0]["issued"] = "today";
  EXPECT_EQ(first_failure(proof), "format");
  for (const auto& [name, value] : proof_.items()) {
    proof = proof_;
    proof.erase(name);
    EXPECT_THAT(first_failure(proof), name == "content_key" ? "" : "format") << name;
  }
  std::string twice = proof_.dump();
  twice.insert(1, "\"index\":7,");
  EXPECT_EQ(verify_proof(twice, std::nullopt).first_failure(), "format");
}

TEST_F(Proof, RubbishIsRefusedAtItsFormat) {
  for (const std::string text : {"", "{", "[]", "null", "7", "{\"format\":\"liaison-proof/v1\"}"})
    EXPECT_EQ(verify_proof(text, std::nullopt).first_failure(), "format") << text;
  proof_["path"] = json::array();
  for (int i = 0; i < 65; ++i) proof_["path"].push_back(base64(Hash{}));
  EXPECT_EQ(first_failure(proof_), "format");
}

TEST_F(Proof, WithoutAContentKeyItHoldsAndStaysClosed) {
  proof_.erase("content_key");
  const Verdict verdict = judge(proof_);
  EXPECT_TRUE(verdict.holds());
  EXPECT_EQ(check_named(verdict, "body").outcome, Outcome::kNothing);
  EXPECT_EQ(verdict.opened, "");
}

TEST_F(Proof, AReceiptOfAnotherMessageIsNoReceipt) {
  ProofFixture other;
  json receipt = proof_["receipts"][0];
  receipt["frame"] = other.proof()["receipts"][0]["frame"];
  proof_["receipts"][0] = receipt;
  EXPECT_EQ(first_failure(proof_), "receipts");
}

TEST(ProofOf, WhoTookItLaterHasTakenItWhateverTheFilesOrder) {
  json proof = ProofFixture({.receipts = {"1267!", "1373!", "1373"}}).proof();
  for (int turned = 0; turned < 2; ++turned) {
    const Verdict verdict = judge(proof);
    EXPECT_TRUE(verdict.holds());
    EXPECT_THAT(check_named(verdict, "receipt of 1373").sentence, HasSubstr("received and accepted"));
    EXPECT_THAT(check_named(verdict, "receipt of 1267").sentence, HasSubstr("answered with E_BODY"));
    std::reverse(proof["receipts"].begin(), proof["receipts"].end());
  }
}

TEST(ProofOf, AMessageThatWasNotYetReceivedHoldsAndSaysSo) {
  const Verdict verdict = judge(ProofFixture({.receipts = {"1267"}}).proof());
  EXPECT_TRUE(verdict.holds());
  EXPECT_EQ(check_named(verdict, "receipt of 1267").outcome, Outcome::kHolds);
  EXPECT_EQ(check_named(verdict, "receipt of 1373").outcome, Outcome::kNothing);
}

TEST(ProofOf, ARefusalHoldsWhenThePolicyRefusesIt) {
  const Verdict verdict = judge(ProofFixture({.marking = "named", .verdict = Code::kPolicy, .receipts = {}}).proof());
  EXPECT_TRUE(verdict.holds()) << verdict.first_failure();
  EXPECT_THAT(check_named(verdict, "leaf").sentence, HasSubstr("E_POLICY"));
}

TEST(ProofOf, AMessageThatTheBrokerLetThroughAgainstThePolicyDoesNotHold) {
  EXPECT_EQ(first_failure(ProofFixture({.marking = "named"}).proof()), "policy");
}

TEST(ProofOf, AMessageThatTheBrokerRefusedAgainstThePolicyDoesNotHold) {
  EXPECT_EQ(first_failure(ProofFixture({.verdict = Code::kPolicy, .receipts = {}}).proof()), "policy");
}

TEST(ProofOf, AKeyRevokedLaterBelowTheMessageDoesNotHold) {
  ProofFixture exchange({.revoked_later = true});
  json proof = exchange.proof();
  EXPECT_EQ(first_failure(proof), "sender's key");
  proof["rosters"].erase(1);   // who leaves the later roster out gets past this, and the verdict says that it cannot know
  const Verdict verdict = judge(proof);
  EXPECT_TRUE(verdict.holds());
  EXPECT_THAT(check_named(verdict, "roster chain").sentence, HasSubstr("cannot show that there is no newer one"));
}

}  // namespace
}  // namespace liaison
