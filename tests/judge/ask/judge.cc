// The judge: tests whether a program does what its stage promises. It uses only
// the contract, so the program may be written in any language.
//
//   judge --stage=02 --server='./server'
//   judge --stage=03 --client='python3 client.py'
//   judge --stage=02 --address=127.0.0.1:50051
//   judge --stage=03 --client=./client --task=rename
//   judge --stage=01 --contract=./contract --task=encode
//   judge --list
//
// Exit status: 0 all questions passed, 1 one failed, 2 the judge could not ask.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "ask/asking.h"
#include "ask/flags.h"
#include "ask/text.h"
#include "questions/all.h"
#include "talk/certificates.h"

ABSL_FLAG(std::string, server, "", "the command that starts the server");
ABSL_FLAG(std::string, client, "", "the command that starts the client");
ABSL_FLAG(std::string, contract, "",
          "the command that starts stage 01's program; it needs --task");
ABSL_FLAG(std::string, address, "",
          "HOST:PORT of a server that is already running, without TLS");
ABSL_FLAG(std::string, only, "", "ask only this question");
ABSL_FLAG(std::string, task, "", "ask only about this task");
ABSL_FLAG(bool, new, false, "do not ask the questions of earlier stages");
ABSL_FLAG(std::string, slice, "1/1",
          "2/4 asks every fourth question, starting with the second");
ABSL_FLAG(bool, all, false, "continue after a question that fails");
ABSL_FLAG(bool, list, false, "list the questions without asking them");

namespace {

constexpr int kLastStage = 15;

bool flags_parsed = false;

// Abseil exits with 1 after a bad flag, but here 1 means that a question
// failed.
void ExitAfterBadFlag() {
  if (!flags_parsed) _exit(judge::kCannotAsk);
}

// Why the judge can't ask with these flags; empty when it can.
std::string Trouble(const std::vector<char*>& words,
                    const std::vector<std::string>& programs) {
  if (words.size() > 1) {
    return absl::StrCat("unexpected argument ", judge::Quoted(words[1]));
  }
  if (judge::Stage() < 1 || judge::Stage() > kLastStage) {
    return absl::StrCat("--stage must be 01 to ", kLastStage);
  }
  if (!absl::GetFlag(FLAGS_only).empty() &&
      !absl::GetFlag(FLAGS_task).empty()) {
    return "give only one of --only and --task";
  }
  if (!judge::ParseSlice(absl::GetFlag(FLAGS_slice))) {
    return "--slice must be like 2/4";
  }
  const auto given =
      programs.size() - std::count(programs.begin(), programs.end(), "");
  return given == 1 ? ""
                    : "give exactly one of --server, --client, --contract and "
                      "--address";
}

template <class Talk>
judge::Exit AskAll(const std::vector<judge::Question<Talk>>& questions,
                   const std::vector<judge::Question<Talk>>& tasks,
                   Talk& talk) {
  talk.Hide(judge::CertificatesFolder(), "CERTS");
  const std::string task = absl::GetFlag(FLAGS_task);
  const judge::Choice choice = {
      judge::Stage(), absl::GetFlag(FLAGS_new) || !task.empty(),
      task.empty() ? absl::GetFlag(FLAGS_only) : task};
  return judge::Ask(judge::Chosen(task.empty() ? questions : tasks, choice),
                    *judge::ParseSlice(absl::GetFlag(FLAGS_slice)),
                    absl::GetFlag(FLAGS_all), talk);
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "judge --stage=NN --server='COMMAND' | --client='COMMAND' | "
      "--contract='COMMAND'");
  std::atexit(ExitAfterBadFlag);
  const auto words = absl::ParseCommandLine(argc, argv);
  flags_parsed = true;
  if (absl::GetFlag(FLAGS_list)) {
    judge::List("server", judge::ServerQuestions());
    judge::List("client", judge::ClientQuestions());
    return judge::kRight;
  }
  const std::string server = absl::GetFlag(FLAGS_server);
  const std::string client = absl::GetFlag(FLAGS_client);
  const std::string contract = absl::GetFlag(FLAGS_contract);
  const std::string address = absl::GetFlag(FLAGS_address);
  const std::string trouble =
      Trouble(words, {server, client, contract, address});
  if (!trouble.empty()) return judge::Fail(trouble);
  const auto command = judge::Words(server + client + contract);
  if (!command.ok() && address.empty()) {
    return judge::Fail(
        absl::StrCat("the command: ", command.status().message()));
  }
  // The programs inherit this: gRPC's own log lines must not be in their
  // output.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  if (!contract.empty()) {
    judge::ContractTalk talk(*command);
    return AskAll({}, judge::ContractTasks(), talk);
  }
  if (!client.empty()) {
    judge::ClientTalk talk(*command);
    return AskAll(judge::ClientQuestions(), judge::ClientTasks(), talk);
  }
  judge::ServerTalk talk(command.value_or(std::vector<std::string>()), address);
  if (!talk.IsReachable()) {
    return judge::Fail(absl::StrCat("nobody listens at ", address,
                                    ", or the server there needs TLS"));
  }
  return AskAll(judge::ServerQuestions(), judge::ServerTasks(), talk);
}
