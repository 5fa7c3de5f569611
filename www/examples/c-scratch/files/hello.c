#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("Hello from process %d and user %d.\n", (int)getpid(), (int)getuid());
    return 0;
}
