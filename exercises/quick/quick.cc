// A library needs a file.
