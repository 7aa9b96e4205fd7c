// This file defines the names of ctypes that dlsh does not have, and why.

package lua

import (
	"strings"
	"sync"
)

// absent says of a name of ctypes why it is not there. docs/ctypes-parity.md says the same, and a test holds them together.
var absent = sync.OnceValue(func() map[string]string {
	why := map[string]string{}
	for reason, names := range map[string]string{
		"it is Windows' own, and comes with the Windows work": "WinDLL OleDLL windll oledll wintypes HRESULT WINFUNCTYPE " +
			"FormatError GetLastError WinError get_last_error set_last_error DllCanUnloadNow DllGetClassObject COMError CopyComPointer util.find_msvcrt",
		"there is no Python in dlsh":                                                  "py_object PyDLL pydll pythonapi PYFUNCTYPE",
		"array types are made by T * n; ctypes.kind(x) tells an array":                "Array",
		"Lua has no classes; ctypes.kind(x) tells what a value or type is":            "_SimpleCData _Pointer _CFuncPtr _CData CField",
		"set T._fields_ later for types that contain themselves":                      "SetPointerType",
		"there is one kind of library; ctypes.cdll is its loader":                     "LibraryLoader",
		"there is no libffi in dlsh":                                                  "LIBFFI_VERSION libffi_version LIBFFI_VERSION_INFO libffi_version_info",
		"it reads Python's annotations":                                               "util.struct util.CFieldInfo util.wrap_dll_function",
		"write (ctypes.c_char * size).from_address(address), which shares the memory": "memoryview_at",
	} {
		for _, name := range strings.Fields(names) {
			why["ctypes."+name] = reason
		}
	}
	return why
})
