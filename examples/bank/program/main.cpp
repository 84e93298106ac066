// `bank`: the program around the domain. README.md beside the domain describes it.
#include "program/arguments.hpp"

int main(int argc, char** argv) { return static_cast<int>(bank::run(argc, argv)); }
