#include <stdio.h>
#include <stdlib.h>

#include "server.h"

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 7007;
    printf("listening on port %d\n", port);
    fflush(stdout);
    return serve(port);
}
