// Faults of C++: exceptions that nobody catches, objects that are used wrongly, and its threads.
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

typedef int (*callback)(int);

static int *volatile nowhere;

struct Shape {
  Shape() { name(); }
  virtual int area() = 0;
  void name() { area(); } // the table of methods is this class's own as yet
  virtual ~Shape() {}
};
struct Square : Shape {
  int area() override { return 4; }
};

static void throws_nothing() noexcept { throw std::runtime_error("not to be thrown"); }

struct AtEnd {
  ~AtEnd() { *nowhere = 1; }
  int value = 0;
};
static thread_local AtEnd at_end;

struct Guard {
  ~Guard() noexcept(false) { throw std::runtime_error("thrown while another is under way"); }
};

extern "C" {
int throws(void) { throw std::runtime_error("nobody catches this"); }
int throws_int(void) { throw 42; }
int rethrows_nothing(void) { throw; }
int throws_in_noexcept(void) { throws_nothing(); return 42; }
int throws_twice(void) { Guard g; throw std::logic_error("the first"); }
int terminates(void) { std::terminate(); }
int out_of_range(void) { return std::vector<int>(3).at(5); }
int null_string(void) { return std::string(const_cast<const char *>(reinterpret_cast<char *>(nowhere))).size(); }
int empty_function(void) { return std::function<int()>()(); }
int pure_virtual(void) { Square s; return s.area(); }
int null_object(void) { return reinterpret_cast<Shape *volatile &>(nowhere)->area(); }
int catches(void) { try { throw std::runtime_error("caught"); } catch (const std::exception &) { return 42; } }

// An exception that would pass through Lua: thrown by what a callback calls.
int catches_over(int x, callback cb) { try { return cb(x); } catch (...) { return 42; } }

int cpp_thread_throws(void) { std::thread t([] { throw std::runtime_error("on a thread"); }); t.join(); return 42; }
static int recurse(int n) { volatile char frame[200]; frame[n & 63] = n; return n < 0 ? 0 : recurse(n + 1) + frame[n & 63]; }
int cpp_thread_overflow(void) { std::thread t([] { recurse(0); }); t.join(); return 42; }
int cpp_thread_forgotten(void) { std::thread t([] {}); return 42; } // neither joined nor detached: terminate
int cpp_thread_local(void) { std::thread t([] { at_end.value = 1; }); t.join(); return 42; }
}
