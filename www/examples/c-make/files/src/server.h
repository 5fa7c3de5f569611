#ifndef SERVER_H
#define SERVER_H

/* Sends each datagram back until an error occurs. Returns the exit code. */
int serve(int port);

#endif
