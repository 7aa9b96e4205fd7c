/* driver LIBRARY FUNCTION [OPTION]: calls a fixture as a plain C program does, with nothing that guards it. The test looks at
 * what becomes of the process. OPTION lazy: functions are looked up when they are called. close: the library is closed then. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

typedef int (*callback)(int);

int main(int argc, char **argv) {
  struct rlimit none = {0, 0};
  const char *option = argc > 3 ? argv[3] : "";
  setrlimit(RLIMIT_CORE, &none);
  void *library = dlopen(argv[1], strcmp(option, "lazy") ? RTLD_NOW : RTLD_LAZY);
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 100;
  int r = 42;
  if (argv[2][0]) {
    int (*f)(int, callback) = (int (*)(int, callback))dlsym(library, argv[2]);
    /* What is called back is what the option names. */
    callback cb = option[0] ? (callback)dlsym(library, option) : NULL;
    if (f == NULL) return fprintf(stderr, "%s\n", dlerror()), 101;
    r = f(42, cb);
  }
  if (strcmp(option, "close") == 0) dlclose(library);
  return r == 42 ? 0 : 102;
}
