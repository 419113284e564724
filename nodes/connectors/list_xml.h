// SPDX-License-Identifier: Apache-2.0
// The consolidated list as XML (sc-sanctions.xsd), read with Expat under limits: a document type, entities, depth, long texts and many attributes stop
// it. Pure function; it runs in the child of list_parser.h, and by itself only where it is tested.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr std::size_t kListBytesMax = 64ULL << 20;
inline constexpr std::size_t kListDepthMax = 32;
inline constexpr std::size_t kListTextMax = 64 * 1024;        // of one element or attribute
inline constexpr std::size_t kListAttributesMax = 64;         // of one element
inline constexpr std::size_t kListNameMax = 64;
inline constexpr std::size_t kListEntriesMax = 20'000;
inline constexpr std::size_t kListFieldsMax = 64;             // of one entry
inline constexpr std::size_t kListEntryBytesMax = 256 * 1024;

// They stand in no XML text.
inline constexpr char kListElementMark = '\x1d', kListPathMark = '\x1e', kListTextMark = '\x1f';

// A field of an entry, an element of INDIVIDUAL or ENTITY; one that stands more than once is one field. `content` holds what its elements say, in their
// order: for each element its mark, then for each text in it its path, the path's mark, the text, the text's mark. Blanks around a text are gone and blanks
// within it are one; a field that says nothing is not there.
struct ListXmlField {
  std::string name, content;
};

struct ListXmlEntry {
  bool entity = false;
  std::vector<ListXmlField> fields;
};

struct ListXml {
  std::string generated;   // dateGenerated as it is written
  std::vector<ListXmlEntry> entries;
};

// kInput with the line and the rule that is broken, and never with what the list says.
Result<ListXml> read_list_xml(View xml);

// The texts of a content, joined by "; ".
std::string list_text(std::string_view content);

// Letters, digits and _, at most kListNameMax: what a field's name may be.
bool is_list_name(std::string_view name);

}  // namespace liaison
