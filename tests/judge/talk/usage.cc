#include "talk/usage.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace judge {

Usage UsageOf(pid_t pid) {
  Usage usage;
  std::error_code none;
  for (const auto& task : std::filesystem::directory_iterator(
           absl::StrCat("/proc/", pid, "/task"), none)) {
    ++usage.threads;
    std::ifstream file(task.path() / "schedstat");  // two times and a count
    std::int64_t ran = 0;
    std::int64_t waited = 0;
    if (file >> ran >> waited)
      usage.runnable += absl::Nanoseconds(ran + waited);
  }
  return usage;
}

}  // namespace judge
