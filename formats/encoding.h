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

/* Evidence from samples of one file, added up; then the verdict. UTF-16 by its zero bytes, or its line feeds; UTF-8 when
 * well-formed multi-byte sequences outnumber stray bytes (one damaged row doesn't turn a UTF-8 file into CP1252: its accents
 * would all be read wrong, and nobody told), written twice when most of them say so; else CP1252, or the encoding of one byte
 * a character that makes clearly more of letters (single_byte.h). */
enum { RV_SINGLE_BYTES = 4 };
typedef struct rv_encoding_evidence {
    uint64_t bytes, even_zeros, odd_zeros, sequences, strays;
    uint64_t undefined;                    /* of the strays: those without a character in CP1252 */
    uint64_t twice;                        /* of the sequences: parts of one that was written as UTF-8 twice */
    uint64_t fits[RV_SINGLE_BYTES];        /* of the strays in CP1252, ISO-8859-15, MacRoman, CP850 */
    uint64_t unfit;                        /* of the strays: those that fit nowhere in CP1252 */
    uint64_t line_feeds, wide_le, wide_be; /* counted where there are zeros */
} rv_encoding_evidence;
/* `at` is the sample's offset in the file. Sequences cut by the sample's ends are no evidence. */
void rv_encoding_look(rv_encoding_evidence *evidence, const char *sample, size_t n, uint64_t at);
rv_encoding rv_encoding_guess(const rv_encoding_evidence *evidence);
const char *rv_encoding_name(rv_encoding encoding);

/* To UTF-8 in pieces. Zero-initialised apart from `from` (anything but RV_UTF8). */
typedef struct rv_transcoder {
    rv_encoding from;
    unsigned char pending[12]; /* the head of a unit, a pair or a sequence cut by the piece's end */
    unsigned n_pending;
} rv_transcoder;
/* Room that n bytes of input may need, with what is pending. */
static inline size_t rv_transcode_room(size_t n) { return 3 * n + 16; }
/* Takes all n bytes; `last`: nothing follows. Returns the bytes written to out. */
size_t rv_transcode(rv_transcoder *transcoder, const char *in, size_t n, bool last, char *out);

#endif
