// Tasks of stage 15: a second Get when the first is slow, and a budget.
#include <string>
#include <vector>

#include "questions/all.h"
#include "talk/answers.h"

namespace judge {
namespace {

void Hedge(ClientTalk& talk) {
  const Answer found = Answers(Found("city", "Berlin", 7));
  Answer silent;
  silent.never = true;
  talk.LookAt(
      "with --hedge=200ms, make the same Get again if no answer has come after "
      "200 ms, and print the answer that comes first");
  talk.AnswerInTurn({silent, found});
  const Outcome outcome = talk.Run({kLong, "get", "city", "--hedge=200ms"});
  talk.Succeeded(outcome, "Berlin");
  for (const Received& call : talk.Calls({"Get", "Get"})) {
    Carried(talk, call, 0, GetRequestOf("city"));
  }
  talk.LookAt("one Get is enough if its answer comes in time");
  talk.AnswerInTurn({found});
  talk.Succeeded(talk.Run({kLong, "get", "city", "--hedge=60s"}), "Berlin");
  talk.Calls({"Get"});
  talk.LookAt("an error that stays is an answer, too");
  talk.AnswerInTurn({Fails({StatusCode::NOT_FOUND, "no such key"}), found});
  talk.Failed(talk.Run({kLong, "get", "city", "--hedge=60s"}),
              StatusCode::NOT_FOUND, "no such key\n");
  talk.Calls({"Get"});
}

void Budget(ClientTalk& talk) {
  const auto attempts = [&talk](const std::vector<std::string>& words,
                                const std::string& rpc, std::size_t count) {
    talk.AnswerWith(Lost());
    talk.Failed(talk.Run(words), StatusCode::UNAVAILABLE, "lost");
    talk.Calls(std::vector<std::string>(count, rpc));
  };
  talk.LookAt(
      "--retry_budget=2 allows two calls after the first. Those that gRPC "
      "repeats by itself count, too: otherwise the attempts multiply");
  attempts({kLong, "get", "city", "--retry_budget=2"}, "Get", 3);
  attempts({kLong, "watch", "--retry_budget=2"}, "Watch", 3);
  talk.LookAt("0 allows none");
  attempts({kLong, "list", "--retry_budget=0"}, "List", 1);
  talk.LookAt(
      "the budget is for all calls of a run: also for the Get that looks "
      "after a lost Delete");
  talk.AnswerWith(Lost());
  talk.Failed(talk.Run({kLong, "delete", "city", "--retry_budget=2"}),
              StatusCode::UNAVAILABLE, "lost");
  talk.Calls({"Delete", "Get", "Get"});
}

}  // namespace

std::vector<ClientQuestion> RetryTasks() {
  return {
      {"hedge", "get --hedge: a second Get when the first is slow", 15, Hedge},
      {"budget", "--retry_budget=N: at most N calls after the first", 15,
       Budget},
  };
}

}  // namespace judge
