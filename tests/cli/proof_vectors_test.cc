// SPDX-License-Identifier: Apache-2.0
// tests/vectors/proof.json: proof files written by the second implementation, judged by this one.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nodes/cli/verify.h"

namespace liaison {
namespace {

using nlohmann::json;

TEST(ProofVectors, EachIsJudgedAsExpected) {
  std::ifstream in(LIAISON_SOURCE_DIR "/tests/vectors/proof.json");
  const json file = json::parse(in);
  const auto fingerprint = array_from<Hash>(*from_hex(file["fingerprint"].get<std::string>()));
  ASSERT_GT(file["cases"].size(), 50U);
  for (const json& one : file["cases"]) {
    const Verdict verdict = verify_proof(one["file"].get<std::string>(), fingerprint);
    EXPECT_EQ(verdict.holds(), one["expect"] == "OK") << one["name"] << ": " << verdict.first_failure();
    if (!verdict.holds() || one["expect"] != "OK") continue;
    const auto receipts = std::count_if(verdict.checks.begin(), verdict.checks.end(), [](const Check& check) {
      return check.name.starts_with("receipt of ") && check.outcome == Outcome::kHolds;
    });
    EXPECT_EQ(receipts, one["receipts"].get<std::ptrdiff_t>()) << one["name"];
  }
}

}  // namespace
}  // namespace liaison
