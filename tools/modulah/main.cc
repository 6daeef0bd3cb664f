// The command line's entry point.
int main() { return 0; }
