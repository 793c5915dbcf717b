// Tasks of stages 04 and 05: additions to a client's streams.
#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

const std::vector<kv::v1::Entry>& SomeEntries() {
  static const std::vector<kv::v1::Entry> kSome = {
      EntryOf("city/a", "Berlin", 7),
      EntryOf("city/b", std::string("\0\xff\n", 3), 3),
      EntryOf("city/caf\u00e9", "", 5)};
  return kSome;
}

Answer ListAnswer(const grpc::Status& end) {
  Answer answer;
  answer.status = end;
  for (const kv::v1::Entry& entry : SomeEntries()) {
    kv::v1::ListResponse response;
    *response.add_entries() = entry;
    answer.messages.push_back(response.SerializeAsString());
  }
  return answer;
}

void Count(ClientTalk& talk) {
  talk.LookAt("read to the end, then print the number of entries");
  talk.AnswerWith(ListAnswer(grpc::Status::OK));
  const Outcome outcome = talk.Run({"count", "city/"});
  Carried(talk, talk.OneCall("List"), 0, ListRequestOf("city/"));
  talk.Succeeded(outcome, "");
  talk.Expect(outcome.out == "3\n", "only 3 on stdout", Quoted(outcome.out));
  talk.LookAt(
      "wait for the status before you print: the count of a partial list is "
      "wrong",
      "Finish()");
  talk.AnswerWith(ListAnswer({StatusCode::UNAVAILABLE, "gone"}));
  talk.Failed(talk.Run({"count"}), StatusCode::UNAVAILABLE, "gone\n");
  Carried(talk, talk.OneCall("List"), 0, kv::v1::ListRequest());
}

void Export(ClientTalk& talk) {
  talk.LookAt(
      "print a line for each entry as import reads it: an ImportRequest in "
      "JSON",
      "MessageToJsonString()");
  talk.AnswerWith(ListAnswer(grpc::Status::OK));
  const Outcome outcome = talk.Run({"export", "city/"});
  Carried(talk, talk.OneCall("List"), 0, ListRequestOf("city/"));
  talk.Succeeded(outcome, "\n");
  const std::vector<std::string> lines = absl::StrSplit(outcome.out, '\n');
  talk.Expect(lines.size() == SomeEntries().size() + 1, "three lines",
              Quoted(outcome.out));
  for (std::size_t i = 0; i < SomeEntries().size(); ++i) {
    if (!talk.going()) return;
    const kv::v1::ImportRequest wanted =
        ImportOf(SomeEntries()[i].key(), SomeEntries()[i].value());
    kv::v1::ImportRequest got;
    const bool read =
        google::protobuf::util::JsonStringToMessage(lines[i], &got).ok();
    talk.Expect(read && Same(got, wanted),
                "a line that import reads as " + Describe(wanted),
                Quoted(lines[i], 60));
  }
  talk.LookAt(
      "report an error at the end, so that a user who saves the output knows "
      "that it is incomplete");
  talk.AnswerWith(ListAnswer({StatusCode::UNAVAILABLE, "gone"}));
  talk.FailedAfter(talk.Run({"export"}), StatusCode::UNAVAILABLE, "gone\n", {});
}

Answer Summary(std::int64_t count, std::int64_t revision) {
  return {grpc::Status::OK, {Imported(count, revision).SerializeAsString()}};
}

void Parts(ClientTalk& talk) {
  constexpr int kLines = 5;
  std::string lines;
  for (int i = 0; i < kLines; ++i) {
    absl::StrAppend(&lines, R"({"key": "key)", i, R"(", "value": ""})", "\n");
  }
  const std::vector<std::string> words = {"import", "--part=2",
                                          talk.File("entries.jsonl", lines)};
  talk.LookAt("make a call for each part, with its own context and half-close");
  talk.AnswerInTurn({Summary(2, 41), Summary(2, 43), Summary(1, 44)});
  const Outcome outcome = talk.Run(words);
  const auto calls = talk.Calls({"Import", "Import", "Import"});
  int entry = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::size_t size = i < 2 ? 2 : 1;
    talk.Expect(calls[i].messages.size() == size,
                absl::StrCat(size, " entries in part ", i + 1),
                absl::StrCat(calls[i].messages.size()));
    for (std::size_t place = 0; place < size; ++place, ++entry) {
      Carried(talk, calls[i], place, ImportOf(absl::StrCat("key", entry), ""));
    }
  }
  talk.Succeeded(outcome, "44");
  talk.LookAt(
      "stop after a part that fails. The parts before it stay stored, so print "
      "the last revision");
  talk.AnswerInTurn(
      {Summary(2, 41), Answer{{StatusCode::RESOURCE_EXHAUSTED, "full"}, {}}});
  talk.FailedAfter(talk.Run(words), StatusCode::RESOURCE_EXHAUSTED, "full\n",
                   {"41"});
  talk.Calls({"Import", "Import"});
}

}  // namespace

std::vector<ClientQuestion> StreamTasks() {
  return {
      {"count", "count prints the number of entries, or an error", 4, Count},
      {"export", "export prints what import reads", 5, Export},
      {"parts", "import --part=2 makes a call for each two entries", 5, Parts},
  };
}

}  // namespace judge
