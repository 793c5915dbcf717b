// The judge: asks a program what its stage promises, in any language, over
// nothing but the contract.
//
//   judge --stage=02 --server='./server'
//   judge --stage=03 --client='python3 client.py'
//   judge --stage=02 --address=127.0.0.1:50051
//   judge --stage=03 --client=./client --task=rename
//   judge --stage=01 --contract=./contract --task=encode
//   judge --list
//
// Exit status: 0 all right, 1 a wrong answer, 2 the judge could not ask.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "certificates.h"
#include "conversation.h"
#include "question.h"
#include "text.h"

ABSL_FLAG(std::string, stage, "", "the stage to judge, for example 02");
ABSL_FLAG(std::string, server, "", "the command that starts the server");
ABSL_FLAG(std::string, client, "", "the command that starts the client");
ABSL_FLAG(std::string, contract, "",
          "the command that starts stage 01's program, which has tasks alone");
ABSL_FLAG(std::string, address, "",
          "HOST:PORT of a server that runs already, without TLS");
ABSL_FLAG(std::string, only, "", "ask this one question");
ABSL_FLAG(std::string, task, "",
          "ask for this addition to the stage, and nothing else");
ABSL_FLAG(std::string, since, "",
          "leave out the questions of stages before this one");
ABSL_FLAG(std::string, slice, "1/1",
          "2/4: of each four questions the second, for judges side by side");
ABSL_FLAG(bool, all, false, "go on after a wrong answer");
ABSL_FLAG(bool, list, false, "list the questions and ask none");

namespace {

constexpr int kRight = 0;
constexpr int kWrong = 1;
constexpr int kCannotAsk = 2;

bool flags_parsed = false;

int Fail(const std::string& why) {
  std::cerr << "judge: " << why << "\n";
  return kCannotAsk;
}

// Green or red where it can be seen and is wanted.
std::string Coloured(const std::string& text, bool right) {
  static const bool kColour =
      isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  if (!kColour) return text;
  return absl::StrCat(right ? "\033[32m" : "\033[31m", text, "\033[0m");
}

template <class Question>
std::vector<Question> Joined(const std::vector<std::vector<Question>>& groups) {
  std::vector<Question> all;
  for (const auto& group : groups) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<judge::ServerQuestion> ServerQuestions() {
  if (!absl::GetFlag(FLAGS_task).empty()) {
    return Joined<judge::ServerQuestion>(
        {judge::ServiceTasks(), judge::GuardTasks()});
  }
  return Joined<judge::ServerQuestion>(
      {judge::StartQuestions(), judge::StoreQuestions(),
       judge::LimitQuestions(), judge::AtOnceQuestions(),
       judge::ListQuestions(), judge::WatchQuestions(),
       judge::WatcherQuestions(), judge::ImportQuestions(),
       judge::AtomicQuestions(), judge::PipelineQuestions(),
       judge::FlowQuestions(), judge::LifeQuestions(),
       judge::TlsServerQuestions(), judge::TokenQuestions(),
       judge::TokenFileQuestions(), judge::RoleQuestions(),
       judge::MutualQuestions()});
}

std::vector<judge::ClientQuestion> ClientQuestions() {
  if (!absl::GetFlag(FLAGS_task).empty()) {
    return Joined<judge::ClientQuestion>(
        {judge::CallTasks(), judge::StreamTasks(), judge::PipelineTasks(),
         judge::MetadataTasks()});
  }
  return Joined<judge::ClientQuestion>(
      {judge::CallQuestions(), judge::FailureQuestions(),
       judge::StreamReadQuestions(), judge::StreamWriteQuestions(),
       judge::CredentialQuestions()});
}

std::vector<judge::ContractQuestion> ContractQuestions() {
  if (absl::GetFlag(FLAGS_task).empty()) return {};
  return judge::ContractTasks();
}

template <class Question>
void List(const std::string& kind, const std::vector<Question>& questions) {
  for (const Question& question : questions) {
    const std::string until = question.until == judge::kStays
                                  ? ""
                                  : absl::StrFormat("-%02d", question.until);
    std::cout << absl::StrFormat("%02d%-3s %s %-17s %s\n", question.from, until,
                                 kind, question.name, question.what);
  }
}

// Those that the stage adds and those of the stages before it, or the one that
// was asked for by name.
template <class Talk>
std::vector<judge::Question<Talk>> Chosen(
    const std::vector<judge::Question<Talk>>& questions, int since, int stage) {
  const std::string only =
      absl::StrCat(absl::GetFlag(FLAGS_only), absl::GetFlag(FLAGS_task));
  std::vector<judge::Question<Talk>> chosen;
  for (const auto& question : questions) {
    if (question.from > stage || question.until < stage) continue;
    if (question.from < since) continue;
    if (only.empty() || only == question.name) chosen.push_back(question);
  }
  std::stable_partition(chosen.begin(), chosen.end(),
                        [stage](const judge::Question<Talk>& question) {
                          return question.from == stage;
                        });
  return chosen;
}

// What --slice says: one of so many.
struct Slice {
  std::size_t one;
  std::size_t many;
};

std::optional<Slice> ParseSlice(const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, '/');
  Slice slice{};
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &slice.one) ||
      !absl::SimpleAtoi(words[1], &slice.many) || slice.one < 1 ||
      slice.one > slice.many) {
    return std::nullopt;
  }
  return slice;
}

