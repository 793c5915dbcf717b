#include "talk/scratch.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace judge {

Scratch::~Scratch() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string Scratch::Path(const std::string& name) {
  if (folder_.empty()) {
    std::string folder =
        (std::filesystem::temp_directory_path() / "judge-XXXXXX").string();
    if (mkdtemp(folder.data()) != nullptr) folder_ = folder;
    // The folder's name differs from run to run, so the trace omits it.
    conversation_.Hide(folder_ + "/", "");
  }
  return absl::StrCat(folder_, "/", name);
}

std::string Scratch::File(const std::string& name, const std::string& text) {
  std::string path = Path(name);
  const std::string draft = path + ".new";
  std::ofstream file(draft);
  file << text << std::flush;
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    conversation_.GiveUp("cannot write a file");
    return "";
  }
  return path;
}

}  // namespace judge
