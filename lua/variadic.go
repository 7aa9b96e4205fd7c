// This file defines the functions known to be variadic without being told.

package lua

// variadicNames are the variadic functions of the C standard (7.21, 7.29), POSIX
// and glibc, and of a few libraries everybody calls. A call to one may have more
// arguments than its argtypes; any other function says so by ending them with "...".
var variadicNames = func() map[string]bool {
	names := map[string]bool{}
	for _, n := range []string{
		"printf", "fprintf", "sprintf", "snprintf", "dprintf", "asprintf", "obstack_printf",
		"scanf", "fscanf", "sscanf",
		"wprintf", "fwprintf", "swprintf", "wscanf", "fwscanf", "swscanf",
		"__printf_chk", "__fprintf_chk", "__sprintf_chk", "__snprintf_chk", "__dprintf_chk", "__asprintf_chk",
		"__isoc99_scanf", "__isoc99_fscanf", "__isoc99_sscanf",
		"syslog", "err", "errx", "warn", "warnx", "error", "error_at_line", "strfmon",
		"open", "open64", "openat", "openat64", "fcntl", "fcntl64", "ioctl", "syscall", "prctl", "ptrace",
		"execl", "execle", "execlp", "semctl", "mremap", "mq_open", "sem_open", "ulimit", "clone", "makecontext",
		"gzprintf", "curl_easy_setopt", "curl_easy_getinfo", "curl_multi_setopt", "curl_share_setopt", "curl_formadd",
		"sqlite3_config", "sqlite3_db_config", "sqlite3_mprintf", "sqlite3_snprintf", "sqlite3_log", "sqlite3_test_control",
		"printw", "wprintw", "mvprintw", "mvwprintw", "scanw", "wscanw",
	} {
		names[n] = true
	}
	return names
}()
