// SPDX-License-Identifier: Apache-2.0
// What kinds of record there are and what may stand in them, read from the kinds' own .fbs pages, which are compiled in. A kind is a
// page and nothing else here: its fields, words, limits and meanings are not said twice. Made once at the first call; immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"

namespace liaison {

// A field of a kind, or of a part of it.
struct RecordField {
  enum class Type : std::uint8_t { kText, kNumber, kFlag, kWord, kPart };
  enum class Form : std::uint8_t { kLine, kLines, kDate, kDay, kTime, kMember, kRecord, kState, kSymbol, kLanguage };
  enum class Set : std::uint8_t { kOwner, kOnce, kNode };   // kOnce: by the owner, in revision 1; kNode: by the owner's node, never by hand

  std::string name;
  std::string meaning;                  // a sentence, from the page
  Type type = Type::kText;
  Form form = Form::kLine;
  bool list = false;
  bool needed = false;
  Set set = Set::kOwner;
  std::uint64_t most = 0;               // entries of a list, or the greatest number
  std::size_t bytes = 0;                // of each text
  std::string after;                    // the field whose date this one is not before
  std::string done;                     // of a day on which something is due: the field that is set when it was done
  std::vector<std::string> of;          // letters of the records that may be named; empty: any
  std::vector<std::string> words;       // of kWord: the word of number n is words[n - 1]
  std::vector<RecordField> parts;       // of kPart
  std::uint16_t slot = 0;               // its place in the FlatBuffers table
  std::uint8_t width = 0;               // bytes of a number, flag or word there
};

// Where the field of a name stands among these; their number when there is none.
std::size_t place_of(const std::vector<RecordField>& fields, std::string_view name);

struct RecordKind {
  std::string kind;                     // assistance.request
  std::string letter;                   // R, in 1540-R-2027-0001
  std::string noun;                     // request, in `liaison request new`
  std::string paragraph;                // what such a record serves unless it says otherwise
  std::string meaning;
  std::string identifier;               // of the FlatBuffer
  std::vector<std::string> answers;     // what other committees may say to one
  std::vector<RecordField> fields;      // without the head; in the order of the page

  const RecordField* field(std::string_view name) const;   // null when there is none
  const std::vector<std::string>& statuses() const;        // the words of the field `status`; empty for a kind without one
};

// In the order of their kinds.
const std::vector<RecordKind>& record_kinds();
// By kind, by letter, or by noun; null when there is none.
const RecordKind* record_kind(std::string_view kind);
const RecordKind* record_kind_of_letter(std::string_view letter);
const RecordKind* record_kind_of_noun(std::string_view noun);
// Of the head that every record carries: title, states, paragraph and so on, in the order of record.fbs, without what the node fills in.
const std::vector<RecordField>& record_head_fields();
// All words that an answer may be.
const std::vector<std::string>& answer_words();

// The parts of an id of the form <owner>-<letter>-<year>-<number>; nothing for another form. `letter` is one or two capitals.
struct RecordId { MemberId owner; std::string letter; std::uint32_t year = 0; std::uint64_t number = 0; };
std::optional<RecordId> parse_record_id(std::string_view text);
std::string record_id_text(const MemberId& owner, std::string_view letter, std::uint32_t year, std::uint64_t number);

}  // namespace liaison
