module dlsh

go 1.26.0

require (
	github.com/chzyer/readline v1.5.1
	github.com/ebitengine/purego v0.11.3
	github.com/ianlancetaylor/demangle v0.0.0-20260724033716-83e58baca724
	github.com/yuin/gopher-lua v1.1.2
	golang.org/x/sys v0.49.0
)

require golang.org/x/tools v0.26.0
