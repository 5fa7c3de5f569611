package main

import "fmt"

func main() {
	fmt.Println("serving /srv/www")
}
