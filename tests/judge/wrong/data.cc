#include "wrong/data.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "absl/flags/flag.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::string, data, "", "folder");

namespace wrong {
namespace {

std::string Path(const std::string& name) {
  return absl::StrCat(absl::GetFlag(FLAGS_data), "/", name);
}

// A line of a file for each change. Written before the answer, a change is in
// the kernel's memory at least, which survives SIGKILL.
void Append(const kv::v1::WatchResponse& change) {
  std::ofstream(Path("changes"), std::ios::app)
      << absl::Base64Escape(change.SerializeAsString()) << "\n";
}

}  // namespace

Data::Data(Store& store) {
  const std::string folder = absl::GetFlag(FLAGS_data);
  if (folder.empty()) return;
  mkdir(folder.c_str(), 0700);
  const int lock = open(Path("lock").c_str(), O_RDWR | O_CREAT, 0600);
  if (lock < 0 && !Mistake("needs_no_folder")) {
    trouble_ = absl::StrCat("can't use ", folder);
  } else if (flock(lock, LOCK_EX | LOCK_NB) != 0 && lock >= 0 &&
             !Mistake("shares_its_folder")) {
    trouble_ = absl::StrCat(folder, " is taken");
  }
  if (!trouble_.empty() || Mistake("forgets_all")) return;
  std::ifstream file(Path("changes"));
  std::string line;
  std::string bytes;
  while (std::getline(file, line) && absl::Base64Unescape(line, &bytes)) {
    const auto change = judge::Parsed<kv::v1::WatchResponse>(bytes);
    const kv::v1::Entry& entry = change.entry();
    if (change.change_type() == kv::v1::WatchResponse::CHANGE_TYPE_PUT) {
      store.entries[entry.key()] = entry;
    } else if (!Mistake("forgets_deletes")) {
      store.entries.erase(entry.key());
    }
    if (!Mistake("counts_anew")) store.revision = entry.revision();
    if (!Mistake("forgets_changes")) store.changes.push_back(change);
    store.Forget();
  }
}

void Data::Keep(const kv::v1::WatchResponse& change) {
  if (absl::GetFlag(FLAGS_data).empty()) return;
  static std::string last;
  if (Mistake("writes_late")) {  // the change before, when the next one comes
    if (!last.empty()) Append(judge::Parsed<kv::v1::WatchResponse>(last));
    last = change.SerializeAsString();
  } else {
    Append(change);
  }
}

std::string Data::Name() {
  static const std::string kName = [] {
    std::random_device random;
    std::string fresh = absl::StrCat(random());
    if (absl::GetFlag(FLAGS_data).empty() || Mistake("renames_itself")) {
      return fresh;
    }
    std::string name;
    std::ifstream(Path("name")) >> name;
    if (name.empty()) std::ofstream(Path("name")) << (name = fresh);
    return name;
  }();
  return Mistake("all_have_one_name") ? "kv" : kName;
}

}  // namespace wrong
