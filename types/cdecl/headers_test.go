// This file holds real headers against the C compiler: every size, offset, constant and prototype.

package cdecl

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"dlsh/types"
)

// realHeaders are the headers that must import whole, with one thing of each that a person would look for.
var realHeaders = []struct {
	header string
	expect []string // as describe tells it
}{
	{"stdio.h", []string{"function int puts(const char *__s)", "constant BUFSIZ = 8192", "type typedef struct _IO_FILE FILE"}},
	{"stdlib.h", []string{"function void *malloc(size_t __size)", "constant EXIT_FAILURE = 1"}},
	{"string.h", []string{"function size_t strlen(const char *__s)"}},
	{"math.h", []string{"function double pow(double __x, double __y)", "constant FP_NAN = 0"}},
	{"time.h", []string{"function time_t time(time_t *__timer)", "constant CLOCK_MONOTONIC = 1"}},
	{"errno.h", []string{"constant ENOENT = 2", "function int *__errno_location(void)"}},
	{"fcntl.h", []string{"function int open(const char *__file, int __oflag, ...)", "constant O_CREAT = 64"}},
	{"unistd.h", []string{"function ssize_t read(int __fd, void *__buf, size_t __nbytes)", "constant _SC_PAGESIZE = 30"}},
	{"sys/stat.h", []string{"function int stat(const char *__file, struct stat *__buf)", "constant S_IFDIR = 16384"}},
	{"sys/socket.h", []string{"function int socket(int __domain, int __type, int __protocol)", "constant AF_INET = 2"}},
	{"netinet/in.h", []string{"constant IPPROTO_TCP = 6", "constant INADDR_LOOPBACK = 2130706433"}},
	{"pthread.h", []string{"constant PTHREAD_MUTEX_RECURSIVE = 1"}},
	{"dlfcn.h", []string{"function void *dlsym(void *__handle, const char *__name)", "constant RTLD_NOW = 2"}},
	{"signal.h", []string{"constant SIGSEGV = 11", "function int raise(int __sig)"}},
	{"zlib.h", []string{"function uLong crc32(uLong crc, const Bytef *buf, uInt len)", "constant Z_BEST_SPEED = 1"}},
	{"sqlite3.h", []string{"function int sqlite3_open(const char *filename, sqlite3 **ppDb)", "constant SQLITE_ROW = 100", "constant SQLITE_TRANSIENT = (sqlite3_destructor_type)0xffffffffffffffff"}},
	{"png.h", []string{"constant PNG_COLOR_TYPE_RGBA = 6", "function void png_read_image(png_structrp png_ptr, png_bytepp image)"}},
	{"curl/curl.h", []string{"function CURL *curl_easy_init(void)", "constant CURLOPT_URL = 10002"}},
	{"SDL2/SDL.h", []string{"function int SDL_Init(Uint32 flags)", "constant SDL_INIT_VIDEO = 32"}},
	{"openssl/ssl.h", []string{"function SSL *SSL_new(SSL_CTX *ctx)", "constant SSL_ERROR_WANT_READ = 2"}},
	{"expat.h", []string{"constant XML_STATUS_OK = 1"}},
	{"lzma.h", []string{"constant LZMA_OK = 0", "function lzma_ret lzma_code(lzma_stream *strm, lzma_action action)"}},
	{"ncurses.h", []string{"function WINDOW *initscr(void)", "constant A_BOLD = 2097152"}},
	{"ffi.h", []string{"constant FFI_OK = 0", "variable ffi_type ffi_type_double"}},
}

// describe writes a declaration on a line.
func describe(d *Decl) string {
	if d == nil {
		return "nothing"
	}
	return d.Kind.String() + " " + d.text()
}

