// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/command_line.h"

namespace liaison {

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (const auto& group :
       {visit_commands(), overlap_commands(), day_commands(), record_commands(), proposal_commands(), search_commands(), deadline_commands(),
        message_commands(), status_commands(), verify_commands(), node_commands(), broker_commands(),
        authority_commands(), bench_commands(), shell_commands()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace liaison
