#!/usr/bin/env bash
# Everything a change must pass: formatting, vet, module tidiness, the cross-builds
# and the tests, with and without cgo. .ci/run calls it; so may a developer.
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { printf '\n== %s\n' "$1"; }

step "gofmt"
unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
  echo "not formatted: $unformatted"
  exit 1
fi

step "go vet"
go vet ./...

step "go mod tidy"
go mod tidy -diff

step "cross-builds"
for target in linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
  echo "$target"
  GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet ./...
  GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go build -o /dev/null .
done

# The product is built without cgo; with cgo it must do the same.
step "tests, CGO_ENABLED=1"
CGO_ENABLED=1 go test ./...
step "tests, CGO_ENABLED=0"
CGO_ENABLED=0 go test ./...