// onHeaders runs a test for each header that is installed.
func onHeaders(t *testing.T, test func(t *testing.T, s *Scope, u *Unit, header string, expect []string)) {
	for _, h := range realHeaders {
		t.Run(h.header, func(t *testing.T) {
			if types.Host().OS != "linux" {
				t.Skip("the headers are those of Linux")
			}
			s := NewScope(types.Host())
			begin := time.Now()
			u, err := s.Include(h.header, Options{})
			took := time.Since(begin)
			if err != nil {
				if strings.Contains(err.Error(), "no header") {
					skip(t, "%v", err)
				}
				t.Fatal(err)
			}
			t.Logf("%v, %d declarations", took, len(u.Decls))
			test(t, s, u, h.header, h.expect)
		})
	}
}

// With no compiler in PATH, headers import whole.
func TestHeaders(t *testing.T) {
	t.Setenv("PATH", "")
	onHeaders(t, func(t *testing.T, s *Scope, u *Unit, header string, expect []string) {
		for _, e := range u.Skipped {
			t.Errorf("skipped: %v", e)
		}
		for _, want := range expect {
			head, _, _ := strings.Cut(want, "(")
			head, _, _ = strings.Cut(head, " = ")
			words := strings.Fields(strings.ReplaceAll(head, "*", " "))
			name := words[len(words)-1]
			if got := describe(u.Find(name)); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			if d := u.Find(name); d != nil && !d.Usable() {
				t.Errorf("%s: %s", name, d.Reason)
			}
		}
		if again, err := s.Include(header, Options{}); err != nil || again != u {
			t.Errorf("the second include was read again: %v", err)
		}
	})
}

// All headers into one scope: what they share is said again and again.
func TestHeadersTogether(t *testing.T) {
	if types.Host().OS != "linux" {
		t.Skip("the headers are those of Linux")
	}
	s := NewScope(types.Host())
	for _, h := range realHeaders {
		if _, err := s.Include(h.header, Options{}); err != nil {
			if strings.Contains(err.Error(), "no header") {
				skip(t, "%v", err)
			}
			t.Errorf("%v", err)
		}
	}
	if ty := s.Tag(types.Struct, "stat"); ty == nil || types.Host().Size(ty) != 144 && types.Host().Arch == "amd64" {
		t.Errorf("struct stat: %v", ty)
	}
}

// Every size, offset, constant and prototype is the C compiler's.
func TestHeadersAgainstC(t *testing.T) {
	needCompiler(t)
	onHeaders(t, func(t *testing.T, s *Scope, u *Unit, header string, _ []string) {
		q := &questions{target: s.target}
		q.unit(u)
		answers := compileAndRun(t, q.program("#include <"+header+">\n"))
		q.check(t, answers)
		t.Logf("%d facts", len(q.names))
	})
}

// questions is a C program that prints facts, and what they should be.
type questions struct {
	target  *types.Target
	body    strings.Builder
	asserts strings.Builder
	names   []string
	want    []string
}

func (q *questions) ask(name, format, expr, want string) {
	fmt.Fprintf(&q.body, "\tprintf(\"%s\\n\", %s);\n", format, expr)
	q.names = append(q.names, name)
	q.want = append(q.want, want)
}

func (q *questions) unit(u *Unit) {
	for _, d := range u.Decls {
		switch {
		case d.Kind == Constant:
			q.constant(d)
		case d.Kind == Tag && d.Name != "":
			q.layout(d.Type.Kind.String()+" "+d.Name, d.Type, 0)
		case d.Kind == Type && d.Macro == nil && q.target.Size(d.Type) >= 0:
			q.ask("sizeof "+d.Name, "%zu", "sizeof("+d.Name+")", fmt.Sprint(q.target.Size(d.Type)))
			if d.align == 0 {
				q.ask("alignof "+d.Name, "%zu", "_Alignof("+d.Name+")", fmt.Sprint(q.target.Align(d.Type)))
			}
			if d.Type.Kind.Aggregate() && d.Type.Name == "" {
				q.layout(d.Name, d.Type, d.align)
			}
		case (d.Kind == Function || d.Kind == Variable) && d.Macro == nil && d.Usable():
			// Compatible both ways, parameters and all.
			if spelled := d.Type.String(); !strings.Contains(spelled, "{...}") && !strings.Contains(spelled, "__va_list_tag") && !d.Type.NoProto {
				fmt.Fprintf(&q.asserts, "_Static_assert(__builtin_types_compatible_p(__typeof__(%s), %s), \"%s\");\n", d.Name, spelled, d.Name)
			}
		}
	}
}

