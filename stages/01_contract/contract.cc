// Prints lessons about kv.proto; without an argument, all of them in order.
//
//   ./contract                 all lessons
//   ./contract wire            one lesson
//   ./contract decode 0a0161   bytes of your own, decoded as an Entry
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "kv/v1/kv.pb.h"
#include "lessons.h"
#include "wire.h"

namespace {

int Fail(absl::string_view why) {
  std::cerr << "contract: " << why << "\n";
  return 1;
}

int Decode(absl::string_view hex) {
  const auto bytes = kv::Unhex(hex);
  if (!bytes.ok()) return Fail(bytes.status().message());
  const auto fields = kv::SplitFields(*bytes);
  if (!fields.ok()) return Fail(fields.status().message());
  std::cout << kv::Annotate(*fields, *kv::v1::Entry::descriptor());
  return 0;
}

void Show(const kv::Lesson& lesson) {
  std::cout << "== " << lesson.name << ": " << lesson.title << "\n";
  lesson.show(std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  const absl::string_view word = argc > 1 ? argv[1] : "all";
  if (word == "decode" && argc == 3) return Decode(argv[2]);

  bool found = false;
  if (argc <= 2) {
    for (const kv::Lesson& lesson : kv::Lessons()) {
      if (word != "all" && word != lesson.name) continue;
      if (found) std::cout << "\n";
      Show(lesson);
      found = true;
    }
  }
  if (found) return 0;

  std::string usage = "usage: contract [LESSON | decode HEX]; the lessons are:";
  for (const kv::Lesson& lesson : kv::Lessons()) {
    absl::StrAppend(&usage, " ", lesson.name);
  }
  return Fail(usage);
}
