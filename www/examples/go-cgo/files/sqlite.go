package main

/*
#cgo LDFLAGS: -lsqlite3
#include <sqlite3.h>
*/
import "C"

// sqliteVersion asks the shared library for its version.
func sqliteVersion() string {
	return C.GoString(C.sqlite3_libversion())
}
