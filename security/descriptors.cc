// SPDX-License-Identifier: Apache-2.0
#include "security/descriptors.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

namespace liaison {

double descriptor_share() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == 0) return 0;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return errno == EMFILE || errno == ENFILE ? 1 : 0;
  double count = -3;   // ".", ".." and the folder itself
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count / static_cast<double>(limit.rlim_cur);
}

std::optional<ConnectionTable::TcpBytes> tcp_bytes(int descriptor) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  return ConnectionTable::TcpBytes{info.tcpi_bytes_received, info.tcpi_bytes_sent - info.tcpi_bytes_retrans};
}

std::string peer_address(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char text[NI_MAXHOST] = {};
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(descriptor, any, &length) != 0 || ::getnameinfo(any, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

bool set_door(int listener, bool open) {
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &nothing};
  return ::setsockopt(listener, SOL_SOCKET, open ? SO_DETACH_FILTER : SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void shut(int descriptor) { ::shutdown(descriptor, SHUT_RDWR); }

}  // namespace liaison
