package main

import (
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, rand.IntN(6)+1)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
