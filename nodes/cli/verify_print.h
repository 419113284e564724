// SPDX-License-Identifier: Apache-2.0
// The outcome of checks, for people: one line each, with ok, FAILED, - or not reached before it. Pure functions over
// streams.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "nodes/cli/command.h"
#include "nodes/cli/verify.h"

namespace liaison {

std::string_view word_of(Outcome outcome);
void print_checks(Console& console, const std::vector<Check>& checks);
// [{"check", "outcome", "sentence"}].
nlohmann::json checks_json(const std::vector<Check>& checks);
// As CSV.
void print_checks_csv(const Invocation& typed, const std::vector<Check>& checks);

}  // namespace liaison
