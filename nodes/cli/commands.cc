// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/command_line.h"

namespace liaison {

namespace {

std::vector<Command> gathered() {
  std::vector<Command> all;
  for (const auto& group :
       {visit_commands(),    overlap_commands(),  day_commands(),   report_commands(),    record_commands(),  record_file_commands(), procedure_commands(),
        proposal_commands(), extract_commands(),  booking_commands(), search_commands(),  interest_commands(), draft_commands(),      explain_commands(),
        deadline_commands(), message_commands(),  status_commands(), verify_commands(),   node_commands(),    broker_commands(),      authority_commands(),
        bench_commands(),    api_commands(),      shell_commands(),  connector_commands()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace

const std::vector<Command>& all_commands() {
  static const std::vector<Command> all = gathered();
  return all;
}

}  // namespace liaison
