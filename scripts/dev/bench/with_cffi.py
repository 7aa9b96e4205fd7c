"""Times calls from cffi. Prints "row nanoseconds" lines; bench.sh compares them."""
import cffi
import sys
import time

ffi = cffi.FFI()
ffi.cdef("int add(int, int); double mul(double, double); size_t len(const char *);")
lib = ffi.dlopen(sys.argv[1])
add, mul, length = lib.add, lib.mul, lib.len

N = 1000000


def timed(f):
    start = time.perf_counter()
    f()
    return (time.perf_counter() - start) / N * 1e9


def loop():
    for i in range(N):
        pass


def ints():
    for i in range(N):
        add(i, 5)


def doubles():
    for i in range(N):
        mul(i, 2.5)


def strings():
    for i in range(N):
        length(b"hello world")


base = timed(loop)
for name, f in ("int(int,int)", ints), ("double(double,double)", doubles), ("size_t(const char*)", strings):
    print(f"{name}\t{timed(f) - base}")
