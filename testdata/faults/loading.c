/* Faults in and around the loader. The libraries opened here lie beside this one. */
#include "faults.h"

#include <dlfcn.h>
#include <link.h>

/* beside gives the path of a library that lies in this one's folder. */
static const char *beside(const char *name) {
  static char path[4096];
  Dl_info info;
  if (!dladdr((void *)beside, &info)) return name;
  snprintf(path, sizeof path, "%s", info.dli_fname);
  char *slash = strrchr(path, '/');
  strcpy(slash ? slash + 1 : path, name);
  return path;
}

/* A handle that points to rubbish, which the loader takes for a library that was opened once, in a namespace that
 * there is not: where in its record that is counted differs between versions, so all places are tried. */
int close_bogus(void) {
  static int rubbish[512];
  for (int i = 13; i < 511; i++) {
    memset(rubbish, 0, sizeof rubbish);
    rubbish[12] = 0x7fffffff;
    rubbish[i] = 1;
    rubbish[i + 1] = 2;
    dlclose(rubbish);
  }
  return 42;
}

int close_null(void) { return dlclose(nowhere); }

/* The loader often finds out, in the memory that it has freed: then there is no fault. */
int close_twice(void) {
  void *h = dlopen(beside("neighbour.so"), RTLD_NOW);
  if (h == NULL) return -1;
  dlclose(h);
  dlclose(h);
  return 42;
}

int find_in_bogus(void) {
  static char rubbish[4096];
  memset(rubbish, 0x41, sizeof rubbish);
  return dlsym(rubbish, "add") != NULL;
}

/* One of its own: the loader takes a library whose constructor has failed for one that is there. */
int open_constructor(void) { return dlopen(beside("constructor_too.so"), RTLD_NOW) != NULL; }

int call_closed(void) {
  void *h = dlopen(beside("neighbour.so"), RTLD_NOW);
  int (*f)(void) = (int (*)(void))dlsym(h, "neighbour");
  dlclose(h);
  return f();
}

/* The loader's lock is held while it says what is loaded. */
static int reads(struct dl_phdr_info *info, size_t size, void *x) { return *nowhere; }
int fault_in_iteration(void) { return dl_iterate_phdr(reads, NULL); }

/* Another thread needs the loader. */
static volatile int opened;
static void *opens(void *x) {
  void *h = dlopen(beside("neighbour.so"), RTLD_NOW);
  opened = h != NULL && dlclose(h) == 0 ? 1 : 2;
  return NULL;
}
int thread_opens(void) {
  pthread_t t;
  opened = 0;
  pthread_create(&t, NULL, opens, NULL);
  return until(&opened) == 42 && opened == 1 ? 42 : -1;
}

/* Exit handlers: of the library, when it is closed; of the process. */
static void at_end(void) { sink = (void *)(intptr_t)*nowhere; }
int register_at_exit(void) { return atexit(at_end) ? -1 : 42; }

int exit_with_fault(void) {
  atexit(at_end);
  exit(3);
}

static void at_end_too(int status, void *x) { *nowhere = 1; }
int register_on_exit(void) { return on_exit(at_end_too, NULL) ? -1 : 42; }
