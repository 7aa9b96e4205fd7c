"""Times calls from cffi; bench.sh compares them."""
import sys

import cffi

import loops

ffi = cffi.FFI()
ffi.cdef("int add(int, int); double mul(double, double); size_t len(const char *);"
         "const char *echo(const char *); typedef struct { double x, y; } point; point turn(point);"
         "int repeat_call(int (*)(int, int), int);")
callback = ffi.callback("int(int, int)", lambda a, b: a + b)
loops.run(ffi.dlopen(sys.argv[1]), ffi.new("point *", (1, 2))[0], ffi.new("int[]", loops.N), callback, text=ffi.string)
