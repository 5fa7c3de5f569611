package main

// greeting greets name, or the world if name is empty.
func greeting(name string) string {
	if name == "" {
		name = "world"
	}
	return "Hello, " + name + "!"
}
