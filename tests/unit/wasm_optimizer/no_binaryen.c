/* A shared library that is not Binaryen. */
int modulah_test_nothing(void);
int modulah_test_nothing(void) { return 0; }
