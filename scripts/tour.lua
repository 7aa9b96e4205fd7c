-- The tour: what dlsh is for, in one minute, on the C library and its mathematics. No compiler is needed.
--
--     go run . scripts/tour.lua
--
-- Every step is a few lines you could type at the prompt as well.

local function section(title) print("\n" .. title) end

-- Open a library by the name a linker would use: "m" is libm.so.6 here. With use_errno, dlsh keeps the errno that
-- each call leaves, for ctypes.get_errno().
local libm = ctypes.CDLL(ctypes.util.find_library("m"))
local libc = ctypes.CDLL(ctypes.util.find_library("c"), {use_errno = true})
print(libm)
print(libc)

section("Numbers")
-- A library is not a header: it knows the name of a function and not its types. Declare them, in C's words or in
-- ctypes' (ctypes.c_double is "double"), and every argument is checked from then on.
libm.pow.argtypes = {"double", "double"}
libm.pow.restype = "double"
print("pow(2, 0.5) = " .. libm.pow(2, 0.5))
print(libm.pow)
-- Without a declaration, whole numbers are passed as int and the result is an int, which often is enough.
print("abs(-42) = " .. libc.abs(-42))

section("Strings")
-- A Lua string goes to C as const char *, and a char * that comes back is a Lua string; NULL is nil.
libc.strstr.argtypes = {"const char *", "const char *"}
libc.strstr.restype = "const char *"
print("strstr finds " .. libc.strstr("a needle in a haystack", "needle"))
print("strstr finds " .. tostring(libc.strstr("just hay", "needle")))
-- Where C writes, it needs a buffer of its own.
local buffer = ctypes.create_string_buffer(32)
libc.strcpy(buffer, "written by ")
libc.strcat(buffer, "C")
print(buffer.value, ctypes.sizeof(buffer) .. " bytes long")

section("Out parameters")
-- A function with more than one result takes addresses to leave them at: byref(x) is C's &x.
libm.frexp.argtypes = {"double", "int *"}
libm.frexp.restype = "double"
local exponent = ctypes.c_int()
local fraction = libm.frexp(40, ctypes.byref(exponent))
print("40 = " .. fraction .. " * 2^" .. exponent.value)
-- strtol leaves the place where the number ended. That place is in the text it was given, so the text must outlive
-- the call: a buffer does.
libc.strtol.argtypes = {"const char *", "char **", "int"}
libc.strtol.restype = "long"
local text = ctypes.create_string_buffer("0x2a apples")
local rest = ctypes.c_char_p()
local number = libc.strtol(text, ctypes.byref(rest), 0)
print("strtol read " .. number .. " and left \"" .. rest.value .. "\"")
-- A struct timeval is two longs in a row: seconds and microseconds.
local now = (ctypes.c_long * 2)()
libc.gettimeofday(now, nil)
print("C and Lua agree on the time: " .. tostring(math.abs(now[0] - os.time()) <= 1))

section("Variadic functions")
-- Behind the declared arguments the format decides what a number becomes. Of C's own functions the formats are known,
-- and what does not fit one is an error.
libc.printf.argtypes = {"const char *", "..."}
libc.printf("printf: %s is %.5f, and %d in words is %s\n", "pi", math.pi, 3, "three")
libc.printf("printf: %.1f and %lld\n", 3, 3000000000)
libc.snprintf.argtypes = {"char *", "size_t", "const char *", "..."}
local length = libc.snprintf(buffer, ctypes.sizeof(buffer), "%g %g %x", 0.1, 1e100, 255)
print("snprintf: " .. buffer.value .. " (" .. length .. " characters)")

section("Arrays")
-- T * n is the type of n Ts in a row. Elements count from 0, as in C. C works on the array itself: erand48 keeps the
-- state of its random numbers in three shorts of ours.
libc.erand48.argtypes = {"unsigned short *"}
libc.erand48.restype = "double"
local state = (ctypes.c_ushort * 3)(1, 2, 3)
print("erand48: " .. libc.erand48(state), state)
-- An array of arrays, sorted by C; to qsort, the function that compares is just an address, and strcmp has one.
local Word = ctypes.c_char * 8
local words = (Word * 4)("pear", "fig", "quince", "apple")
libc.qsort.argtypes = {"void *", "size_t", "size_t", "void *"}
libc.qsort.restype = nil -- void
libc.qsort(words, #words, ctypes.sizeof(Word), libc.strcmp)
for i = 0, #words - 1 do print(i, words[i].value) end

section("Global variables")
-- in_dll is a variable of the library, seen from here: reading reads C's memory and assigning writes it.
libc.setenv("TZ", "DLSH-3", 1) -- a time zone three hours east of Greenwich
libc.tzset()
local timezone = ctypes.c_long.in_dll(libc, "timezone")
local tzname = (ctypes.c_char_p * 2).in_dll(libc, "tzname")
print("timezone = " .. timezone.value .. " seconds, tzname[0] = " .. tzname[0])
local optind = ctypes.c_int.in_dll(libc, "optind")
optind.value = optind.value + 1
print("optind is now " .. optind.value)

section("64 bits")
-- Lua's numbers are exact up to 2^53. Integers that are larger come as values that count and print exactly.
libc.strtoull.argtypes = {"const char *", "char **", "int"}
libc.strtoull.restype = "unsigned long long"
local most = libc.strtoull("18446744073709551615", nil, 10)
print("strtoull: " .. tostring(most) .. ", one less is " .. tostring(most - 1))
libc.llabs.argtypes = {"long long"}
libc.llabs.restype = "long long"
print("llabs(-(2^53) - 1) = " .. tostring(libc.llabs(-ctypes.int64(2 ^ 53) - 1)))

section("Errors")
-- What C says by errno:
local fd = libc.open("/no/such/file", 0)
libc.strerror.restype = "char *"
print("open gave " .. fd .. ", errno is " .. ctypes.get_errno() .. ": " .. libc.strerror(ctypes.get_errno()))
-- What dlsh finds before C gets to see it is a Lua error with fields; pcall catches it and the shell lives on.
local ok, problem = pcall(libm.pow, "2", 0.5)
print(problem.kind, problem.message)
ok, problem = pcall(function() return libm.pwo end)
print(problem.kind, problem.message)
