// Stage 08: the log says who called.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "questions/all.h"
#include "talk/guard_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

void LogsUser(ServerTalk& talk) {
  talk.LookAt(
      "the log gets the user from the metadata, which only refers to the "
      "name: keep the name as long as the call, not in a local variable");
  // Longer than what a std::string can hold without memory of its own. Such
  // memory changes when it is freed, so a name that was not kept is different.
  const std::string user = "alice.of-the-department-for-very-long-names";
  const std::string path = talk.File("tokens", Line(user, kAlice));
  StartTls(talk, {"--token_file=" + path, "--log_calls"}, Token(kAlice));
  talk.Get("judge/log_user").Fails(StatusCode::NOT_FOUND);
  if (!talk.going()) return;
  Process& process = *talk.shared().process;
  process.WaitForError("Get", 0, Patience());
  const std::string& err = process.err();
  process.WaitForError("\n", std::min(err.find("Get"), err.size()), Patience());
  std::string line;
  for (const auto part : absl::StrSplit(err, '\n')) {
    if (absl::StrContains(part, "Get")) line = std::string(part);
  }
  talk.Expect(absl::StrContains(line, user),
              absl::StrCat("a line on stderr that names Get and ", user),
              Quoted(line, 120));
}

}  // namespace

std::vector<ServerQuestion> LogQuestions() {
  return {
      {"log_user", "the lines of --log_calls name the user", 8, LogsUser},
  };
}

}  // namespace judge
