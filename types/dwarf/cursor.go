// This file defines cursor, which reads numbers and strings from the bytes of a section and never past their end.

package dwarf

import (
	"bytes"
	"encoding/binary"
	"errors"
)

var (
	errShort = errors.New("the data ends in the middle of an entry")
	errLEB   = errors.New("a number is longer than 64 bits")
)

// cursor reads bytes in order. Its first error stays; from then on everything read is zero.
type cursor struct {
	b   []byte
	at  int
	err error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.at = len(c.b)
}

// bytes gives the next n bytes, in place; nil past the end.
func (c *cursor) bytes(n uint64) []byte {
	if n > uint64(len(c.b)-c.at) {
		c.fail(errShort)
		return nil
	}
	b := c.b[c.at : c.at+int(n)]
	c.at += int(n)
	return b
}

func (c *cursor) u8() uint64 {
	if b := c.bytes(1); b != nil {
		return uint64(b[0])
	}
	return 0
}

func (c *cursor) u16() uint64 {
	if b := c.bytes(2); b != nil {
		return uint64(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (c *cursor) u24() uint64 {
	if b := c.bytes(3); b != nil {
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16
	}
	return 0
}

func (c *cursor) u32() uint64 {
	if b := c.bytes(4); b != nil {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// offset reads a section offset: 8 bytes in the 64-bit format, 4 else (DWARF 5, 7.4).
func (c *cursor) offset(is64 bool) uint64 {
	if is64 {
		return c.u64()
	}
	return c.u32()
}

// uleb reads an unsigned LEB128 number (DWARF 5, 7.6).
func (c *cursor) uleb() (n uint64) {
	for shift := 0; c.at < len(c.b); shift += 7 {
		b := c.b[c.at]
		c.at++
		if shift > 63 || shift == 63 && b > 1 {
			c.fail(errLEB)
			return 0
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	c.fail(errShort)
	return 0
}

// sleb reads a signed LEB128 number.
func (c *cursor) sleb() (n int64) {
	for shift := 0; c.at < len(c.b); shift += 7 {
		b := c.b[c.at]
		c.at++
		if shift > 63 {
			c.fail(errLEB)
			return 0
		}
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if shift+7 < 64 && b&0x40 != 0 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
	c.fail(errShort)
	return 0
}

// cstring reads up to a NUL, which it leaves out.
func (c *cursor) cstring() []byte {
	n := bytes.IndexByte(c.b[c.at:], 0)
	if n < 0 {
		c.fail(errShort)
		return nil
	}
	s := c.b[c.at : c.at+n]
	c.at += n + 1
	return s
}

// cstringAt is the string at an offset of a string section.
func cstringAt(section []byte, offset uint64) ([]byte, bool) {
	if offset >= uint64(len(section)) {
		return nil, false
	}
	c := cursor{b: section, at: int(offset)}
	s := c.cstring()
	return s, c.err == nil
}
