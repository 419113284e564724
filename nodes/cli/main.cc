// SPDX-License-Identifier: Apache-2.0
// The program `liaison`: see command_line.h.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "nodes/cli/command_line.h"
#include "security/secret.h"

int main(int argc, char** argv) {
  using namespace liaison;
  harden_process();
  Console console{std::cout, std::cerr, std::cin};
  console.colour = isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
  console.asks = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
  try {
    const int status = run_liaison({argv + 1, argv + argc}, console, [](const std::string& name) -> std::optional<std::string> {
      const char* value = std::getenv(name.c_str());
      return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    });
    std::cout.flush();
    if (status == kExitOk && !std::cout) {
      std::cerr << "error: the result could not be written to standard output [E_IO]\n";
      return kExitCannotWrite;
    }
    return status;
  } catch (const std::exception& fault) {
    std::cerr << "error: a fault in the program: " << fault.what() << " [E_INTERNAL]\n";
    return kExitInternal;
  }
}
