// SPDX-License-Identifier: Apache-2.0
#include "schemas/record_pages.h"

// One pair of generated headers for each kind.
#include <schemas/record_page_includes.inc>

namespace liaison {

const std::vector<RecordPage>& record_pages() {
  static const std::vector<RecordPage> pages = {
#include <schemas/record_pages.inc>
  };
  return pages;
}

}  // namespace liaison
