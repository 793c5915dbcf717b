// A question: something that the contract promises, and a way to ask for it.
#ifndef JUDGE_ASK_QUESTION_H_
#define JUDGE_ASK_QUESTION_H_

#include <cstddef>

#include "talk/client_talk.h"
#include "talk/contract_talk.h"
#include "talk/server_talk.h"

namespace judge {

constexpr std::size_t kMaxKeyBytes = 512;        ///< kv.proto: the longest key.
constexpr std::size_t kMaxValueBytes = 1 << 20;  ///< The largest value.
/// A client's deadline that no question waits for.
constexpr char kLong[] = "--timeout=300s";

/// A question to a program that is talked to through a ServerTalk, a ClientTalk
/// or a ContractTalk.
template <class Talk>
struct Question {
  const char* name;  ///< A word for --only, unique among its kind.
  const char* what;  ///< What holds when the answer is right.
  int stage;         ///< The stage in which it is new; it holds from there on.
  void (*ask)(Talk&);  ///< Asks it, and relies on no earlier question.
};

using ServerQuestion = Question<ServerTalk>;
using ClientQuestion = Question<ClientTalk>;
using ContractQuestion = Question<ContractTalk>;

}  // namespace judge

#endif  // JUDGE_ASK_QUESTION_H_
