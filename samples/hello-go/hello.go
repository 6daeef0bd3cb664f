// A small command: greets, prints its environment and a file of its image, and ends with the
// status that its second argument says.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	name, status := "nobody", 0
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	if len(os.Args) > 2 {
		status, _ = strconv.Atoi(os.Args[2])
	}
	fmt.Printf("Hello, %s!\n", name)
	for _, variable := range os.Environ() {
		fmt.Println("environment:", variable)
	}
	text, err := os.ReadFile("/etc/hello/greeting.txt")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(string(text))
	os.Exit(status)
}
