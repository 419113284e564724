// SPDX-License-Identifier: Apache-2.0
// What Cairo 1.16 cannot say in a PDF: its language, and that its pages are read from the right. Pure function.
#pragma once

#include "nodes/domain/languages.h"
#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// The file with a newer catalogue at its end, which has the language and the reading direction (an incremental update, ISO 32000-1 7.5.6). kInternal for
// a file that has no classic cross-reference table and trailer.
Result<Bytes> with_language(Bytes pdf, Language language);

}  // namespace liaison
