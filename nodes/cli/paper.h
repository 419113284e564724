// SPDX-License-Identifier: Apache-2.0
// A paper that is to be printed, as plain values: what stands on it and in which order, and nothing of how it looks (paper_pdf.h).
// Its fixed words are in its language already (paper_words.h); texts may be in any script and may come from a peer.
// Pure functions; any thread. Nothing is stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nodes/domain/languages.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// A name and what it is: "State", "Kyrgyzstan (KGZ)". One with an empty value is not printed.
struct PaperFact { std::string name, value; };

// `share` is the column's part of the width, against the sum of all.
struct PaperColumn { std::string head; double share = 1; };
struct PaperTable {
  std::vector<PaperColumn> columns;
  std::vector<std::vector<std::string>> rows;   // a cell for every column
};

// A paragraph, a list of facts, or a table. A line end in a text begins a new line on the paper.
using PaperPart = std::variant<std::string, std::vector<PaperFact>, PaperTable>;
struct PaperSection { std::string heading; std::vector<PaperPart> parts; };

struct Paper {
  Language language = Language::kEnglish;
  std::string title, subtitle;
  std::string classification;   // at the head of every page
  std::string reference;        // at the foot of every page
  TimeMs made_at_ms = 0;        // the only time in the file
  std::vector<PaperSection> sections;
};

inline constexpr std::size_t kPaperTextBytesMax = 256 << 10, kPaperBytesMax = 4 << 20, kPaperRowsMax = 20'000, kPaperColumnsMax = 12;

// kSize for a text, a table or a whole paper beyond these limits. CHECKs that every row has a cell for every column.
Result<void> check_paper(const Paper& paper);
// True for Arabic: columns come from the right.
bool right_to_left(Language language);
// The lines of a text as they may be printed: ends of lines and paragraphs of all kinds divide it, a tab is blanks, and every other
// control, bidirectional or invalid character is shown as \xNN or \u{...}. At least one line, which may be empty.
std::vector<std::string> paper_lines(std::string_view text);

}  // namespace liaison
