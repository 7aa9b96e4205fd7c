// This file defines hints: the header that is likely missing, and names that are nearly the one given.

package cdecl

import (
	"cmp"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// declaredIn is what people know without its header: for each header its types, and the rest.
var declaredIn = [][3]string{
	{"stddef.h", "size_t ptrdiff_t wchar_t max_align_t", "NULL offsetof"},
	{"stdio.h", "FILE fpos_t", `SEEK_SET EOF BUFSIZ stdin stdout stderr printf fprintf sprintf snprintf vprintf scanf fscanf sscanf puts
		fputs putchar fputc fgets getchar fgetc getc ungetc fopen fdopen freopen fclose fread fwrite fflush fseek
		ftell rewind feof ferror clearerr perror remove rename tmpfile setvbuf popen pclose fileno getline
		SEEK_CUR SEEK_END FILENAME_MAX`},
	{"stdarg.h", "va_list", ""},
	{"stdbool.h", "bool", "true false"},
	{"stdint.h", `int8_t int16_t int32_t int64_t intptr_t intmax_t uint8_t uint16_t uint32_t uint64_t uintptr_t uintmax_t
		int_fast8_t int_fast16_t int_fast32_t int_fast64_t uint_fast8_t uint_fast16_t uint_fast32_t uint_fast64_t
		int_least8_t int_least16_t int_least32_t int_least64_t uint_least8_t uint_least16_t uint_least32_t
		uint_least64_t`, "SIZE_MAX UINT32_MAX INT64_MAX INT32_MAX INT64_MIN UINT64_MAX UINT8_MAX UINT16_MAX"},
	{"limits.h", "", "INT_MAX INT_MIN UINT_MAX LONG_MAX CHAR_BIT PATH_MAX SHRT_MAX UCHAR_MAX ULONG_MAX LLONG_MAX LONG_MIN"},
	{"float.h", "", "DBL_MAX FLT_MAX DBL_EPSILON FLT_EPSILON DBL_MIN"},
	{"sys/types.h", `ssize_t off_t pid_t uid_t gid_t mode_t dev_t ino_t nlink_t id_t key_t u_int u_char u_long u_short uint
		ulong ushort`, ""},
	{"time.h", "time_t clock_t clockid_t timer_t", `time clock difftime mktime localtime gmtime strftime asctime ctime nanosleep clock_gettime CLOCKS_PER_SEC
		CLOCK_REALTIME CLOCK_MONOTONIC TIME_UTC`},
	{"sys/time.h", "suseconds_t", "gettimeofday"},
	{"unistd.h", "useconds_t", `read write close lseek pipe dup dup2 fork execv execvp getpid getppid getuid sleep usleep access unlink
		rmdir chdir getcwd isatty sysconf gethostname ftruncate STDIN_FILENO STDOUT_FILENO STDERR_FILENO
		_SC_PAGESIZE _SC_NPROCESSORS_ONLN R_OK W_OK X_OK F_OK`},
	{"pthread.h", "pthread_t pthread_mutex_t pthread_attr_t pthread_cond_t pthread_key_t", "pthread_create pthread_join pthread_self pthread_mutex_lock pthread_mutex_unlock"},
	{"semaphore.h", "sem_t", ""},
	{"signal.h", "sigset_t siginfo_t sig_atomic_t sighandler_t", "signal sigaction kill raise SIGINT SIGTERM SIGKILL SIGSEGV SIGHUP SIGCHLD SIGUSR1 SIG_DFL SIG_IGN"},
	{"sys/socket.h", "socklen_t sa_family_t", `socket bind listen accept connect send recv sendto recvfrom setsockopt getsockopt shutdown socketpair
		AF_INET AF_INET6 AF_UNIX SOCK_STREAM SOCK_DGRAM SOL_SOCKET`},
	{"netinet/in.h", "in_addr_t in_port_t", ""},
	{"dirent.h", "DIR", "opendir readdir closedir"},
	{"setjmp.h", "jmp_buf sigjmp_buf", "setjmp longjmp"},
	{"wchar.h", "wint_t mbstate_t", "wcslen"},
	{"locale.h", "locale_t", "setlocale LC_ALL"},
	{"stdlib.h", "div_t ldiv_t lldiv_t", `malloc calloc realloc free abort exit atexit getenv setenv unsetenv system atoi atol atof strtol strtoul
		strtoll strtoull strtod qsort bsearch abs labs rand srand random srandom mkstemp realpath RAND_MAX
		EXIT_SUCCESS EXIT_FAILURE MB_CUR_MAX`},
	{"dlfcn.h", "Dl_info", "dlopen dlsym dlclose dlerror dladdr RTLD_NOW RTLD_LAZY RTLD_GLOBAL RTLD_DEFAULT RTLD_NEXT"},
	{"ucontext.h", "ucontext_t", ""},
	{"sys/select.h", "fd_set", "select FD_SETSIZE"},
	{"sys/resource.h", "rlim_t", ""},
	{"poll.h", "nfds_t", "poll POLLIN POLLOUT"},
	{"regex.h", "regex_t", "regcomp regexec regfree"},
	{"glob.h", "glob_t", ""},
	{"iconv.h", "iconv_t", "iconv_open iconv"},
	{"uchar.h", "char16_t char32_t", ""},
	{"complex.h", "complex", ""},
	{"errno.h", "", "errno EINTR ENOENT EAGAIN EINVAL EACCES EEXIST ENOMEM EPERM EBADF EPIPE ERANGE EDOM"},
	{"fcntl.h", "", `O_RDONLY O_CREAT open creat fcntl O_WRONLY O_RDWR O_TRUNC O_APPEND O_EXCL O_NONBLOCK O_CLOEXEC F_GETFL
		F_SETFL`},
	{"math.h", "", `M_PI sin cos tan asin acos atan atan2 sinh cosh tanh exp log log10 log2 pow sqrt cbrt hypot floor ceil
		round trunc fabs fmod ldexp frexp modf fmin fmax M_E M_PI_2 HUGE_VAL INFINITY NAN`},
	{"zlib.h", "z_stream gzFile z_streamp uLong Bytef", `crc32 adler32 compress compress2 uncompress compressBound deflate deflateInit deflateEnd inflate
		inflateInit inflateEnd gzopen zlibVersion Z_OK Z_STREAM_END Z_FINISH Z_BEST_SPEED Z_DEFAULT_COMPRESSION`},
	{"sqlite3.h", "sqlite3 sqlite3_stmt sqlite3_int64", `sqlite3_open sqlite3_close sqlite3_exec sqlite3_prepare_v2 sqlite3_step sqlite3_finalize SQLITE_OK
		SQLITE_ROW SQLITE_DONE`},
	{"png.h", "png_structp", ""},
	{"curl/curl.h", "CURL CURLcode", "curl_easy_init curl_easy_setopt curl_easy_perform curl_version CURLOPT_URL"},
	{"SDL2/SDL.h", "SDL_Window SDL_Event Uint8 Uint16 Uint32", "SDL_Init SDL_Quit SDL_CreateWindow SDL_INIT_VIDEO"},
	{"openssl/ssl.h", "SSL SSL_CTX", ""},
	{"openssl/bio.h", "BIO", ""},
	{"openssl/evp.h", "EVP_MD", ""},
	{"expat.h", "XML_Parser", ""},
	{"lzma.h", "lzma_stream", ""},
	{"ncurses.h", "WINDOW", "initscr endwin printw"},
	{"ffi.h", "ffi_cif ffi_type", ""},
	{"string.h", "", `memcpy memmove memset memcmp memchr strlen strcpy strncpy strcat strncat strcmp strncmp strchr strrchr
		strstr strtok strdup strndup strerror strsignal`},
	{"strings.h", "", "strcasecmp strncasecmp"},
	{"ctype.h", "", "isalpha isdigit isalnum isspace isupper islower ispunct isprint toupper tolower"},
	{"sys/stat.h", "", "stat fstat lstat mkdir chmod umask S_ISDIR S_ISREG S_IRUSR S_IFMT S_IFDIR"},
	{"arpa/inet.h", "", "htons htonl ntohs ntohl inet_pton inet_ntop inet_addr"},
	{"netdb.h", "", "getaddrinfo freeaddrinfo gethostbyname"},
	{"sys/mman.h", "", "mmap munmap mprotect PROT_READ PROT_WRITE MAP_PRIVATE MAP_ANONYMOUS MAP_SHARED MAP_FAILED"},
	{"sys/wait.h", "", "wait waitpid WIFEXITED WEXITSTATUS WNOHANG"},
	{"sys/ioctl.h", "", "ioctl TIOCGWINSZ"},
	{"termios.h", "", "tcgetattr tcsetattr TCSANOW"},
	{"assert.h", "", "assert"},
}

// headerOf is where a well-known type is declared, and headerOfOther where anything else is. They are made when the first hint
// is wanted.
var headerOf, headerOfOther = sync.OnceValue(func() map[string]string { return declaredBy(1) }), sync.OnceValue(func() map[string]string { return declaredBy(2) })

func declaredBy(column int) map[string]string {
	in := map[string]string{}
	for _, row := range declaredIn {
		for _, name := range strings.Fields(row[column]) {
			in[name] = row[0]
		}
	}
	return in
}

// Hint tells where a well-known name that is not declared would be: "it is declared in <stdio.h>"; empty for others.
func (s *Scope) Hint(name string) string {
	if h := cmp.Or(headerOf()[name], headerOfOther()[name]); h != "" && s.Lookup(name) == nil {
		return "it is declared in <" + h + ">"
	}
	return ""
}

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

// distance counts the letters to in, take out, change or swap to make b of a; more than limit is limit+1.
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
