// SPDX-License-Identifier: Apache-2.0
// A published extract is judged offline: text, digest, what it says of itself, and what the message in the proof
// carried. One altered byte shows up under the name of the check that it breaks.
#include "nodes/cli/extract_files.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "nodes/domain/extracts.h"
#include "nodes/domain/record_json.h"
#include "tests/cli/proof_fixture.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kText = "Visits in 2027\n\nVisit 1540-V-2027-0001, revision 1\nTitle: National action plan";

Record extract_record() {
  Record record = record_of(*record_kind("extract"));
  record.record_id = "1540-Z-2027-0001";
  record.revision = 1;
  record.owner = *MemberId::parse("1540");
  record.paragraph = record.kind->paragraph;
  record.contact = "1540 desk";
  const auto read =
      read_record_fields({{"title", "Visits in 2027"},
                          {"status", "prepared"},
                          {"text", kText},
                          {"digest", extract_digest(kText)},
                          {"languages", {"en"}},
                          {"note", "for the committees"},
                          {"releases", {{{"record", "1540-V-2027-0001"}, {"revision", 1U}, {"fields", {"title"}}}}}},
                         record);
  EXPECT_TRUE(read) << read.error().what;
  return record;
}

class PublishedExtract : public ::testing::Test {
 protected:
  static Wishes carrying(const Record& record) {
    Wishes wishes;
    wishes.extract = encode_record(record);
    return wishes;
  }
  static json about_of(const Record& record) {
    json shown = record_fields_json(record);
    shown["id"] = record.record_id;
    shown["revision"] = record.revision;
    return published_json(shown);
  }
  ExtractVerdict judge(const std::string& text, const json& about, const json& proof) {
    return verify_extract({text, about.dump(2), proof.dump()}, exchange_.genesis());
  }
  static Outcome outcome(const ExtractVerdict& verdict, const std::string& name) {
    for (const Check& check : verdict.checks) {
      if (check.name == name) return check.outcome;
    }
    ADD_FAILURE() << "no check named " << name;
    return Outcome::kNotReached;
  }
  Record record_ = extract_record();
  ProofFixture exchange_{carrying(record_)};
  json about_ = about_of(record_), proof_ = exchange_.proof();
};

TEST_F(PublishedExtract, AWholeOneHoldsWithEveryCheck) {
  const ExtractVerdict verdict = judge(kText, about_, proof_);
  for (const Check& check : verdict.checks)
    EXPECT_EQ(check.outcome, Outcome::kHolds) << check.name << ": " << check.sentence;
  EXPECT_EQ(verdict.checks.size(), 6U);
  EXPECT_TRUE(verdict.holds());
  EXPECT_TRUE(verdict.opened);
  EXPECT_THAT(verdict.about, HasSubstr("1540, extract"));
}

TEST_F(PublishedExtract, EveryByteOfTheTextCounts) {
  for (std::size_t at = 0; at < std::string(kText).size(); ++at) {
    std::string text = kText;
    text[at] = static_cast<char>(text[at] ^ 1);
    const ExtractVerdict verdict = judge(text, about_, proof_);
    EXPECT_EQ(verdict.first_failure(), "digest") << at;
    EXPECT_EQ(outcome(verdict, "body"), Outcome::kFailed) << at;
  }
  EXPECT_EQ(judge(std::string(kText) + "\n", about_, proof_).first_failure(), "digest");
}

TEST_F(PublishedExtract, AnotherTextWithItsOwnDigestIsNotWhatTheMessageCarried) {
  json about = about_;
  about["digest"] = extract_digest("Another text");
  const ExtractVerdict verdict = judge("Another text", about, proof_);
  EXPECT_EQ(outcome(verdict, "digest"), Outcome::kHolds);
  EXPECT_EQ(verdict.first_failure(), "body");
  EXPECT_EQ(outcome(verdict, "fields"), Outcome::kFailed);
}

TEST_F(PublishedExtract, WhatItSaysOfItselfIsWhatTheMessageCarried) {
  for (const auto& [name, value] : about_.items()) {
    json about = about_;
    if (name == "format" || name == "digest" || name == "id" || name == "revision")
      continue;  // found by the checks before
    about[name] = "x";
    EXPECT_EQ(judge(kText, about, proof_).first_failure(), "fields") << name;
  }
  json more = about_;
  more["note"] = "it was easy";
  EXPECT_EQ(judge(kText, more, proof_).first_failure(), "fields");
  more = about_;
  more["revision"] = 2;
  EXPECT_EQ(judge(kText, more, proof_).first_failure(), "body");
  EXPECT_EQ(judge(kText, json::object(), proof_).first_failure(), "extract.json");
}

TEST_F(PublishedExtract, AProofThatIsNotOpenedShowsThatAMessageWasSentAndNotWhatItSays) {
  proof_.erase("content_key");
  const ExtractVerdict verdict = judge(kText, about_, proof_);
  EXPECT_TRUE(verdict.holds());
  EXPECT_FALSE(verdict.opened);
  EXPECT_EQ(outcome(verdict, "body"), Outcome::kNothing);
  EXPECT_EQ(outcome(verdict, "fields"), Outcome::kNothing);
}

TEST_F(PublishedExtract, AProofOfAnotherKindOrThatDoesNotHoldIsNone) {
  ProofFixture visit;
  EXPECT_EQ(verify_extract({kText, about_.dump(), visit.proof().dump()}, visit.genesis()).first_failure(), "message");
  proof_["index"] = 4;
  const ExtractVerdict verdict = judge(kText, about_, proof_);
  EXPECT_EQ(verdict.first_failure(), "proof");
  EXPECT_EQ(outcome(verdict, "body"), Outcome::kNotReached);
  EXPECT_EQ(verify_extract({kText, about_.dump(), exchange_.proof().dump()}, Hash{}).first_failure(), "proof")
      << "another exchange's fingerprint";
}

TEST_F(PublishedExtract, AnExtractThatWasRefusedWasReceivedByNobody) {
  Wishes wishes = carrying(record_);
  wishes.verdict = Code::kSize;
  wishes.receipts = {};
  ProofFixture refused(wishes);
  EXPECT_FALSE(verify_extract({kText, about_.dump(), refused.proof().dump()}, refused.genesis()).holds());
}

TEST_F(PublishedExtract, TheFolderIsWrittenWholeAndReadAgain) {
  TempFolder folder;
  const std::string at = (folder.path() / "spring").string();
  ASSERT_TRUE(write_extract(at + "/", {kText, about_.dump(), proof_.dump()}));
  const auto read = read_extract(at);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->text, kText);
  EXPECT_TRUE(verify_extract(*read, exchange_.genesis()).holds());
  const auto again = write_extract(at, {"x", "y", "z"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kInput);
  EXPECT_EQ(read_extract(at)->text, kText);
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(folder.path())) ++entries;
  EXPECT_EQ(entries, 1U) << "and nothing beside it";
  EXPECT_FALSE(write_extract((folder.path() / "none" / "below").string(), {"x", "y", "z"}));
}

}  // namespace
}  // namespace liaison
