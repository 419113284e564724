// SPDX-License-Identifier: Apache-2.0
// How a message is found by its id: the index keeps the ids of 1,024 rows together, so a look has to pass over all such runs.
#include <gmock/gmock.h>

#include "nodes/message_rows.h"
#include "security/hash.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

MessageId id_of_row(std::uint64_t n) {
  Bytes text;
  put_u64(text, n);
  return sha256(text);
}

class MessageRowsById : public ::testing::Test {
 protected:
  MessageRowsById() {
    Database::Options options;
    options.full_sync = false;
    auto opened = NodeStore::open(folder.path() / "node.db", options);
    if (!opened) throw std::runtime_error(opened.error().what);
    store = std::move(*opened);
    rows = std::make_unique<MessageRows>(*store);
  }
  void fill(std::uint64_t count) {
    ASSERT_TRUE(store->begin());
    for (std::uint64_t n = 1; n <= count; ++n) {
      MessageRow row;
      row.message_id = id_of_row(n);
      row.state = MessageState::kReceived;
      row.sender = *MemberId::parse("1267");
      row.frame = {static_cast<std::uint8_t>(n)};
      const auto id = rows->add(row);
      ASSERT_TRUE(id) << id.error().what;
      ASSERT_EQ(*id, n);
    }
    ASSERT_TRUE(store->commit());
  }

  TempFolder folder;
  std::unique_ptr<NodeStore> store;
  std::unique_ptr<MessageRows> rows;
};

TEST_F(MessageRowsById, IsFoundHoweverManyCameAfterIt) {
  fill(3'100);
  for (const std::uint64_t n : {1, 1'023, 1'024, 1'025, 2'047, 2'048, 3'071, 3'072, 3'100}) {
    const auto row = rows->find(id_of_row(n));
    ASSERT_TRUE(row && *row) << n;
    EXPECT_EQ((*row)->id, n);
    EXPECT_EQ((*row)->frame, Bytes{static_cast<std::uint8_t>(n)});
    const auto known = rows->known(id_of_row(n));
    ASSERT_TRUE(known && *known) << n;
    EXPECT_EQ((*known)->id, n);
    const auto by_prefix = rows->find_prefix(hex(id_of_row(n)).substr(0, 16));
    ASSERT_TRUE(by_prefix);
    ASSERT_THAT(*by_prefix, SizeIs(1));
    EXPECT_EQ(by_prefix->front().id, n);
  }
}

TEST_F(MessageRowsById, IsNotFoundWhereNoneIs) {
  EXPECT_EQ(*rows->find(id_of_row(1)), std::nullopt) << "in an empty table";
  fill(1'100);
  EXPECT_EQ(*rows->find(id_of_row(5'000)), std::nullopt);
  EXPECT_EQ(*rows->known(id_of_row(5'000)), std::nullopt);
  EXPECT_THAT(*rows->find_prefix(hex(id_of_row(5'000)).substr(0, 16)), IsEmpty());
}

TEST_F(MessageRowsById, APrefixOfSeveralGivesTwo) {
  fill(1'100);
  EXPECT_THAT(*rows->find_prefix("0"), SizeIs(2)) << "enough to say that it is not clear which";
}

TEST_F(MessageRowsById, IsAnsweredOnlyAtThePlaceThatAReceiptNames) {
  MessageRow row;
  row.message_id = id_of_row(1);
  row.own = true;
  row.state = MessageState::kAccepted;
  row.index = 7;
  row.sender = *MemberId::parse("1540");
  ASSERT_TRUE(store->begin());
  ASSERT_TRUE(rows->add_outbox(*rows->add(row), {}, {}));
  ASSERT_TRUE(store->commit());
  EXPECT_TRUE(rows->sent(7, id_of_row(1))->has_value());
  EXPECT_FALSE(rows->sent(8, id_of_row(1))->has_value());
  EXPECT_FALSE(rows->sent(7, id_of_row(2))->has_value());
  EXPECT_FALSE(rows->sent(UINT64_MAX, id_of_row(1))->has_value());
}

TEST_F(MessageRowsById, FollowsARowThatIsSignedAnew) {
  fill(1'030);
  auto row = **rows->find(id_of_row(3));
  row.message_id = id_of_row(9'000);
  ASSERT_TRUE(store->begin());
  ASSERT_TRUE(rows->sign(row));
  ASSERT_TRUE(store->commit());
  EXPECT_EQ(*rows->find(id_of_row(3)), std::nullopt);
  EXPECT_EQ((**rows->find(id_of_row(9'000))).id, 3U);
}

}  // namespace
}  // namespace liaison
