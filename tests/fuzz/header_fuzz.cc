// SPDX-License-Identifier: Apache-2.0
// The signed header: refused, or it keeps what the protocol promises of every header and reads the same again.
#include "schemas/message.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

void check_header(const Header& header) {
  const auto& to = header.recipients;
  CHECK(!to.empty() && to.size() <= 32 && std::is_sorted(to.begin(), to.end()));
  CHECK(std::adjacent_find(to.begin(), to.end()) == to.end());
  CHECK(std::find(to.begin(), to.end(), header.sender) == to.end());
  CHECK(is_id(header.sender.str()) && header.sequence > 0 && header.roster_version > 0 && header.seen_size > 0);
  CHECK(header.created_at_ms > 0 && header.not_after_ms > header.created_at_ms && header.blob_count == 0);
  CHECK(header.suite == kSuitePlain || header.suite == kSuiteSealed);
  CHECK(header.key_commitment.has_value() == (header.suite == kSuiteSealed));
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(header) {
  using namespace liaison;
  const View bytes{data, size};
  if (fuzz::settles(bytes, decode_header, encode_header)) check_header(*decode_header(bytes));
  return 0;
}
