"""Times calls from ctypes; bench.sh compares them."""
import ctypes
import sys

import loops


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double)]


lib = ctypes.CDLL(sys.argv[1])
lib.add.argtypes = [ctypes.c_int, ctypes.c_int]
lib.mul.argtypes, lib.mul.restype = [ctypes.c_double, ctypes.c_double], ctypes.c_double
lib.len.argtypes, lib.len.restype = [ctypes.c_char_p], ctypes.c_size_t
lib.echo.argtypes, lib.echo.restype = [ctypes.c_char_p], ctypes.c_char_p
lib.turn.argtypes, lib.turn.restype = [Point], Point
callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)(lambda a, b: a + b)
loops.run(lib, Point(1, 2), (ctypes.c_int * loops.N)(), callback)
