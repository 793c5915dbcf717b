// Stage 05: a client that sends a stream.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// Three entries. The value of the second is not text.
std::vector<kv::v1::ImportRequest> ThreeEntries() {
  return {ImportOf("caf\u00e9 1", "a \"b\" \u00fc"),
          ImportOf("b", std::string("\0\xff\n", 3)), ImportOf("c", "")};
}

std::string ThreeLines() {
  std::string lines;
  for (const auto& entry : ThreeEntries()) lines += Json(entry);
  return lines;
}

// Expects that the three entries arrived, and that the client printed the
// response.
void ThreeArrived(ClientTalk& talk, const Outcome& outcome) {
  const Received call = talk.OneCall("Import", 3);
  for (std::size_t i = 0; i < 3; ++i) {
    Carried(talk, call, i, ThreeEntries()[i]);
  }
  talk.Succeeded(outcome, "3");
  talk.Succeeded(outcome, "41");
}

void ImportCall(ClientTalk& talk) {
  talk.LookAt(
      "parse each line as an ImportRequest in JSON, in which bytes are base64. "
      "After the last one half-close, then wait for the response",
      "JsonStringToMessage(), WritesDone() and Finish()");
  talk.AnswerWith(Imported(3, 41));
  const std::string file = talk.File("entries.jsonl", ThreeLines());
  ThreeArrived(talk, talk.Run({"import", file}));
  talk.LookAt("an empty file is an import of no entries");
  const std::string empty = talk.File("empty.jsonl", "");
  talk.AnswerWith(Imported(0, 41));
  const Outcome outcome = talk.Run({"import", empty});
  talk.OneCall("Import", 0);
  talk.Succeeded(outcome, "41");
}

void ImportStdin(ClientTalk& talk) {
  talk.LookAt("without FILE read the lines from standard input");
  talk.AnswerWith(Imported(3, 41));
  const std::string file = talk.File("entries.jsonl", ThreeLines());
  ThreeArrived(talk, talk.Run({"import"}, file));
}

void ImportAnswered(ClientTalk& talk) {
  constexpr int kLines = 100;
  talk.LookAt(
      "the server may end the call early. Stop writing then, and report its "
      "status",
      "Write() returns false, and Finish() returns the status");
  std::string lines;
  for (int i = 0; i < kLines; ++i) {
    lines += Json(ImportOf(absl::StrCat("key", i), std::string(1 << 16, 'x')));
  }
  Answer answer;
  answer.status =
      grpc::Status(StatusCode::INVALID_ARGUMENT, "entry 1: key: not so");
  answer.early = true;
  talk.AnswerWith(answer);
  const Outcome outcome = talk.Run({"import", talk.File("many.jsonl", lines)});
  talk.Failed(outcome, StatusCode::INVALID_ARGUMENT, "entry 1: key: not so\n");
}

void ImportBadLine(ClientTalk& talk) {
  talk.LookAt(
      "when a line is not an entry, nothing may be stored, so do not "
      "half-close. Cancel the call, or read the whole file before it",
      "TryCancel()");
  talk.AnswerWith(Imported(2, 41));
  const std::string bad = Json(ImportOf("a", "1")) + Json(ImportOf("b", "2")) +
                          "{\"key\": \"c\", \"colour\": \"\"}\n" +
                          Json(ImportOf("d", "4"));
  const Outcome outcome =
      talk.Run({kLong, "import", talk.File("bad.jsonl", bad)});
  talk.NoWholeCall();
  talk.Complained(outcome, "3");
}

void ImportNoFile(ClientTalk& talk) {
  talk.LookAt(
      "a file that can't be read is an error, not an empty file. Print its "
      "name");
  talk.AnswerWith(Imported(0, 41));
  const Outcome absent = talk.Run({"import", "/no/such/file"});
  talk.NoWholeCall();
  talk.Complained(absent, "/no/such/file");
  talk.LookAt("a folder can be opened but not read");
  const Outcome folder = talk.Run({"import", "/"});
  talk.NoWholeCall();
  talk.Complained(folder, "/");
}

}  // namespace

std::vector<ClientQuestion> ImportClientQuestions() {
  return {
      {"import", "import sends every line, then half-closes", 5, ImportCall},
      {"import_stdin", "import reads standard input without a file", 5,
       ImportStdin},
      {"import_answered", "an early answer ends the import", 5, ImportAnswered},
      {"import_bad_line", "a bad line: nothing is stored, exit 1", 5,
       ImportBadLine},
      {"import_no_file", "a file that can't be read: exit 1", 5, ImportNoFile},
  };
}

}  // namespace judge
