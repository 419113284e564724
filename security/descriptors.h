// SPDX-License-Identifier: Apache-2.0
// Private to the channel: what the kernel says of descriptors that libzmq owns, and does with them.
#pragma once

#include <optional>
#include <string>

#include "security/connection_table.h"

namespace liaison {

// Of this process's limit: 0 when nothing is known of it.
double descriptor_share();
// Nothing when the connection is gone.
std::optional<ConnectionTable::TcpBytes> tcp_bytes(int descriptor);
// The other side's address without the port; empty when the connection is gone.
std::string peer_address(int descriptor);
// Shut: packets that would open a connection are dropped by the kernel; established connections are sockets of their own
// and go on. (Unbinding would silence them: libzmq's listener owns its sessions, and ends theirs with its own.)
bool set_door(int listener, bool open);
// The connection ends; libzmq notices, frees what it holds of it and closes the descriptor.
void shut(int descriptor);

}  // namespace liaison
