// The users of stages 08 and 09, as the judge names them to a server.
#ifndef JUDGE_TALK_TOKENS_H_
#define JUDGE_TALK_TOKENS_H_

#include <string>
#include <vector>

#include "ask/text.h"

namespace judge {

constexpr char kAlice[] = "Al1ce-Qx7-pLm";      ///< Alice's token.
constexpr char kAlice2[] = "Al1ce-2nd-kWv";     ///< Another one of hers.
constexpr char kBob[] = "B0b-Zt4-hYd";          ///< Bob's.
constexpr char kCarol[] = "Car0l-Nm9-sGf";      ///< Carol's, once she is there.
constexpr char kFormerly[] = "F0rmer-Dk2-rTb";  ///< One that a # took away.

/// A line of a token file, with its end. From stage 09 on it has a role.
std::string Line(const std::string& user, const std::string& token,
                 const std::string& role = "writer");

/// A token file with the users Alice and Bob, a blank line and comments.
std::string UsersFile();

/// What a call with a token carries.
Metadata Token(const std::string& token);

/// All of the above, none of which is ever to be shown.
std::vector<std::string> Secrets();

}  // namespace judge

#endif  // JUDGE_TALK_TOKENS_H_
