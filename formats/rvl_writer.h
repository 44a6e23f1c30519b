/*
 * Writing a .rvl file. Sections may grow side by side, and each is one contiguous run of bytes. One of them (begun as
 * `direct`) goes straight into the file; of those whose length is known beforehand (`fixed`) the place is kept; the others
 * wait in scratch files beside the output and are copied behind it when ended. Serial: one thread at a time.
 */
#ifndef RV_RVL_WRITER_H
#define RV_RVL_WRITER_H

#include "memory.h"
#include "rvl_layout.h"

typedef struct rv_rvl_options {
    bool replace;
    unsigned char file_id[16];
    uint64_t generation;
    int64_t created;
    uint32_t layout;
    uint32_t max_sections; /* room for the first directory is kept */
} rv_rvl_options;

typedef struct rv_rvl_writer rv_rvl_writer;
typedef struct rv_rvl_stream rv_rvl_stream; /* a section that grows; the writer owns it */

typedef struct rv_rvl_spec { /* of a section; see rv_rvl_entry */
    const char *name;
    uint32_t id;
    rv_rvl_codec codec;
    uint32_t width;
    uint64_t frame_raw, param;
    uint64_t fixed; /* raw: the bytes that it will have, exactly; 0: not known. Begun while no direct one is open */
    bool direct;    /* at most one open at a time */
} rv_rvl_spec;

rv_status rv_rvl_create(const char *path, const rv_rvl_options *options, rv_rvl_writer **out, rv_error *err);
rv_status rv_rvl_begin(rv_rvl_writer *writer, const rv_rvl_spec *spec, rv_rvl_stream **out, rv_error *err);
/* Raw sections: bytes. zstd sections: exactly one packed frame, which holds raw_n bytes when decoded. */
rv_status rv_rvl_add(rv_rvl_stream *stream, const void *bytes, size_t n, size_t raw_n, rv_error *err);
rv_status rv_rvl_end(rv_rvl_writer *writer, rv_rvl_stream *stream, rv_error *err);
/* begin, add and end at once, raw; not while a direct section is open */
rv_status rv_rvl_put(rv_rvl_writer *writer, uint32_t id, const char *name, uint64_t param, const void *bytes, size_t n,
                     rv_error *err);
/* The same, by several threads: for sections of many MB that are whole in memory. */
rv_status rv_rvl_put_large(rv_rvl_writer *writer, uint32_t id, const char *name, uint64_t param, const void *bytes,
                           size_t n, int threads, rv_error *err);
/* The seed of the file's seals: for what carries its own (rv_rvl_own_seal). */
uint64_t rv_rvl_writer_seed(const rv_rvl_writer *writer);
rv_status rv_rvl_publish(rv_rvl_writer *writer, rv_error *err); /* all sections ended; frees, in any case */
void rv_rvl_abandon(rv_rvl_writer *writer);                     /* NULL is fine */

#endif
