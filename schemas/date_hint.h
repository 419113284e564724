// SPDX-License-Identifier: Apache-2.0
// What somebody meant who wrote a date otherwise than records do (dates.h). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace liaison {

// For a refused date: how it is written, where there is one reading ("8 March 2027", "25/03/2027", "2027/03/08", "March 2027"); both readings,
// where day and month could be exchanged ("08/03/2027"); else `otherwise`. Names of months are English.
std::string date_hint(std::string_view typed, std::string otherwise);

}  // namespace liaison
