#include <iostream>

#include "count.hpp"

int main()
{
    std::cout << "word\tcount\n";
    for (const auto &[word, count] : count_words(std::cin))
        std::cout << word << '\t' << count << '\n';
}
