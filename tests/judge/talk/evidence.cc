#include "talk/evidence.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "ask/text.h"

namespace judge {
namespace {

// The last lines of a text. A Python traceback ends with the exception, which
// comes first here.
std::vector<std::string> LastLines(const std::string& text,
                                   std::size_t longest) {
  std::vector<std::string> lines;
  for (const auto line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    lines.push_back(absl::StrReplaceAll(line, {{"\t", "    "}, {"\r", ""}}));
  }
  const auto traceback =
      std::find_if(lines.rbegin(), lines.rend(), [](const std::string& line) {
        return absl::StartsWith(line, "Traceback (most recent call last):");
      });
  auto keep = lines.begin();
  if (traceback != lines.rend()) {
    const auto exception =
        std::find_if(traceback.base(), lines.end(),
                     [](const std::string& line) { return line[0] != ' '; });
    if (exception != lines.end()) {
      std::rotate(lines.begin(), exception, std::next(exception));
      ++keep;
    }
  }
  if (lines.size() > longest) {
    lines.erase(keep, std::next(keep, static_cast<std::ptrdiff_t>(lines.size() -
                                                                  longest)));
  }
  for (std::string& line : lines) line = Printable(line);
  return lines;
}

// The command as a flag of the judge.
std::string Flag(const Conversation& conversation,
                 const std::vector<std::string>& command) {
  return absl::StrCat("--", conversation.kind(), "='",
                      absl::StrJoin(command, " "), "'");
}

// The Python interpreters in the folders of PATH, and Debian's.
std::vector<std::string> Pythons() {
  const char* const path = std::getenv("PATH");
  std::vector<std::string> folders =
      absl::StrSplit(path == nullptr ? "" : path, ':', absl::SkipEmpty());
  folders.emplace_back("/usr/bin");
  std::vector<std::string> found;
  for (const std::string& folder : folders) {
    for (const char* const version :
         {"", ".8", ".9", ".10", ".11", ".12", ".13", ".14"}) {
      const std::string python = absl::StrCat(folder, "/python3", version);
      const bool known =
          std::find(found.begin(), found.end(), python) != found.end();
      if (!known && access(python.c_str(), X_OK) == 0) found.push_back(python);
    }
  }
  return found;
}

// The command with a Python that has grpc.
std::string OtherPython(const Conversation& conversation) {
  std::vector<std::string> command = conversation.command();
  const std::string name = command[0].substr(command[0].rfind('/') + 1);
  if (!absl::StartsWith(name, "python")) command.insert(command.begin(), "");
  for (const std::string& python : Pythons()) {
    const auto process = Process::Start({python, "-c", "import grpc"});
    const auto end = process.ok() ? (*process)->WaitForEnd(absl::Seconds(2))
                                  : std::optional<End>();
    if (!end.has_value() || end->killed || end->number != 0) continue;
    command[0] = python;
    return absl::StrCat(python, " has grpc: ", Flag(conversation, command));
  }
  return "install grpcio for the Python that runs this program";
}

}  // namespace

Evidence EvidenceOf(const Conversation& conversation, Process& process,
                    std::size_t from) {
  constexpr std::size_t kLines = 20;      // of a program that has ended
  constexpr std::size_t kLinesSoFar = 5;  // of one that runs
  Evidence evidence;
  // A program whose call has just failed may be about to end.
  const auto end = process.WaitForEnd(absl::Milliseconds(200));
  if (end.has_value() && !process.signalled()) {
    evidence.dead = true;
    const bool well = !end->killed && end->number == 0;
    evidence.ended =
        absl::StrCat("the ", conversation.kind(), " ended",
                     well ? " by itself before it was told to, with " : ": ",
                     Describe(*end));
  }
  const std::string& err = process.err();
  evidence.said = LastLines(evidence.dead ? err : err.substr(from),
                            end.has_value() ? kLines : kLinesSoFar);
  if (absl::StrContains(err, "No module named 'grpc'")) {
    evidence.advice = OtherPython(conversation);
  }
  return evidence;
}

Evidence EvidenceOfExit(const Conversation& conversation, Process& process) {
  Evidence evidence = EvidenceOf(conversation, process);
  const auto end = process.WaitForEnd(absl::ZeroDuration());
  evidence.dead = evidence.dead && end->killed;
  evidence.ended.clear();
  return evidence;
}

std::string DidYouMean(const Conversation& conversation) {
  std::vector<std::string> command = conversation.command();
  const std::string program = command[0];
  if (access(program.c_str(), R_OK) != 0) return "";
  const auto ends = [&program](const char* ending) {
    return absl::EndsWith(program, ending);
  };
  const std::string interpreter = ends(".py")   ? "python3"
                                  : ends(".js") ? "node"
                                  : ends(".rb") ? "ruby"
                                                : "";
  if (!interpreter.empty()) {
    command.insert(command.begin(), interpreter);
  } else if (!absl::StrContains(program, '/') &&
             access(program.c_str(), X_OK) == 0) {
    command[0] = "./" + program;
  } else {
    return "";
  }
  return absl::StrCat(". Did you mean ", Flag(conversation, command), "?");
}

}  // namespace judge
