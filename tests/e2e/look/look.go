// Says what is at each of its arguments: the names in a directory, or the first line of a file.
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	for _, path := range os.Args[1:] {
		if entries, err := os.ReadDir(path); err == nil {
			fmt.Print(path, ":")
			for _, entry := range entries {
				fmt.Print(" ", entry.Name())
			}
			fmt.Println()
		} else if text, err := os.ReadFile(path); err == nil {
			fmt.Println(path, "=", strings.SplitN(string(text), "\n", 2)[0])
		} else {
			fmt.Println(path, "is not there")
		}
	}
}
