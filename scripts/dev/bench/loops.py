"""The loops that with_ctypes.py and with_cffi.py time: the same Python around different calls."""
import time

N = 1000000


def timed(f):
    start = time.perf_counter()
    f()
    return (time.perf_counter() - start) / N * 1e9


def loop():
    for i in range(N):
        pass


def run(lib, p, array, callback, text=None):
    """Prints "row nanoseconds" lines. text makes a str of what a char * result is, where the call does not."""
    add, mul, length, echo, turn = lib.add, lib.mul, lib.len, lib.echo, lib.turn

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

    def strings_made():
        for i in range(N):
            text(echo(b"hello world"))

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
                    ("char*(const char*)", strings_made if text else strings_out), ("struct in and out", structs),
                    ("field get", field_get), ("field set", field_set), ("array fill", fill), ("array sum", total)):
        print(f"{name}\t{timed(f) - base}")

    # Here the loop is C's, so no empty one is taken off.
    start = time.perf_counter()
    lib.repeat_call(callback, N // 2)
    print(f"callback from C\t{(time.perf_counter() - start) / (N // 2) * 1e9}")
