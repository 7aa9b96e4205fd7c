// This file defines hints: the header that is likely missing, and names that are nearly the one given.

package cdecl

import (
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// headerOf is where well-known names are declared. It is made when the first hint is wanted.
var headerOf = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"size_t": "stddef.h", "ptrdiff_t": "stddef.h", "wchar_t": "stddef.h", "max_align_t": "stddef.h", "NULL": "stddef.h", "offsetof": "stddef.h",
		"FILE": "stdio.h", "fpos_t": "stdio.h", "va_list": "stdarg.h", "bool": "stdbool.h", "true": "stdbool.h", "false": "stdbool.h",
		"int8_t": "stdint.h", "int16_t": "stdint.h", "int32_t": "stdint.h", "int64_t": "stdint.h", "intptr_t": "stdint.h", "intmax_t": "stdint.h",
		"uint8_t": "stdint.h", "uint16_t": "stdint.h", "uint32_t": "stdint.h", "uint64_t": "stdint.h", "uintptr_t": "stdint.h", "uintmax_t": "stdint.h",
		"int_fast8_t": "stdint.h", "int_fast16_t": "stdint.h", "int_fast32_t": "stdint.h", "int_fast64_t": "stdint.h",
		"uint_fast8_t": "stdint.h", "uint_fast16_t": "stdint.h", "uint_fast32_t": "stdint.h", "uint_fast64_t": "stdint.h",
		"int_least8_t": "stdint.h", "int_least16_t": "stdint.h", "int_least32_t": "stdint.h", "int_least64_t": "stdint.h",
		"uint_least8_t": "stdint.h", "uint_least16_t": "stdint.h", "uint_least32_t": "stdint.h", "uint_least64_t": "stdint.h",
		"INT_MAX": "limits.h", "INT_MIN": "limits.h", "UINT_MAX": "limits.h", "LONG_MAX": "limits.h", "CHAR_BIT": "limits.h", "PATH_MAX": "limits.h",
		"SIZE_MAX": "stdint.h", "UINT32_MAX": "stdint.h", "INT64_MAX": "stdint.h", "DBL_MAX": "float.h", "FLT_MAX": "float.h",
		"ssize_t": "sys/types.h", "off_t": "sys/types.h", "pid_t": "sys/types.h", "uid_t": "sys/types.h", "gid_t": "sys/types.h", "mode_t": "sys/types.h",
		"dev_t": "sys/types.h", "ino_t": "sys/types.h", "nlink_t": "sys/types.h", "id_t": "sys/types.h", "key_t": "sys/types.h", "u_int": "sys/types.h",
		"u_char": "sys/types.h", "u_long": "sys/types.h", "u_short": "sys/types.h", "uint": "sys/types.h", "ulong": "sys/types.h", "ushort": "sys/types.h",
		"time_t": "time.h", "clock_t": "time.h", "clockid_t": "time.h", "timer_t": "time.h", "suseconds_t": "sys/time.h", "useconds_t": "unistd.h",
		"pthread_t": "pthread.h", "pthread_mutex_t": "pthread.h", "pthread_attr_t": "pthread.h", "pthread_cond_t": "pthread.h", "pthread_key_t": "pthread.h",
		"sem_t": "semaphore.h", "sigset_t": "signal.h", "siginfo_t": "signal.h", "sig_atomic_t": "signal.h", "sighandler_t": "signal.h",
		"socklen_t": "sys/socket.h", "sa_family_t": "sys/socket.h", "in_addr_t": "netinet/in.h", "in_port_t": "netinet/in.h",
		"DIR": "dirent.h", "jmp_buf": "setjmp.h", "sigjmp_buf": "setjmp.h", "wint_t": "wchar.h", "mbstate_t": "wchar.h", "locale_t": "locale.h",
		"div_t": "stdlib.h", "ldiv_t": "stdlib.h", "lldiv_t": "stdlib.h", "Dl_info": "dlfcn.h", "ucontext_t": "ucontext.h",
		"fd_set": "sys/select.h", "rlim_t": "sys/resource.h", "nfds_t": "poll.h", "regex_t": "regex.h", "glob_t": "glob.h", "iconv_t": "iconv.h",
		"char16_t": "uchar.h", "char32_t": "uchar.h", "complex": "complex.h", "errno": "errno.h", "EINTR": "errno.h", "ENOENT": "errno.h",
		"O_RDONLY": "fcntl.h", "O_CREAT": "fcntl.h", "SEEK_SET": "stdio.h", "EOF": "stdio.h", "BUFSIZ": "stdio.h", "M_PI": "math.h",
		"z_stream": "zlib.h", "gzFile": "zlib.h", "z_streamp": "zlib.h", "uLong": "zlib.h", "Bytef": "zlib.h", "sqlite3": "sqlite3.h", "sqlite3_stmt": "sqlite3.h", "sqlite3_int64": "sqlite3.h",
		"png_structp": "png.h", "CURL": "curl/curl.h", "CURLcode": "curl/curl.h", "SDL_Window": "SDL2/SDL.h", "SDL_Event": "SDL2/SDL.h", "Uint8": "SDL2/SDL.h", "Uint16": "SDL2/SDL.h", "Uint32": "SDL2/SDL.h",
		"SSL": "openssl/ssl.h", "SSL_CTX": "openssl/ssl.h", "BIO": "openssl/bio.h", "EVP_MD": "openssl/evp.h", "XML_Parser": "expat.h", "lzma_stream": "lzma.h", "WINDOW": "ncurses.h", "ffi_cif": "ffi.h", "ffi_type": "ffi.h",
	}
})

