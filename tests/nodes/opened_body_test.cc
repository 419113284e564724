// SPDX-License-Identifier: Apache-2.0
// Every kind of message that connectors forward and proofs show can be printed.
#include "nodes/domain/opened_body.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "schemas/message.h"
#include "schemas/record.h"

namespace liaison {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(OpenedBody, EveryKindThatIsForwardedHasFields) {
  for (const SchemaLine& one : schema_list()) {
    const bool forwarded = one.kind != "receipt" && !one.kind.starts_with("overlap.");
    if (forwarded) EXPECT_THAT(opened_fields(one.kind), Not(IsEmpty())) << one.kind;
    else EXPECT_THAT(opened_fields(one.kind), IsEmpty()) << one.kind;
  }
  EXPECT_THAT(opened_fields("visit.plan"), Contains("merged_into"));
}

// What takes a record back must leave too: a system that has the record would keep it.
TEST(OpenedBody, AnswersAndRecallsOfRecordsSayWhatTheySay) {
  RecordRecall recall;
  recall.record_id = "1540-R-2027-0001";
  recall.revision = 2;
  recall.record_hash.fill(7);
  recall.reason = "made for the wrong State";
  recall.contact = "desk";
  const auto taken_back = opened_body_json("record.recall", encode_record_recall(recall));
  ASSERT_TRUE(taken_back) << taken_back.error().what;
  EXPECT_EQ((*taken_back)["record_id"], recall.record_id);
  EXPECT_EQ((*taken_back)["reason"], recall.reason);
  RecordAnswer answer;
  answer.record_id = recall.record_id;
  answer.revision = 1;
  answer.record_hash.fill(7);
  answer.answer = "supports";
  answer.contact = "desk";
  const auto said = opened_body_json("record.answer", encode_record_answer(answer));
  ASSERT_TRUE(said) << said.error().what;
  EXPECT_EQ((*said)["answer"], "supports");
}

}  // namespace
}  // namespace liaison
