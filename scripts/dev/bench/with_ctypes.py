"""Times calls from ctypes. Prints "row nanoseconds" lines; bench.sh compares them."""
import ctypes
import sys
import time

lib = ctypes.CDLL(sys.argv[1])
add, mul, length = lib.add, lib.mul, lib.len
add.argtypes = [ctypes.c_int, ctypes.c_int]
mul.argtypes, mul.restype = [ctypes.c_double, ctypes.c_double], ctypes.c_double
length.argtypes, length.restype = [ctypes.c_char_p], ctypes.c_size_t


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double)]


echo, turn = lib.echo, lib.turn
echo.argtypes, echo.restype = [ctypes.c_char_p], ctypes.c_char_p
turn.argtypes, turn.restype = [Point], Point
p = Point(1, 2)

N = 1000000
array = (ctypes.c_int * N)()


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


def strings_out():
    for i in range(N):
        echo(b"hello world")


def structs():
    for i in range(N):
        turn(p)


def field_get():
    for i in range(N):
        p.x


def field_set():
    for i in range(N):
        p.x = i


def fill():
    for i in range(N):
        array[i] = i


def total():
    s = 0
    for i in range(N):
        s += array[i]


base = timed(loop)
for name, f in (("int(int,int)", ints), ("double(double,double)", doubles), ("size_t(const char*)", strings),
                ("char*(const char*)", strings_out), ("struct in and out", structs),
                ("field get", field_get), ("field set", field_set), ("array fill", fill), ("array sum", total)):
    print(f"{name}\t{timed(f) - base}")

# Here the loop is C's, so no empty one is taken off.
callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)(lambda a, b: a + b)
start = time.perf_counter()
lib.repeat_call(callback, 500000)
print(f"callback from C\t{(time.perf_counter() - start) / 500000 * 1e9}")
