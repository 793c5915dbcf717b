// The one thing that a wrong program does wrong.
#ifndef WRONG_MISTAKE_H_
#define WRONG_MISTAKE_H_

namespace wrong {

/// @param name a mistake.
/// @return whether it is the one that --mistake asks for.
bool Mistake(const char* name);

}  // namespace wrong

#endif  // WRONG_MISTAKE_H_
