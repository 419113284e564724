// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "schemas/message.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(SchemaList, TheFileInTheTreeIsTheListCompiledIn) { EXPECT_EQ(file_text("schemas/schemas.txt"), schemas_text()); }

TEST(SchemaList, ItsLinesAreSorted) {
  std::vector<std::string> lines;
  std::istringstream in(schemas_text());
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end()));
  EXPECT_EQ(lines.size(), schema_list().size());
}

TEST(SchemaList, AKindIsKnownUnderItsOwnIdOnly) {
  for (const auto kind : {kKindReceipt, kKindVisitPlan, kKindVisitAnswer, kKindVisitRecall}) {
    const auto id = schema_id_of(kind);
    ASSERT_TRUE(id) << kind;
    EXPECT_TRUE(schema_known(kind, *id));
    Hash other = *id;
    other[0] ^= 1;
    EXPECT_FALSE(schema_known(kind, other));
  }
  EXPECT_FALSE(schema_known(kKindVisitPlan, *schema_id_of(kKindVisitAnswer)));
  EXPECT_FALSE(schema_id_of("visit.unknown"));
}

TEST(SchemaList, SourcesHaveNoCarriageReturns) {
  for (const char* name : {"header", "wire", "receipt", "visit", "visit_plan", "visit_answer", "visit_recall"}) {
    const std::string text = file_text("schemas/" + std::string(name) + ".fbs");
    EXPECT_FALSE(text.empty()) << name;
    EXPECT_EQ(text.find('\r'), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace liaison
