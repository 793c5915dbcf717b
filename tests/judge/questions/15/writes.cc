// Stage 15: a client that does not write twice, and looks what it has written.
#include <cstdint>
#include <string>
#include <vector>

#include "questions/all.h"
#include "talk/answers.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void NotTwice(ClientTalk& talk) {
  talk.LookAt(
      "the server may have done the Put before the answer was lost. A second "
      "one could overwrite what somebody else wrote in between");
  talk.AnswerInTurn({Fails(Lost()), Answers(Written(8))});
  const Outcome put = talk.Run({kLong, "put", "city", "Bonn"});
  talk.Calls({"Put"});
  talk.Failed(put, StatusCode::UNAVAILABLE, "lost");
  talk.LookAt(
      "a second Delete could remove what somebody else wrote in between. Look "
      "with a Get: if the entry is there, report the error");
  talk.AnswerInTurn({Fails(Lost()), Answers(Found("city", "Bonn", 8)),
                     Answers(Deleted(true, 9))});
  const Outcome deleted = talk.Run({kLong, "delete", "city"});
  talk.Calls({"Delete", "Get"});
  talk.Failed(deleted, StatusCode::UNAVAILABLE, "lost");
}

void DeleteLooks(ClientTalk& talk) {
  talk.LookAt(
      "if the answer to a Delete is lost and the entry is absent, all is as "
      "the user wants it: print `absent`, and exit with 0");
  talk.AnswerInTurn(
      {Fails(Lost()), Fails({StatusCode::NOT_FOUND, "no such key"})});
  const Outcome outcome = talk.Run({kLong, "delete", "city"});
  const auto calls = talk.Calls({"Delete", "Get"});
  if (!talk.going()) return;
  Carried(talk, calls[1], 0, GetRequestOf("city"));
  talk.Succeeded(outcome, "absent");
}

// Two entries, in two revisions.
std::vector<kv::v1::ImportRequest> TwoEntries() {
  return {ImportOf("city/a", "Berlin"), ImportOf("city/b", "Bonn")};
}

std::string TwoLines(ClientTalk& talk) {
  std::string lines;
  for (const auto& entry : TwoEntries()) lines += Json(entry);
  return talk.File("entries.jsonl", lines);
}

void ImportsAgain(ClientTalk& talk) {
  talk.LookAt(
      "RetryInfo says that nothing was stored: send all entries again. "
      "Standard input can be read only once, so remember them");
  const std::string file = TwoLines(talk);
  talk.AnswerInTurn({Fails(Promised(10)), Answers(Imported(2, 41))});
  const Outcome outcome = talk.Run({kLong, "import"}, file);
  for (const Received& call : talk.Calls({"Import", "Import"})) {
    for (std::size_t i = 0; i < TwoEntries().size(); ++i) {
      Carried(talk, call, i, TwoEntries()[i]);
    }
  }
  talk.Succeeded(outcome, "41");
}

// Runs an import whose answer is lost. The store then has a key of somebody
// else, and the two entries at these revisions, the second with this value.
Outcome ImportAndList(ClientTalk& talk, std::int64_t first, std::int64_t second,
                      const std::string& value = "Bonn") {
  kv::v1::ListResponse there;
  *there.add_entries() = EntryOf("a", "Berlin", 4);
  *there.add_entries() = EntryOf("city/a", "Berlin", first);
  *there.add_entries() = EntryOf("city/b", value, second);
  talk.AnswerInTurn({Fails(Lost()), Answers(there)});
  Outcome outcome = talk.Run({kLong, "import", TwoLines(talk)});
  talk.Calls({"Import", "List"});
  return outcome;
}

void ImportFound(ClientTalk& talk) {
  talk.LookAt(
      "if the answer to an Import is lost, list the store: if all entries are "
      "there with revisions that follow one another, it was done");
  talk.Succeeded(ImportAndList(talk, 40, 41), "41");
  talk.LookAt("if an entry has another value, it was not done");
  talk.Failed(ImportAndList(talk, 40, 41, "Rome"), StatusCode::UNAVAILABLE,
              "lost");
  talk.LookAt(
      "an Import takes revisions that follow one another. If they don't, "
      "somebody else wrote these entries");
  talk.Failed(ImportAndList(talk, 20, 41), StatusCode::UNAVAILABLE, "lost");
}

}  // namespace

std::vector<ClientQuestion> LostWriteQuestions() {
  return {
      {"not_twice", "a write that may be done is not repeated", 15, NotTwice},
      {"lost_delete", "after a lost answer, delete looks: absent is OK", 15,
       DeleteLooks},
      {"import_again", "after RetryInfo, import sends all again, also stdin",
       15, ImportsAgain},
      {"import_found", "after a lost answer, import looks for its entries", 15,
       ImportFound},
  };
}

}  // namespace judge
