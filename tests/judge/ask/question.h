// A question: something that the contract promises, and a way to test it.
#ifndef JUDGE_ASK_QUESTION_H_
#define JUDGE_ASK_QUESTION_H_

#include <cstddef>

#include "talk/client_talk.h"
#include "talk/contract_talk.h"
#include "talk/server_talk.h"

namespace judge {

constexpr std::size_t kMaxKeyBytes = 512;        ///< kv.proto: the longest key.
constexpr std::size_t kMaxValueBytes = 1 << 20;  ///< The largest value.
/// A client's deadline that is too long for any question to reach.
constexpr char kLong[] = "--timeout=300s";

/// A question to a program, through a ServerTalk, a ClientTalk or a
/// ContractTalk.
template <class Talk>
struct Question {
  const char* name;    ///< For --only; unique among its kind.
  const char* what;    ///< What holds when the answer is right.
  int stage;           ///< The first stage in which it holds.
  void (*ask)(Talk&);  ///< Asks it; must not rely on others.
};

using ServerQuestion = Question<ServerTalk>;
using ClientQuestion = Question<ClientTalk>;
using ContractQuestion = Question<ContractTalk>;

}  // namespace judge

#endif  // JUDGE_ASK_QUESTION_H_
