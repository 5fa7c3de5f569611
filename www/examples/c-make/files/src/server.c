#include "server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int serve(int port)
{
    char buffer[1500];
    struct sockaddr_in own, peer;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    memset(&own, 0, sizeof own);
    own.sin_family = AF_INET;
    own.sin_port = htons((unsigned short)port);
    own.sin_addr.s_addr = htonl(INADDR_ANY);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) < 0) {
        perror("bind");
        return 1;
    }
    for (;;) {
        socklen_t size = sizeof peer;
        ssize_t count = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &size);
        if (count >= 0)
            sendto(fd, buffer, (size_t)count, 0, (struct sockaddr *)&peer, size);
    }
}
