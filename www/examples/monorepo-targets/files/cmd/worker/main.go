package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("waiting for jobs")
	for {
		time.Sleep(time.Minute)
	}
}
