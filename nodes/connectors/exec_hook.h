// SPDX-License-Identifier: Apache-2.0
// A program of the committee's own that is handed each message: started once for each, with the parcel's content as JSON on its standard input. It
// gets a clean environment (PATH, LANG, LIAISON_*), no descriptor but its three, the working folder /, a process group of its own, limits on files,
// memory and processor time, and no way to more rights than the node's. What it leaves running is ended with it.
//
// What its exit status says: 0 done; 75 (EX_TEMPFAIL) not now, it is tried again; 100 no more of these, the connector pauses; any other, and a signal
// that ended it: refused, with the first line that it wrote. Past the time limit it and all its children are killed, and it is tried again.
#pragma once

#include <memory>

#include "nodes/connectors/connector.h"

namespace liaison {

// kConfig for a command that is no list of texts beginning with an absolute path. Keys of the connector: command, limit_seconds.
Result<std::unique_ptr<Carrier>> make_exec_hook(const ConnectorConfig& config, const MemberId& member);

}  // namespace liaison
