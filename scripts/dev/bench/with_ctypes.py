"""Times calls from ctypes. Prints "row nanoseconds" lines; bench.sh compares them."""
import ctypes
import sys
import time

lib = ctypes.CDLL(sys.argv[1])
add, mul, length = lib.add, lib.mul, lib.len
add.argtypes = [ctypes.c_int, ctypes.c_int]
mul.argtypes, mul.restype = [ctypes.c_double, ctypes.c_double], ctypes.c_double
length.argtypes, length.restype = [ctypes.c_char_p], ctypes.c_size_t

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
