// SPDX-License-Identifier: Apache-2.0
#include "schemas/date_hint.h"

#include <gtest/gtest.h>

namespace liaison {
namespace {

TEST(DateHint, OneReadingIsShownAsItIsWritten) {
  for (const char* typed : {"8 March 2027", "8 Mar 2027", "March 8, 2027", "8th of march 2027", "2027/03/08", "2027.03.08", "2027-3-8", "20270308",
                            "08-Mar-2027"}) {
    EXPECT_EQ(date_hint(typed, "?"), "write it as 2027-03-08") << typed;
  }
  EXPECT_EQ(date_hint("25/03/2027", "?"), "write it as 2027-03-25");
  EXPECT_EQ(date_hint("03/25/2027", "?"), "write it as 2027-03-25");
  EXPECT_EQ(date_hint("03/03/2027", "?"), "write it as 2027-03-03");
  EXPECT_EQ(date_hint("March 2027", "?"), "write it as 2027-03");
  EXPECT_EQ(date_hint("03/2027", "?"), "write it as 2027-03");
}

TEST(DateHint, TwoReadingsAreAskedAbout) {
  EXPECT_EQ(date_hint("08/03/2027", "?"), "which day is meant? write 2027-03-08 for 8 March, or 2027-08-03 for 3 August");
  EXPECT_EQ(date_hint("8.3.2027", "?"), "which day is meant? write 2027-03-08 for 8 March, or 2027-08-03 for 3 August");
}

TEST(DateHint, WhatCannotBeReadHasTheHintThatItHadBefore) {
  for (const char* typed : {"", "2027-02-30", "2027-03", "2027", "30 February 2027", "next week", "08/03/27", "31/31/2027", "March", "2027-03-08T10:00",
                            "1/2/3/2027"}) {
    EXPECT_EQ(date_hint(typed, "?"), "?") << typed;
  }
  EXPECT_EQ(date_hint(std::string(100, '1'), "?"), "?");
}

}  // namespace
}  // namespace liaison