// Asks question after question and tells how each was answered.
template <class Talk>
int Ask(const std::vector<judge::Question<Talk>>& questions, Slice slice,
        Talk& talk, judge::Conversation& conversation) {
  if (questions.empty()) return Fail("no such question at this stage: --list");
  std::vector<std::string> wrong;
  std::size_t asked = 0;
  std::size_t skipped = 0;
  for (std::size_t i = slice.one - 1; i < questions.size(); i += slice.many) {
    const auto& question = questions[i];
    talk.Begin(question.name);
    question.ask(talk);
    if (!conversation.gave_up().empty()) return Fail(conversation.gave_up());
    const std::string told =
        absl::StrFormat(" %2d/%d  %s: %s\n", i + 1, questions.size(),
                        question.name, question.what);
    if (!conversation.skipped().empty()) {
      ++skipped;
      std::cout << "--  " << told
                << "      not asked: " << conversation.skipped() << "\n"
                << std::flush;
      continue;
    }
    ++asked;
    const bool right = conversation.going();
    std::cout << Coloured(right ? "ok  " : "FAIL", right) << told
              << conversation.Report() << std::flush;
    if (right) continue;
    wrong.push_back(question.name);
    if (!absl::GetFlag(FLAGS_all)) {
      std::cout << absl::StrFormat("%d of %d, then %s\n", i - skipped,
                                   questions.size() - skipped, question.name);
      return kWrong;
    }
  }
  std::cout << asked - wrong.size() << " of " << asked
            << " questions answered right";
  if (!wrong.empty()) std::cout << ", not " << absl::StrJoin(wrong, ", ");
  std::cout << "\n";
  return wrong.empty() && asked > 0 ? kRight : kWrong;
}

// Abseil ends the program with 1 after a bad flag; here 1 is a wrong answer.
void ExitAfterBadFlag() {
  if (!flags_parsed) _exit(kCannotAsk);
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "judge --stage=NN --server='COMMAND' | --client='COMMAND' | "
      "--contract='COMMAND'");
  std::atexit(ExitAfterBadFlag);
  const auto words = absl::ParseCommandLine(argc, argv);
  flags_parsed = true;
  if (words.size() > 1) {
    return Fail(absl::StrCat("unexpected argument ", judge::Quoted(words[1])));
  }
  if (absl::GetFlag(FLAGS_list)) {
    List("server", ServerQuestions());
    List("client", ClientQuestions());
    List("contract", ContractQuestions());
    return kRight;
  }
  int stage = 0;
  if (!absl::SimpleAtoi(absl::GetFlag(FLAGS_stage), &stage) ||
      stage < judge::kFirstStage || stage > judge::kLastStage) {
    return Fail(absl::StrFormat("--stage must be %02d to %02d",
                                judge::kFirstStage, judge::kLastStage));
  }
  int since = judge::kFirstStage;
  if (!absl::GetFlag(FLAGS_since).empty() &&
      !absl::SimpleAtoi(absl::GetFlag(FLAGS_since), &since)) {
    return Fail("--since must be a stage");
  }
  if (!absl::GetFlag(FLAGS_only).empty() &&
      !absl::GetFlag(FLAGS_task).empty()) {
    return Fail("--only and --task exclude each other");
  }
  const auto slice = ParseSlice(absl::GetFlag(FLAGS_slice));
  if (!slice) return Fail("--slice must be like 2/4");
  const std::string server = absl::GetFlag(FLAGS_server);
  const std::string client = absl::GetFlag(FLAGS_client);
  const std::string contract = absl::GetFlag(FLAGS_contract);
  const std::string address = absl::GetFlag(FLAGS_address);
  const std::vector<std::string> ways = {server, client, contract, address};
  if (std::count(ways.begin(), ways.end(), "") != 3) {
    return Fail(
        "one of --server, --client, --contract and --address is needed");
  }
  const auto command = judge::Words(server + client + contract);
  if (!command.ok() && address.empty()) {
    return Fail(absl::StrCat("the command: ", command.status().message()));
  }
  // Programs inherit it: gRPC's own log lines are no answer of theirs.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  judge::Conversation conversation;
  conversation.Hide(judge::CertificatesFolder(), "CERTS");
  if (!contract.empty()) {
    judge::ContractTalk talk(*command, conversation);
    return Ask(Chosen(ContractQuestions(), since, stage), *slice, talk,
               conversation);
  }
  if (client.empty()) {
    judge::ServerTalk talk(command.value_or(std::vector<std::string>()),
                           conversation, address);
    return Ask(Chosen(ServerQuestions(), since, stage), *slice, talk,
               conversation);
  }
  judge::ClientTalk talk(*command, conversation);
  return Ask(Chosen(ClientQuestions(), since, stage), *slice, talk,
             conversation);
}
