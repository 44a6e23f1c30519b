/*
 * Encodings of text files: telling them apart, and turning them into UTF-8.
 *
 * What can't be turned into UTF-8 (half a surrogate pair, an odd last byte) becomes bytes that aren't valid UTF-8, so
 * that the one check of the reader finds it and rejects its row; nothing is replaced in silence.
 */
#ifndef RV_ENCODING_H
#define RV_ENCODING_H

#include "error.h"
#include <string.h>

/* Offset of the first byte of [text, text + n) that begins no valid UTF-8 sequence (no surrogates, no overlong forms,
 * at most U+10FFFF), or n. A sequence cut by the end is invalid. */
size_t rv_utf8_prefix(const char *text, size_t n);
size_t rv_utf8_prefix_scalar(const char *text, size_t n); /* its twin, byte by byte */
/* All of it valid? At many GB/s. */
bool rv_utf8_is_valid(const char *text, size_t n);

#define RV_UTF8_MARK ((size_t)3) /* bytes of the byte order mark of UTF-8 */
static inline bool rv_utf8_begins_with_mark(const char *p, size_t n) {
    return n >= RV_UTF8_MARK && memcmp(p, "\xef\xbb\xbf", RV_UTF8_MARK) == 0;
}

/* Length of the byte order mark at the head of the file and the encoding it names; 0 when there is none. */
size_t rv_encoding_bom(const char *text, size_t n, rv_encoding *encoding);

/* Evidence from samples of one file, added up; then the verdict. UTF-16 by its zero bytes; UTF-8 when well-formed
 * multi-byte sequences outnumber stray bytes (one damaged row doesn't turn a UTF-8 file into CP1252: its accents would
 * all be read wrong, and nobody told); else CP1252. */
typedef struct rv_encoding_evidence {
    uint64_t bytes, even_zeros, odd_zeros, sequences, strays;
    uint64_t undefined; /* of the strays: those without a character in CP1252 */
} rv_encoding_evidence;
/* `at` is the sample's offset in the file. Sequences cut by the sample's ends are no evidence. */
void rv_encoding_look(rv_encoding_evidence *evidence, const char *sample, size_t n, uint64_t at);
rv_encoding rv_encoding_guess(const rv_encoding_evidence *evidence);
const char *rv_encoding_name(rv_encoding encoding);

/* To UTF-8 in pieces. Zero-initialised apart from `from` (RV_CP1252, RV_UTF16LE or RV_UTF16BE). */
typedef struct rv_transcoder {
    rv_encoding from;
    unsigned char pending[4]; /* the head of a unit or pair cut by the piece's end */
    unsigned n_pending;
} rv_transcoder;
/* Room that n bytes of input may need, with what is pending. */
static inline size_t rv_transcode_room(size_t n) { return 3 * n + 16; }
/* Takes all n bytes; `last`: nothing follows. Returns the bytes written to out. */
size_t rv_transcode(rv_transcoder *transcoder, const char *in, size_t n, bool last, char *out);

#endif
