#include <stdio.h>

int main(void)
{
    puts("7 squared: 49");
    return 0;
}
