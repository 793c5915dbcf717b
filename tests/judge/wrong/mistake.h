// The one thing that a wrong program does wrong.
#ifndef WRONG_MISTAKE_H_
#define WRONG_MISTAKE_H_

namespace wrong {

/// Whether it is the mistake that --mistake asks for.
bool Mistake(const char* name);

}  // namespace wrong

#endif  // WRONG_MISTAKE_H_
