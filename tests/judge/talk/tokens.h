// The users of stages 08 and 09, as the judge names them to a server.
#ifndef JUDGE_TALK_TOKENS_H_
#define JUDGE_TALK_TOKENS_H_

#include <string>
#include <vector>

#include "ask/text.h"

namespace judge {

constexpr char kAlice[] = "Al1ce-Qx7-pLm";      ///< Alice's token.
constexpr char kAlice2[] = "Al1ce-2nd-kWv";     ///< Alice's second token.
constexpr char kBob[] = "B0b-Zt4-hYd";          ///< Bob's token.
constexpr char kCarol[] = "Car0l-Nm9-sGf";      ///< Carol's, for a later file.
constexpr char kFormerly[] = "F0rmer-Dk2-rTb";  ///< On a commented-out line.

/// A line of a token file, with a line break. It has a role from stage 09 on.
std::string Line(const std::string& user, const std::string& token,
                 const std::string& role = "writer");

/// The text of a token file with the users Alice and Bob, a blank line and
/// comments.
std::string UsersFile();

/// The metadata of a call with a token.
Metadata Token(const std::string& token);

/// All of these tokens. A program must never print any of them.
std::vector<std::string> Secrets();

}  // namespace judge

#endif  // JUDGE_TALK_TOKENS_H_
