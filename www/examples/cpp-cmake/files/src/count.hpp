#pragma once

#include <istream>
#include <map>
#include <string>

// How often each word of the input occurs.
std::map<std::string, int> count_words(std::istream &input);
