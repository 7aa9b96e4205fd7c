// This file defines where debug information is looked for when it is not in the library itself, as gdb does it
// ("Debugging Information in Separate Files").

package dwarf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// debugFolders are where systems keep debug files, unless the environment names others, or none.
func debugFolders() []string {
	if list, ok := os.LookupEnv("DLSH_DEBUG_FOLDERS"); ok {
		return filepath.SplitList(list)
	}
	return []string{"/usr/lib/debug"}
}

// separate finds the debug file of a library: by its build ID first, then by the name in .gnu_debuglink. nil, nil
// when there is none; an error when the only ones belong to another build of the library.
func (f *file) separate() (*file, error) {
	var unfit error
	id := f.buildID()
	try := func(path string, fits func(*file) error) *file {
		if same(path, f.path) {
			return nil
		}
		d, err := openFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			if err = fits(d); err == nil && d.find(".debug_info") != nil {
				return d
			}
			d.close()
		}
		if err != nil && unfit == nil {
			unfit = fmt.Errorf("debug file of %s: %w", f.path, err)
		}
		return nil
	}
	sameID := func(d *file) error {
		if other := d.buildID(); !bytes.Equal(id, other) {
			return fmt.Errorf("%s is of another build: its build ID is %x, %x is wanted", d.path, other, id)
		}
		return nil
	}
	if len(id) > 1 {
		for _, folder := range debugFolders() {
			if d := try(buildIDPath(folder, id), sameID); d != nil {
				return d, nil
			}
		}
	}
	name, sum, ok := f.debugLink()
	if !ok {
		return nil, unfit
	}
	fits := func(d *file) error {
		if len(id) > 0 && bytes.Equal(id, d.buildID()) {
			return nil // says as much as the checksum, without reading the file
		}
		return d.check(sum)
	}
	for _, folder := range f.folders() {
		candidates := []string{filepath.Join(folder, name), filepath.Join(folder, ".debug", name)}
		for _, global := range debugFolders() {
			candidates = append(candidates, filepath.Join(global, folder, name))
		}
		for _, path := range candidates {
			if d := try(path, fits); d != nil {
				return d, nil
			}
		}
	}
	return nil, unfit
}

// folders are those the library lies in: by the path given, and by its own.
func (f *file) folders() (list []string) {
	for _, path := range []string{f.path, resolved(f.path)} {
		if path, err := filepath.Abs(path); err == nil && !slices.Contains(list, filepath.Dir(path)) {
			list = append(list, filepath.Dir(path))
		}
	}
	return list
}

func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}

func same(a, b string) bool { return resolved(a) == resolved(b) }

func buildIDPath(folder string, id []byte) string {
	text := hex.EncodeToString(id)
	return filepath.Join(folder, ".build-id", text[:2], text[2:]+".debug")
}

// buildID is the number the linker gives every build, in a note; nil for none.
func (f *file) buildID() []byte {
	const ntGNUBuildID = 3
	c := cursor{b: f.section(".note.gnu.build-id")}
	for c.at < len(c.b) {
		nameSize, size, kind := c.u32(), c.u32(), c.u32()
		name := c.bytes((nameSize + 3) &^ 3)
		id := c.bytes(size)
		if c.err != nil {
			return nil
		}
		if kind == ntGNUBuildID && bytes.HasPrefix(name, []byte("GNU\x00")) {
			return id
		}
		c.bytes(-size & 3)
	}
	return nil
}

// debugLink is the name of the debug file and its checksum: a string, padding to four bytes, the sum.
func (f *file) debugLink() (name string, sum uint32, ok bool) {
	c := cursor{b: f.section(".gnu_debuglink")}
	name = string(c.cstring())
	c.bytes(uint64(-c.at & 3))
	sum = uint32(c.u32())
	return name, sum, c.err == nil && name != "" && !strings.ContainsAny(name, `/\`)
}

// check compares the checksum of the whole file.
func (f *file) check(sum uint32) error {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, io.NewSectionReader(f.os, 0, f.size)); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	if h.Sum32() != sum {
		return fmt.Errorf("%s is of another build: its checksum is %08x, %08x is wanted", f.path, h.Sum32(), sum)
	}
	return nil
}

// findAlt finds the file with what dwz took out of several: .gnu_debugaltlink has its path and its build ID.
// Debian's debug packages are made like this.
func (f *file) findAlt() error {
	link := f.section(".gnu_debugaltlink")
	name, id, ok := bytes.Cut(link, []byte{0})
	if !ok || len(name) == 0 {
		return fmt.Errorf("%s: damaged section .gnu_debugaltlink", f.path)
	}
	path := string(name)
	var candidates []string
	if filepath.IsAbs(path) {
		candidates = append(candidates, path)
	} else {
		// Relative to the file itself, behind links: build-id folders are full of them.
		candidates = append(candidates, filepath.Join(filepath.Dir(f.path), path), filepath.Join(filepath.Dir(resolved(f.path)), path))
	}
	for _, folder := range debugFolders() {
		candidates = append(candidates, filepath.Join(folder, ".dwz", filepath.Base(path)))
		if len(id) > 1 {
			candidates = append(candidates, buildIDPath(folder, id))
		}
	}
	missing := fmt.Errorf("%s needs the file %s beside it (made by dwz), and it is not there", f.path, path)
	for _, candidate := range candidates {
		d, err := openFile(candidate)
		if err != nil {
			continue
		}
		if !bytes.Equal(d.buildID(), id) {
			missing = fmt.Errorf("%s needs %s: build ID %x is wanted, it has %x", f.path, candidate, id, d.buildID())
			d.close()
			continue
		}
		d.isAlt = true
		f.alt = d
		return nil
	}
	return missing
}
