// Command probe asks an address once a minute and logs the answer with the local time.
package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	address := "https://example.org"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	client := &http.Client{Timeout: 10 * time.Second}
	for {
		if answer, err := client.Get(address); err != nil {
			log.Println(err)
		} else {
			answer.Body.Close()
			log.Println(time.Now().Local().Format(time.RFC1123), answer.Status)
		}
		time.Sleep(time.Minute)
	}
}