func (q *questions) constant(d *Decl) {
	switch v := d.Value; v.Kind {
	case Integer, Char:
		q.ask(d.Name, "%llx", "(unsigned long long)("+d.Name+")", fmt.Sprintf("%x", v.Int))
	case Address:
		q.ask(d.Name, "%llx", "(unsigned long long)(unsigned long)("+d.Name+")", fmt.Sprintf("%x", v.Int))
	case Float:
		// C's %a and Go's %x of the double nearest; NaN has no sign to speak of.
		q.ask(d.Name, "%d", fmt.Sprintf("(double)(%s) == %s || (%s) != (%s)", d.Name, floatC(v.Float), d.Name, d.Name), "1")
	case String:
		if v.Type.Elem.Kind == types.Char {
			q.ask(d.Name, "%s", "hex("+d.Name+", sizeof("+d.Name+"))", fmt.Sprintf("%x00", v.Bytes))
		}
	}
}

func floatC(f float64) string {
	s := fmt.Sprintf("%x", f)
	switch {
	case strings.Contains(s, "+Inf"):
		return "__builtin_inf()"
	case strings.Contains(s, "-Inf"):
		return "-__builtin_inf()"
	case strings.Contains(s, "NaN"):
		return "__builtin_nan(\"\")"
	}
	return s
}

func (q *questions) layout(name string, t *types.Type, align int64) {
	size := q.target.Size(t)
	if size < 0 {
		return
	}
	q.ask("sizeof "+name, "%zu", "sizeof("+name+")", fmt.Sprint(size))
	q.ask("alignof "+name, "%zu", "_Alignof("+name+")", fmt.Sprint(max(align, q.target.Align(t))))
	if t.Kind.Aggregate() {
		q.members(name, t, 0)
	}
}

func (q *questions) members(name string, t *types.Type, base int64) {
	l, err := q.target.Record(t)
	if err != nil {
		return
	}
	for i, f := range q.target.Resolve(t).Record.Fields {
		switch at := base + l.Fields[i].Offset; {
		case f.BitField:
		case f.Name == "":
			q.members(name, f.Type, at)
		default:
			q.ask("offsetof "+name+" "+f.Name, "%zu", fmt.Sprintf("__builtin_offsetof(%s, %s)", name, f.Name), fmt.Sprint(at))
		}
	}
}

func (q *questions) program(head string) string {
	return head + `
extern int printf(const char *, ...);
` + q.asserts.String() + `
static const char *hex(const char *s, unsigned long n) {
	static char out[1 << 16];
	char *p = out;
	for (unsigned long i = 0; i < n; i++)
		p += __builtin_sprintf(p, "%02x", (unsigned char)s[i]);
	*p = 0;
	return out;
}
#undef main
int main(void) {
` + q.body.String() + "\treturn 0;\n}\n"
}

func (q *questions) check(t *testing.T, answers []string) {
	t.Helper()
	if len(answers) != len(q.names) {
		if len(q.names) == 0 {
			return
		}
		t.Fatalf("%d answers to %d questions", len(answers), len(q.names))
	}
	wrong := 0
	for i, got := range answers {
		if got != q.want[i] {
			t.Errorf("%s: C says %s, we say %s", q.names[i], got, q.want[i])
			if wrong++; wrong > 20 {
				t.Fatal("and so on")
			}
		}
	}
}

// A known header takes its time once; this prints how much, for the figures in the manual.
func BenchmarkInclude(b *testing.B) {
	for _, h := range realHeaders {
		b.Run(h.header, func(b *testing.B) {
			for b.Loop() {
				if _, err := NewScope(types.Host()).Include(h.header, Options{}); err != nil {
					if os.Getenv("CI") == "" {
						b.Skip(err)
					}
					b.Fatal(err)
				}
			}
		})
	}
}
