// The one mistake that a wrong program makes.
#ifndef WRONG_MISTAKE_H_
#define WRONG_MISTAKE_H_

namespace wrong {

/// Whether --mistake asks for this mistake.
bool Mistake(const char* name);

}  // namespace wrong

#endif  // WRONG_MISTAKE_H_
