// SPDX-License-Identifier: Apache-2.0
// liaison-broker: reads its configuration, opens the broker, runs it until SIGTERM or SIGINT, and ends with the exit
// status that says why: 0 asked to, 1 fsck found something, 64 usage, 66 no such configuration file, 70 internal, 73 cannot open
// or bind, 74 stable storage failed or is damaged (not to be restarted by itself), 78 configuration, keys or passphrase.
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>

#include "broker/broker.h"
#include "broker/recovery.h"
#include "security/audit.h"
#include "security/versions.h"

namespace liaison {
namespace {

constexpr int kExitFound = 1, kExitUsage = 64, kExitNoInput = 66, kExitInternal = 70, kExitCannotOpen = 73, kExitStorage = 74, kExitConfig = 78;

struct Arguments {
  std::string config = "/etc/liaison/broker.toml";
  bool check_config = false, fsck = false, rebuild = false;
  int passphrase_fd = -1;
};

int exit_status(Code code) {
  constexpr std::array kConfigCodes{Code::kConfig, Code::kPassphrase, Code::kPermission, Code::kRoster, Code::kUnknown, Code::kKey};
  constexpr std::array kOpenCodes{Code::kIo, Code::kLocked, Code::kStorageFull};
  constexpr std::array kStorageCodes{Code::kStore, Code::kHalted};
  const auto among = [code](const auto& codes) { return std::find(codes.begin(), codes.end(), code) != codes.end(); };
  if (among(kConfigCodes)) return kExitConfig;
  if (among(kOpenCodes)) return kExitCannotOpen;
  return among(kStorageCodes) ? kExitStorage : kExitInternal;
}

int tell(const Error& error) {
  std::fprintf(stderr, "error: %s [%s]\n", error.what.c_str(), std::string(code_name(error.code)).c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "hint: %s\n", error.hint.c_str());
  return exit_status(error.code);
}

Result<std::vector<std::string>> look_at_store(const Config& config, bool rebuilding) {
  TRY(ensure_private_folder(config.folder));
  const FolderLock lock = TRY(FolderLock::take(config.folder));
  Meters meters;
  SqliteStore::Options options;
  options.reserve_bytes = config.limits.reserve_bytes;
  const auto store = TRY(SqliteStore::open(config.folder, meters, options));
  if (rebuilding) return rebuild(*store);
  return examine(*store);
}

int fsck(const Config& config, bool rebuilding) {
  const auto found = look_at_store(config, rebuilding);
  if (!found) return tell(found.error());
  for (const std::string& line : *found) std::printf("%s\n", line.c_str());
  if (rebuilding) {
    std::printf("%s\n", found->empty() ? "the tables were what the log gives" : "the tables have been made anew from the log");
    return 0;
  }
  if (found->empty()) std::printf("the store is whole\n");
  return found->empty() ? 0 : kExitFound;
}

int stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

Result<void> serve(const Config& config, const Arguments& arguments, int stop_fd) {
  const Secret passphrase = TRY(read_passphrase({arguments.passphrase_fd, config.passphrase_file, true, false}));
  SystemClock clock;
  const auto broker = TRY(Broker::open(config, passphrase, clock));
  signalfd_siginfo signal{};
  while (::read(stop_fd, &signal, sizeof signal) != sizeof signal) TRY(broker->step(std::chrono::milliseconds(1000), stop_fd));
  // What has arrived is still committed and answered.
  TRY(broker->step(std::chrono::milliseconds(0), -1));
  log_info("broker.stopped", "the broker was asked to end", {{"size", broker->gateway().ledger().size()}});
  return {};
}

int run(const Arguments& arguments) {
  const auto config = read_config(arguments.config);
  if (!config) {
    const int status = tell(config.error());
    return config.error().code == Code::kUnknown ? kExitNoInput : status;
  }
  if (arguments.check_config) {
    std::printf("%s is good\n", arguments.config.c_str());
    return 0;
  }
  open_log("liaison-broker", config->log_format, config->log_level);
  if (arguments.fsck || arguments.rebuild) return fsck(*config, arguments.rebuild);
  // Before any thread starts, so that all inherit the mask.
  const auto served = serve(*config, arguments, stop_signals());
  if (served) return 0;
  const Error& error = served.error();
  if (config->log_format == LogFormat::kText) return tell(error);
  log_error("broker.failed", error.what, {{"code", error.code}, {"hint", error.hint}});
  return exit_status(error.code);
}

int parse_and_run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("liaison-broker: the exchange's broker", "liaison-broker");
  app.add_option("--config", arguments.config, "configuration file")->capture_default_str();
  app.add_option("--passphrase-fd", arguments.passphrase_fd, "read the keys' passphrase from this file descriptor");
  auto* check = app.add_flag("--check-config", arguments.check_config, "read the configuration, say what is wrong with it, and end");
  auto* look = app.add_flag("--fsck", arguments.fsck, "examine the whole store, change nothing, and end");
  app.add_flag("--rebuild", arguments.rebuild, "make the store's tables anew from the log, and end")->excludes(look)->excludes(check);
  app.set_version_flag("--version", [] { return version_page("liaison-broker", LIAISON_VERSION); }, "say which program this is and what it stands on, and end");
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
