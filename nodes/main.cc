// SPDX-License-Identifier: Apache-2.0
// liaison-node: reads its configuration, opens a committee's node, runs it until SIGTERM or SIGINT, and ends with the exit
// status that says why: 0 asked to, 64 usage, 66 no such configuration file, 70 internal, 73 cannot open or bind, 74 stable
// storage failed (not to be restarted by itself), 78 configuration, keys, roster or passphrase.
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "nodes/connectors/connectors.h"
#include "nodes/node_process.h"
#include "security/audit.h"
#include "security/versions.h"

namespace liaison {
namespace {

constexpr int kExitUsage = 64, kExitNoInput = 66, kExitInternal = 70, kExitCannotOpen = 73, kExitStorage = 74, kExitConfig = 78;

struct Arguments {
  std::string config = "/etc/liaison/node.toml";
  bool check_config = false, rebuild = false;
  int passphrase_fd = -1;
};

int exit_status(Code code) {
  switch (code) {
    case Code::kConfig:
    case Code::kPassphrase:
    case Code::kPermission:
    case Code::kRoster:
    case Code::kNote:
    case Code::kUnknown:
    case Code::kKey: return kExitConfig;
    case Code::kIo:
    case Code::kLocked:
    case Code::kStorageFull: return kExitCannotOpen;
    case Code::kStore: return kExitStorage;
    default: return kExitInternal;
  }
}

int tell(const Error& error) {
  std::fprintf(stderr, "error: %s [%s]\n", error.what.c_str(), std::string(code_name(error.code)).c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "hint: %s\n", error.hint.c_str());
  return exit_status(error.code);
}

Result<Secret> passphrase_of(const NodeConfig& config, const Arguments& arguments) {
  return read_passphrase({arguments.passphrase_fd, config.passphrase_file, true, false});
}

// Before any thread starts, so that all inherit the mask.
int stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

Result<void> serve(const NodeConfig& config, const Arguments& arguments, int stop_fd) {
  const Secret passphrase = TRY(passphrase_of(config, arguments));
  SystemClock clock;
  const auto process = TRY(NodeProcess::open(config, passphrase, clock));
  signalfd_siginfo signal{};
  while (::read(stop_fd, &signal, sizeof signal) != sizeof signal) TRY(process->step(std::chrono::milliseconds(1000), stop_fd));
  return process->close();
}

int rebuild(const NodeConfig& config, const Arguments& arguments) {
  const auto passphrase = passphrase_of(config, arguments);
  if (!passphrase) return tell(passphrase.error());
  const auto folded = rebuild_node(config, *passphrase);
  if (!folded) return tell(folded.error());
  std::printf("the views have been made anew from %llu messages\n", static_cast<unsigned long long>(*folded));
  return 0;
}

int run(const Arguments& arguments) {
  const auto config = read_node_config(arguments.config);
  if (!config) {
    const int status = tell(config.error());
    return config.error().code == Code::kUnknown ? kExitNoInput : status;
  }
  if (arguments.check_config) {
    int status = 0;
    for (const Error& fault : Connectors::faults(config->connectors, config->member)) status = tell(fault);
    if (status == 0) std::printf("%s is good\n", arguments.config.c_str());
    return status;
  }
  open_log("liaison-node", config->log_format, config->log_level);
  if (arguments.rebuild) return rebuild(*config, arguments);
  const auto served = serve(*config, arguments, stop_signals());
  if (served) return 0;
  log_error("node.failed", served.error().what, {{"code", served.error().code}});
  return tell(served.error());
}

int parse_and_run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("liaison-node: a committee's node", "liaison-node");
  app.add_option("--config", arguments.config, "configuration file")->capture_default_str();
  app.add_option("--passphrase-fd", arguments.passphrase_fd, "read the keys' passphrase from this file descriptor");
  auto* check = app.add_flag("--check-config", arguments.check_config, "read the configuration, say what is wrong with it, and end");
  app.add_flag("--rebuild", arguments.rebuild, "make the views anew from the stored messages, and end")->excludes(check);
  app.set_version_flag("--version", [] { return version_page("liaison-node", LIAISON_VERSION); }, "say which program this is and what it stands on, and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  return run(arguments);
}

}  // namespace
}  // namespace liaison

int main(int argc, char** argv) {
  liaison::harden_process();
  liaison::keep_freed_memory();
  try {
    return liaison::parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return liaison::kExitInternal;
  }
}
