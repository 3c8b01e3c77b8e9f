package aws

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxCBORDepth is as deep as the decoder goes, too.
const maxCBORDepth = 128

var errCBOREnds = errors.New("it ends too early")

// checkCBOR tells why a body is not one well-formed value of CBOR
// (https://www.rfc-editor.org/rfc/rfc8949.html#section-5.3.1). The decoder alone
// would do for most, but it takes a length that no body can have for none, does not
// look at what follows the value, and lets texts be any bytes.
func checkCBOR(body []byte) error {
	rest, err := skipCBOR(body, 0)
	switch {
	case err != nil:
		return fmt.Errorf("the body is not CBOR: %w", err)
	case len(rest) > 0:
		return errors.New("the body goes on after its CBOR value")
	}
	return nil
}

// skipCBOR is what follows the value at the start of b.
func skipCBOR(b []byte, depth int) (rest []byte, err error) {
	if depth > maxCBORDepth {
		return nil, fmt.Errorf("it is nested deeper than %d", maxCBORDepth)
	}
	if len(b) == 0 {
		return nil, errCBOREnds
	}
	major, minor := b[0]&0xe0, b[0]&0x1f
	if minor == cborOpen && major >= cborBytes && major <= cborMap {
		return skipCBORUntilBreak(b[1:], major, depth)
	}
	n, b, err := cborNumber(b[1:], minor)
	if err != nil {
		return nil, err
	}
	switch major {
	case cborBytes, cborText:
		if n > uint64(len(b)) {
			return nil, errCBOREnds
		}
		if major == cborText && !utf8.Valid(b[:n]) {
			return nil, errors.New("a text is not UTF-8")
		}
		return b[n:], nil
	case cborList, cborMap:
		if n > uint64(len(b)) { // each element has a byte at least
			return nil, errCBOREnds
		}
		if major == cborMap {
			n *= 2
		}
		for ; n > 0; n-- {
			if b, err = skipCBOR(b, depth+1); err != nil {
				return nil, err
			}
		}
		return b, nil
	case cborTag:
		return skipCBOR(b, depth+1)
	default:
		return b, nil
	}
}

const (
	cborOpen  = 31 // a length that is not said: a break ends it
	cborBreak = 0xff
)

// skipCBORUntilBreak goes on until the break that ends a value without a length.
func skipCBORUntilBreak(b []byte, major byte, depth int) (rest []byte, err error) {
	for len(b) > 0 {
		if b[0] == cborBreak {
			return b[1:], nil
		}
		if b, err = skipCBOR(b, depth+1); err != nil {
			return nil, err
		}
		if major == cborMap { // a value for the key
			if b, err = skipCBOR(b, depth+1); err != nil {
				return nil, err
			}
		}
	}
	return nil, errCBOREnds
}

// cborNumber is the number of a head, whose small part is given.
func cborNumber(b []byte, minor byte) (n uint64, rest []byte, err error) {
	switch {
	case minor < 24:
		return uint64(minor), b, nil
	case minor > 27:
		return 0, nil, fmt.Errorf("a head ends with %d", minor)
	}
	size := 1 << (minor - 24)
	if len(b) < size {
		return 0, nil, errCBOREnds
	}
	for _, c := range b[:size] {
		n = n<<8 | uint64(c)
	}
	return n, b[size:], nil
}
