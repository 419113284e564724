// SPDX-License-Identifier: Apache-2.0
// Text from outside, and bytes in their printed forms.
#include "schemas/text.h"

#include "security/line_reader.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

void try_text(std::string_view text) {
  const auto normal = to_nfc(text);
  if (normal) CHECK(to_nfc(*normal).value() == *normal);
  if (check_text(text, 4096, Lines::kOne)) {
    CHECK(normal.value() == text && check_text(text, 4096, Lines::kMany));
    CHECK(printable(text, 4096) == text);
  }
  for (const std::size_t most : {std::size_t{16}, std::size_t{512}}) {
    const std::string shown = printable(text, most);
    CHECK(shown.size() <= most + 3 && to_nfc(shown));
    CHECK(std::none_of(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    CHECK(display_width(shown) <= shown.size());
  }
}

void try_forms(std::string_view text) {
  if (const auto bytes = from_base64(text)) CHECK(base64(*bytes) == text);
  if (const auto bytes = from_z85(text)) CHECK(z85(*bytes) == text);
  if (const auto bytes = from_hex(text)) CHECK(from_hex(hex(*bytes)) == bytes);
  if (const auto time = from_rfc3339(text)) CHECK(rfc3339(*time) == text);
  if (const auto number = parse_decimal(text)) CHECK(std::to_string(*number) == text);
  if (const auto member = MemberId::parse(text)) CHECK(member->str() == text && is_id(text));
  if (const auto hash = parse_hash(text)) CHECK(base64(*hash) == text);
}

void try_bytes(View bytes) {
  CHECK(from_base64(base64(bytes)) == bytes_of(bytes));
  CHECK(from_hex(hex(bytes)) == bytes_of(bytes));
  const View words = bytes.first(bytes.size() / 4 * 4);
  CHECK(from_z85(z85(words)) == bytes_of(words));
  fuzz::Input input(bytes.data(), bytes.size());
  const TimeMs time = input.number();
  CHECK(from_rfc3339(rfc3339(time)).has_value() && rfc3339_millis(time).size() == 24);
}

void try_words(std::string_view line) {
  const auto words = split_words(line);
  if (!words) return;
  std::string joined;
  for (const auto word : *words) joined.append(joined.empty() ? "" : " ").append(word);
  CHECK(joined == line);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(text) {
  using namespace liaison;
  const View bytes{data, size};
  try_text(text_of(bytes));
  try_forms(text_of(bytes));
  try_bytes(bytes);
  try_words(text_of(bytes));
  return 0;
}
