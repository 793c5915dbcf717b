// Stage 05: a client that sends a stream.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"

namespace judge {
namespace {

using grpc::StatusCode;

kv::v1::ImportRequest Entry(const std::string& key, const std::string& value) {
  kv::v1::ImportRequest request;
  request.set_key(key);
  request.set_value(value);
  return request;
}

kv::v1::ImportResponse Summary(std::int64_t count, std::int64_t revision) {
  kv::v1::ImportResponse response;
  response.set_imported_count(count);
  response.set_revision(revision);
  return response;
}

// Three entries, one of them with a value that is no text.
std::vector<kv::v1::ImportRequest> ThreeEntries() {
  return {Entry("caf\u00e9 1", "a \"b\" \u00fc"),
          Entry("b", std::string("\0\xff\n", 3)), Entry("c", "")};
}

std::string ThreeLines() {
  std::string lines;
  for (const auto& entry : ThreeEntries()) lines += Json(entry);
  return lines;
}

// Expects that the three entries arrived, and what the client made of it.
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
      "a line is an ImportRequest in JSON (JsonStringToMessage), in which "
      "bytes are base64; after the last: WritesDone(), then Finish()");
  talk.AnswerWith(Summary(3, 41));
  const std::string file = talk.File("entries.jsonl", ThreeLines());
  ThreeArrived(talk, talk.Run({"import", file}));
  talk.LookAt("a file without entries is an import of none");
  const std::string empty = talk.File("empty.jsonl", "");
  talk.AnswerWith(Summary(0, 41));
  const Outcome outcome = talk.Run({"import", empty});
  talk.OneCall("Import", 0);
  talk.Succeeded(outcome, "41");
}

void ImportStdin(ClientTalk& talk) {
  talk.LookAt("without FILE the lines come from standard input");
  talk.AnswerWith(Summary(3, 41));
  const std::string file = talk.File("entries.jsonl", ThreeLines());
  ThreeArrived(talk, talk.Run({"import"}, file));
}

void ImportAnswered(ClientTalk& talk) {
  constexpr int kLines = 100;
  talk.LookAt(
      "Write() gives false once the call is over: stop writing, and ask "
      "Finish() why");
  std::string lines;
  for (int i = 0; i < kLines; ++i) {
    lines += Json(Entry(absl::StrCat("key", i), std::string(1 << 16, 'x')));
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
      "a line that is no entry: nothing may be stored, so do not half-close. "
      "TryCancel(), or read the whole file before the call");
  talk.AnswerWith(Summary(2, 41));
  const std::string bad = Json(Entry("a", "1")) + Json(Entry("b", "2")) +
                          "{\"key\": \"c\", \"colour\": \"\"}\n" +
                          Json(Entry("d", "4"));
  const Outcome outcome = talk.Run({"import", talk.File("bad.jsonl", bad)});
  talk.NoWholeCall();
  talk.Complained(outcome, "3");
}

void ImportNoFile(ClientTalk& talk) {
  talk.LookAt("a file that can't be read is no empty file: say its name");
  talk.AnswerWith(Summary(0, 41));
  const Outcome absent = talk.Run({"import", "/no/such/file"});
  talk.NoWholeCall();
  talk.Complained(absent, "/no/such/file");
  talk.LookAt("a folder can be opened, and not be read");
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
      {"import_no_file", "a file that can't be read is exit 1", 5,
       ImportNoFile},
  };
}

}  // namespace judge