// hint is what may help with a type name that is not known.
func (p *parser) hint(name string) string {
	var parts []string
	switch name {
	case "class", "namespace", "template", "using", "public", "private", "virtual", "nullptr", "constexpr", "operator":
		return "this is C++, and only C can be read"
	}
	if h := headerOf()[name]; h != "" {
		parts = append(parts, "it is declared in <"+h+">: #include <"+h+">")
	}
	for _, tags := range []map[string]*Decl{p.tags, p.scope.tags} {
		if d := tags[name]; d != nil {
			parts = append(parts, "there is "+d.Type.Kind.String()+" "+name)
			break
		}
	}
	if len(parts) == 0 {
		if near := p.near(name); len(near) > 0 {
			parts = append(parts, "did you mean "+strings.Join(near, " or ")+"?")
		}
	}
	return strings.Join(parts, "; ")
}

// nearHeader finds a header with nearly the name given, in the same folder of an include folder.
func (f *files) nearHeader(name string) string {
	folder, base := path.Split(name)
	if len(base) > 60 {
		return ""
	}
	best, far := "", 1+len(base)/6
	for _, root := range f.folders {
		list, _ := os.ReadDir(filepath.Join(root, filepath.FromSlash(folder)))
		for _, e := range list {
			if n := distance(base, e.Name(), far); n <= far && strings.HasSuffix(e.Name(), ".h") && (best == "" || n < far) {
				best, far = folder+e.Name(), n
			}
		}
	}
	return best
}

// near lists up to three type names close to one that is not known.
func (p *parser) near(name string) []string {
	if len(name) > 60 {
		return nil
	}
	type candidate struct {
		name string
		far  int
	}
	var list []candidate
	seen := map[string]bool{}
	try := func(other string) {
		if seen[other] || strings.HasPrefix(other, "__") && !strings.HasPrefix(name, "_") {
			return
		}
		seen[other] = true
		limit := 1 + len(name)/6
		if n := distance(name, other, limit); n <= limit {
			list = append(list, candidate{other, n})
		}
	}
	for _, names := range []map[string]*Decl{p.names, p.scope.names} {
		for n, d := range names {
			if d.Kind == Type {
				try(n)
			}
		}
	}
	for n := range headerOf() {
		if _, ok := p.target.Named(n); ok {
			try(n)
		}
	}
	for _, w := range arithmeticOrder {
		try(w)
	}
	for _, w := range []string{"int", "struct", "union", "enum", "const", "typedef", "extern", "static", "volatile"} {
		try(w)
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].far != list[j].far {
			return list[i].far < list[j].far
		}
		return list[i].name < list[j].name
	})
	var names []string
	for _, c := range list[:min(len(list), 3)] {
		if c.far == list[0].far {
			names = append(names, c.name)
		}
	}
	return names
}

// distance counts the letters to put in, take out, change or swap to make b of a; more than limit is limit+1.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if lower(a[i]) == lower(b[j]) {
				cost = 0
			}
			next[j+1] = min(next[j]+1, row[j+1]+1, row[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// packageOf names the Debian package a well-known header comes in.
func packageOf(header string) string {
	top, _, _ := strings.Cut(header, "/")
	name := map[string]string{
		"zlib.h": "zlib1g-dev", "zconf.h": "zlib1g-dev", "sqlite3.h": "libsqlite3-dev", "png.h": "libpng-dev", "curl": "libcurl4-openssl-dev",
		"SDL2": "libsdl2-dev", "openssl": "libssl-dev", "expat.h": "libexpat1-dev", "lzma.h": "liblzma-dev", "ncurses.h": "libncurses-dev", "curses.h": "libncurses-dev",
		"ffi.h": "libffi-dev", "jpeglib.h": "libjpeg-dev", "bzlib.h": "libbz2-dev", "glib.h": "libglib2.0-dev", "X11": "libx11-dev", "GL": "libgl-dev",
		"stdio.h": "libc6-dev", "stdlib.h": "libc6-dev", "string.h": "libc6-dev", "math.h": "libc6-dev", "time.h": "libc6-dev", "errno.h": "libc6-dev",
		"unistd.h": "libc6-dev", "fcntl.h": "libc6-dev", "sys": "libc6-dev", "linux": "linux-libc-dev", "archive.h": "libarchive-dev", "readline": "libreadline-dev", "xml2": "libxml2-dev", "libxml": "libxml2-dev",
	}[top]
	if name == "" {
		return ""
	}
	return "on Debian it is in the package " + name
}
