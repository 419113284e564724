// SPDX-License-Identifier: Apache-2.0
// Calendar files from anywhere, as `liaison visit import` reads them.
#include "nodes/files/icalendar.h"

#include "schemas/visit.h"
#include "tests/fuzz/fuzz.h"

FUZZ_ENTRY(icalendar) {
  using namespace liaison;
  const auto entries = parse_icalendar({reinterpret_cast<const char*>(data), size});
  if (!entries) {
    CHECK(entries.error().code == Code::kInput && !entries.error().what.empty());
    return 0;
  }
  for (const auto& entry : *entries) {
    CHECK(entry.line > 0);
    const auto days = days_of(entry);
    if (days) CHECK(parse_date(days->first) && parse_date(days->last) && days->first <= days->last);
  }
  return 0;
}
