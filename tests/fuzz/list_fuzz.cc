// SPDX-License-Identifier: Apache-2.0
// Consolidated lists as XML, their times, and the fields of an entry as a row keeps them. What is taken is within the limits, and blanks make no
// difference.
#include <algorithm>

#include "nodes/connectors/list_parser.h"
#include "nodes/connectors/list_xml.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

void check_list_xml(const ListXml& list) {
  CHECK(list.entries.size() <= kListEntriesMax && list.generated.size() <= kListNameMax);
  for (const ListXmlEntry& entry : list.entries) {
    CHECK(entry.fields.size() <= kListFieldsMax);
    for (const ListXmlField& field : entry.fields) {
      CHECK(is_list_name(field.name) && !field.content.empty());
      const std::string text = list_text(field.content);
      CHECK(!text.empty() && text.front() != ' ' && text.back() != ' ' && text.find("  ") == std::string::npos && text.find('\n') == std::string::npos);
    }
  }
}

void try_list(View bytes) {
  const auto list = read_list_xml(bytes);
  if (list) check_list_xml(*list);
  else CHECK(list.error().code == Code::kInput && !list.error().what.empty() && list.error().what.find('\n') == std::string::npos);
}

void try_list_row(std::string_view text) {
  (void)list_time(text);
  const auto fields = list_fields_of(text);
  if (!fields) return;
  const auto again = list_fields_of(list_fields_text(*fields));
  CHECK(again && *again == *fields);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(list) {
  using namespace liaison;
  try_list({data, size});
  try_list_row(text_of({data, size}));
  return 0;
}
