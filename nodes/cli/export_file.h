// SPDX-License-Identifier: Apache-2.0
// The file that an export writes.
#pragma once

#include <string>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

// Whole or not at all: it is written beside the old one and then takes its name. The file's readers stay who they were; a new one is for its
// owner alone. kIo.
Result<void> write_export(const std::string& file, View bytes);

}  // namespace liaison
