// SPDX-License-Identifier: Apache-2.0
// Who comes back to the stream of events gets what came meanwhile, or is told that some of it is gone.
#include "nodes/api/event_ring.h"

#include <gmock/gmock.h>

namespace liaison {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

News news(int number) {
  News out;
  out.name = "alarm.raised";
  out.sentence = "sentence " + std::to_string(number) + ".";
  return out;
}

std::size_t events_in(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("\nevent: "); at != std::string::npos; at = text.find("\nevent: ", at + 1)) ++count;
  return count;
}

TEST(EventRing, WhoComesBackGetsWhatCameAfter) {
  EventRing ring;
  ring.begin(1'000);
  EXPECT_EQ(ring.after("", 5), "");
  const std::string first = ring.add(news(1), 5), second = ring.add(news(2), 6);
  EXPECT_EQ(first, "1000-1");
  EXPECT_THAT(ring.after(first, 9), StartsWith("id: 1000-2\nevent: alarm.raised\ndata: {"));
  EXPECT_THAT(ring.after(first, 9), HasSubstr("sentence 2."));
  EXPECT_THAT(ring.after(first, 9), HasSubstr("1970-01-01T00:00:00.006Z")) << "when it happened";
  EXPECT_EQ(events_in(ring.after(first, 9)), 1U);
  EXPECT_EQ(ring.after(second, 9), "");
}

TEST(EventRing, TheNewestThousandAreKept) {
  EventRing ring;
  ring.begin(1);
  for (int i = 1; i <= 1'010; ++i) ring.add(news(i), 5);
  EXPECT_EQ(events_in(ring.after("1-10", 9)), 1'000U) << "the last one that nothing is missing after";
  EXPECT_EQ(ring.after("1-10", 9).find("events.missed"), std::string::npos);
  const std::string gap = ring.after("1-9", 9);
  EXPECT_THAT(gap, StartsWith("id: 1-10\nevent: events.missed\ndata: {"));
  EXPECT_EQ(events_in(gap), 1'001U);
}

TEST(EventRing, AnIdOfAnotherRunOrNoneAtAllHasMissedSome) {
  EventRing ring;
  ring.begin(2'000);
  ring.add(news(1), 5);
  for (const char* id : {"1000-1", "2000-2", "2000-", "2000-x", "2000--1", "7", "-", "2000-99999999999999999999"}) {
    EXPECT_THAT(ring.after(id, 9), HasSubstr("event: events.missed")) << id;
    EXPECT_EQ(events_in(ring.after(id, 9)), 2U) << id;
  }
}

}  // namespace
}  // namespace liaison
