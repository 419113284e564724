// SPDX-License-Identifier: Apache-2.0
// A paper (paper.h) as a PDF to be printed: A4, shaped text of any of the six languages, fonts embedded. The body file is the only one that
// knows Pango and Cairo. One thread of a process at a time; nothing is stored, and no clock is read: equal papers give equal bytes.
#pragma once

#include <filesystem>

#include "nodes/cli/paper.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// Where Debian's packages put their fonts. Those of the packages fonts-dejavu-core, fonts-hosny-amiri and fonts-wqy-microhei are used, and no other
// one, whatever else the machine has and is configured to.
inline constexpr const char* kFontsFolder = "/usr/share/fonts";

// A row of a table stands on one page unless it is longer than one; the head of a table stands again on each of its pages. In Arabic
// everything is mirrored. A character that no font has is shown as \u{...}. kUnknown names the package whose font is missing; kSize as
// check_paper; kInternal when the libraries fail.
Result<Bytes> pdf_of(const Paper& paper, const std::filesystem::path& fonts = kFontsFolder);

}  // namespace liaison
