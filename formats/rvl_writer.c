/*
 * The file is written front to back: room for the header and the first directory, the sections, the second directory;
 * then the two places at the front are filled in. Seals are taken as bytes come by, so nothing is read again.
 *
 * Bytes go to the file in pieces of 2 MB that begin at multiples of 2 MB: then a file system that keeps large folios
 * (ext4 since 6.16) holds the file in huge pages from the moment it is written, which readers gain much by (file.c).
 *
 * A section whose length is known beforehand has its place kept when it is begun, and is written there, side by side with
 * others. One that is neither direct nor so first grows in memory (most are small) and moves to an unlinked scratch file
 * beside the output once it is over SPOOL_BYTES.
 */
#include "rvl_writer.h"

#include "file.h"
#include "parallel.h"
#include <errno.h>
#include <stdio.h>

enum { SPOOL_BYTES = 4 << 20, PIECE_BYTES = 2 << 20 };

/* Bytes on their way to one stretch of the file. */
typedef struct rv_rvl_run {
    unsigned char *piece; /* PIECE_BYTES of the file, of which [from, at) isn't written yet */
    uint64_t from, at;
} rv_rvl_run;

struct rv_rvl_stream {
    rv_rvl_writer *writer;
    rv_rvl_stream *next; /* of the writer's open sections */
    rv_rvl_entry entry;
    bool direct;
    uint64_t fixed;   /* bytes that its place was kept for; 0: none was */
    rv_rvl_run run;   /* to that place */
    rv_buffer block;  /* the block that isn't full yet, for its seal */
    rv_buffer seals;  /* u64 each */
    rv_buffer ends;   /* zstd: u64 each, the first is 0 */
    rv_buffer spool;  /* what isn't in the scratch file yet */
    uint64_t spooled; /* bytes in the scratch file */
    int scratch;      /* -1: none */
};

struct rv_rvl_writer {
    rv_output *output;
    rv_rvl_run end; /* of the file so far */
    char *path, *folder;
    rv_rvl_header header;
    uint64_t seed;
    rv_rvl_entry *entries;
    uint32_t max_sections;
    rv_rvl_stream *open;
    bool failed; /* a write failed: never publish */
};

static rv_status write_piece(rv_rvl_writer *writer, rv_rvl_run *run, rv_error *err) {
    uint64_t from = run->from;
    run->from = run->at;
    return rv_output_write_at(writer->output, run->piece + from % PIECE_BYTES, (size_t)(run->at - from), from, err);
}

static rv_status write_run(rv_rvl_writer *writer, rv_rvl_run *run, const void *bytes, size_t n, rv_error *err) {
    for (const unsigned char *from = bytes; n;) {
        size_t at = (size_t)(run->at % PIECE_BYTES), step = PIECE_BYTES - at < n ? PIECE_BYTES - at : n;
        memcpy(run->piece + at, from, step);
        run->at += step;
        from += step;
        n -= step;
        if (at + step == PIECE_BYTES) RV_TRY(write_piece(writer, run, err));
    }
    return RV_OK;
}

static rv_status write_bytes(rv_rvl_writer *writer, const void *bytes, size_t n, rv_error *err) {
    return write_run(writer, &writer->end, bytes, n, err);
}

static rv_status write_zeros(rv_rvl_writer *writer, rv_rvl_run *run, uint64_t n, rv_error *err) {
    static const unsigned char zeros[RV_RVL_PAGE];
    for (size_t step; n; n -= step) {
        step = n < sizeof zeros ? (size_t)n : sizeof zeros;
        RV_TRY(write_run(writer, run, zeros, step, err));
    }
    return RV_OK;
}

static rv_status align_run(rv_rvl_writer *writer, rv_rvl_run *run, uint64_t to, rv_error *err) {
    return write_zeros(writer, run, (to - run->at % to) % to, err);
}

static rv_status align_output(rv_rvl_writer *writer, uint64_t to, rv_error *err) {
    return align_run(writer, &writer->end, to, err);
}

static void free_stream(rv_rvl_stream *stream) {
    rv_buffer_free(&stream->block);
    rv_buffer_free(&stream->seals);
    rv_buffer_free(&stream->ends);
    rv_buffer_free(&stream->spool);
    rv_pages_free(stream->run.piece, PIECE_BYTES);
    if (stream->scratch >= 0) rv_io_now()->close(stream->scratch);
    rv_free(stream);
}

static void free_writer(rv_rvl_writer *writer) {
    while (writer->open) {
        rv_rvl_stream *stream = writer->open;
        writer->open = stream->next;
        free_stream(stream);
    }
    rv_pages_free(writer->end.piece, PIECE_BYTES);
    rv_free(writer->entries);
    rv_free(writer->path);
    rv_free(writer->folder);
    rv_free(writer);
}

static char *copy_string(const char *s, size_t n, rv_error *err) {
    char *copy = rv_new(n + 1, err);
    if (copy) memcpy(copy, s, n);
    return copy;
}

rv_status rv_rvl_create(const char *path, const rv_rvl_options *options, rv_rvl_writer **out, rv_error *err) {
    if (strcmp(path, "-") == 0) {
        rv_fail(err, RV_BAD_ARGUMENT, "a megabase can't be written to stdout: its head is known last");
        rv_error_hint(err, "name a file: --out mega.rvl");
        return RV_BAD_ARGUMENT;
    }
    RV_TRY(rv_output_check_no_pipe(path, err));
    rv_rvl_writer *writer = rv_new(sizeof *writer, err);
    if (!writer) return RV_NO_MEMORY;
    rv_status status = RV_NO_MEMORY;
    const char *slash = strrchr(path, '/');
    writer->path = copy_string(path, strlen(path), err);
    writer->folder =
        slash ? copy_string(path, slash == path ? 1 : (size_t)(slash - path), err) : copy_string(".", 1, err);
    writer->max_sections = options->max_sections;
    writer->entries = rv_array_new(options->max_sections, sizeof *writer->entries, err);
    writer->end.piece = rv_pages_new(PIECE_BYTES, err);
    if (!writer->path || !writer->folder || !writer->entries || !writer->end.piece) goto done;
    memcpy(writer->header.magic, RV_RVL_MAGIC, sizeof writer->header.magic);
    memcpy(writer->header.file_id, options->file_id, sizeof writer->header.file_id);
    writer->header.version = RV_RVL_VERSION;
    writer->header.generation = options->generation;
    writer->header.created = options->created;
    writer->header.layout = options->layout;
    writer->header.directory[0] = RV_RVL_PAGE;
    writer->seed = rv_rvl_seed(&writer->header);
    status = rv_output_open(path, options->replace, &writer->output, err);
    if (status != RV_OK) goto done;
    status = write_zeros(writer, &writer->end, RV_RVL_PAGE + rv_rvl_directory_bytes(options->max_sections), err);
done:
    if (status == RV_OK) {
        *out = writer;
        return RV_OK;
    }
    rv_output_abort(writer->output);
    free_writer(writer);
    return status;
}

uint64_t rv_rvl_writer_seed(const rv_rvl_writer *writer) { return writer->seed; }

static void set_name(char out[RV_RVL_NAME], const char *name) {
    for (size_t i = 0; i + 1 < RV_RVL_NAME && name[i]; i++) out[i] = name[i] > 32 && name[i] < 127 ? name[i] : '?';
}

/* The place of a section of `fixed` bytes, and of its seals, behind the sections so far. */
static rv_status keep_place(rv_rvl_writer *writer, rv_rvl_stream *stream, rv_error *err) {
    rv_rvl_entry whole = stream->entry;
    whole.stored = stream->fixed;
    stream->run.piece = rv_pages_new(PIECE_BYTES, err);
    if (!stream->run.piece) return RV_NO_MEMORY;
    RV_TRY(write_piece(writer, &writer->end, err));
    stream->run.from = stream->run.at = writer->end.at;
    writer->end.at += (stream->fixed + 7) / 8 * 8 + rv_rvl_blocks(&whole) * 8;
    writer->end.from = writer->end.at;
    return RV_OK;
}

rv_status rv_rvl_begin(rv_rvl_writer *writer, const rv_rvl_spec *spec, rv_rvl_stream **out, rv_error *err) {
    if (writer->header.n_sections >= writer->max_sections)
        return rv_fail(err, RV_FAILED, "more sections than the file was made for");
    rv_rvl_stream *stream = rv_new(sizeof *stream, err);
    if (!stream) return RV_NO_MEMORY;
    stream->scratch = -1;
    stream->writer = writer;
    stream->direct = spec->direct;
    stream->fixed = spec->codec == RV_RVL_RAW ? spec->fixed : 0;
    stream->entry = (rv_rvl_entry){.id = spec->id,
                                   .codec = spec->codec,
                                   .flags = RV_RVL_CRITICAL,
                                   .width = spec->width,
                                   .frame_raw = spec->frame_raw,
                                   .param = spec->param};
    set_name(stream->entry.name, spec->name);
    if (stream->direct || stream->fixed) {
        rv_status status = align_output(writer, RV_RVL_PAGE, err);
        stream->entry.offset = writer->end.at;
        if (status == RV_OK && stream->fixed) status = keep_place(writer, stream, err);
        if (status != RV_OK) {
            writer->failed = true;
            free_stream(stream);
            return status;
        }
    }
    if (spec->codec == RV_RVL_ZSTD) rv_buffer_add(&stream->ends, &(uint64_t){0}, 8);
    stream->next = writer->open;
    writer->open = stream;
    *out = stream;
    return RV_OK;
}

static void seal_block(rv_rvl_stream *stream, const void *bytes, size_t n) {
    uint64_t seal = rv_rvl_seal(stream->writer->seed, stream->entry.id, stream->seals.len / 8, bytes, n);
    rv_buffer_add(&stream->seals, &seal, sizeof seal);
}

/* Cuts the stored bytes into blocks; whole blocks are sealed where they lie. */
static void seal_bytes(rv_rvl_stream *stream, const unsigned char *bytes, size_t n) {
    size_t block = RV_RVL_BLOCK;
    if (stream->block.len) {
        size_t take = block - stream->block.len;
        if (take > n) take = n;
        rv_buffer_add(&stream->block, bytes, take);
        if (stream->block.len == block) {
            seal_block(stream, stream->block.data, block);
            stream->block.len = 0;
        }
        bytes += take;
        n -= take;
    }
    for (; n >= block; bytes += block, n -= block) seal_block(stream, bytes, block);
    if (n) rv_buffer_add(&stream->block, bytes, n);
}

static rv_status flush_spool(rv_rvl_stream *stream, rv_error *err) {
    if (stream->scratch < 0) {
        stream->scratch = rv_file_scratch(stream->writer->folder, err);
        if (stream->scratch < 0) return RV_FAILED;
    }
    size_t done = 0;
    while (done < stream->spool.len) {
        ssize_t w = rv_io_now()->pwrite(stream->scratch, stream->spool.data + done, stream->spool.len - done,
                                        (off_t)(stream->spooled + done));
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return rv_fail_errno(err, RV_FAILED, stream->writer->folder, "writing a temporary file failed");
        done += (size_t)w;
    }
    stream->spooled += stream->spool.len;
    stream->spool.len = 0;
    return RV_OK;
}

static rv_status add_stored(rv_rvl_stream *stream, const void *bytes, size_t n, rv_error *err) {
    if (n == 0) return RV_OK;
    seal_bytes(stream, bytes, n);
    stream->entry.stored += n;
    if (stream->fixed && stream->entry.stored > stream->fixed)
        return rv_fail(err, RV_FAILED, "a section is longer than the place that was kept for it");
    if (stream->fixed) return write_run(stream->writer, &stream->run, bytes, n, err);
    if (stream->direct) return write_bytes(stream->writer, bytes, n, err);
    rv_buffer_add(&stream->spool, bytes, n);
    if (stream->spool.failed) return rv_fail_memory(err, n);
    return stream->spool.len >= SPOOL_BYTES ? flush_spool(stream, err) : RV_OK;
}

rv_status rv_rvl_add(rv_rvl_stream *stream, const void *bytes, size_t n, size_t raw_n, rv_error *err) {
    rv_status status = add_stored(stream, bytes, n, err);
    stream->entry.raw += stream->entry.codec == RV_RVL_ZSTD ? raw_n : n;
    if (stream->entry.codec == RV_RVL_ZSTD) {
        stream->entry.frames++;
        rv_buffer_add(&stream->ends, &stream->entry.stored, 8);
    }
    if (status != RV_OK) stream->writer->failed = true;
    return status;
}

/* Behind the sections so far: what was spooled. */
static rv_status copy_spool(rv_rvl_stream *stream, rv_error *err) {
    rv_rvl_writer *writer = stream->writer;
    RV_TRY(align_output(writer, RV_RVL_PAGE, err));
    stream->entry.offset = writer->end.at;
    if (stream->spooled == 0) return write_bytes(writer, stream->spool.data, stream->spool.len, err);
    RV_TRY(flush_spool(stream, err));
    if (!rv_buffer_reserve(&stream->spool, SPOOL_BYTES)) return rv_fail_memory(err, SPOOL_BYTES);
    for (uint64_t at = 0; at < stream->spooled;) {
        uint64_t left = stream->spooled - at;
        ssize_t got = rv_io_now()->pread(stream->scratch, stream->spool.data,
                                         left < SPOOL_BYTES ? (size_t)left : SPOOL_BYTES, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return rv_fail_errno(err, RV_FAILED, stream->writer->folder, "reading a temporary file failed");
        RV_TRY(write_bytes(writer, stream->spool.data, (size_t)got, err));
        at += (uint64_t)got;
    }
    return RV_OK;
}

static rv_status end_stream(rv_rvl_writer *writer, rv_rvl_stream *stream, rv_error *err) {
    if (stream->entry.codec == RV_RVL_ZSTD) {
        static const unsigned char zeros[8];
        RV_TRY(add_stored(stream, zeros, (size_t)((8 - stream->entry.stored % 8) % 8), err));
        RV_TRY(rv_buffer_check(&stream->ends, err));
        RV_TRY(add_stored(stream, stream->ends.data, stream->ends.len, err));
    }
    if (stream->block.len) seal_block(stream, stream->block.data, stream->block.len);
    RV_TRY(rv_buffer_check(&stream->block, err));
    RV_TRY(rv_buffer_check(&stream->seals, err));
    if (stream->fixed && stream->entry.stored != stream->fixed)
        return rv_fail(err, RV_FAILED, "a section doesn't fill the place that was kept for it");
    if (!stream->direct && !stream->fixed) RV_TRY(copy_spool(stream, err));
    rv_rvl_run *run = stream->fixed ? &stream->run : &writer->end;
    RV_TRY(align_run(writer, run, 8, err));
    stream->entry.seals = run->at;
    stream->entry.seals_seal =
        rv_rvl_seal(writer->seed, stream->entry.id, UINT64_MAX, stream->seals.data, stream->seals.len);
    RV_TRY(write_run(writer, run, stream->seals.data, stream->seals.len, err));
    if (stream->fixed) RV_TRY(write_piece(writer, run, err));
    writer->entries[writer->header.n_sections++] = stream->entry;
    return RV_OK;
}

rv_status rv_rvl_end(rv_rvl_writer *writer, rv_rvl_stream *stream, rv_error *err) {
    rv_status status = end_stream(writer, stream, err);
    if (status != RV_OK) writer->failed = true;
    rv_rvl_stream **link = &writer->open;
    while (*link != stream) link = &(*link)->next;
    *link = stream->next;
    free_stream(stream);
    return status;
}

/*
 * A large section from memory. Its pieces of the file are written where they lie in memory, without a copy in between, and
 * its blocks are sealed, each by one worker. What comes before the first whole piece and behind the last goes the usual way.
 */
typedef struct large_put {
    rv_rvl_stream *stream;
    const unsigned char *bytes;
    size_t n, head; /* bytes before the first whole piece */
    uint64_t at;    /* the place of that piece */
    uint64_t *seals;
} large_put;

static size_t first_block(size_t at) { return (at + RV_RVL_BLOCK - 1) / RV_RVL_BLOCK; }

/* Blocks that begin in the piece are sealed with it: nearly all of their bytes come from memory for both. */
static rv_status put_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker;
    const large_put *p = ctx;
    const rv_rvl_writer *writer = p->stream->writer;
    size_t from = p->head + piece * PIECE_BYTES, to = from + PIECE_BYTES, block = RV_RVL_BLOCK;
    for (size_t i = first_block(piece ? from : 0); i * block < to && (i + 1) * block <= p->n; i++)
        p->seals[i] = rv_rvl_seal(writer->seed, p->stream->entry.id, i, p->bytes + i * block, block);
    return rv_output_write_at(writer->output, p->bytes + from, PIECE_BYTES, p->at + piece * PIECE_BYTES, err);
}

static rv_status add_large(rv_rvl_stream *stream, const void *bytes, size_t n, int threads, rv_error *err) {
    rv_rvl_writer *writer = stream->writer;
    size_t head = (size_t)(-writer->end.at % PIECE_BYTES), block = RV_RVL_BLOCK;
    if (n < head + PIECE_BYTES) return rv_rvl_add(stream, bytes, n, n, err);
    size_t pieces = (n - head) / PIECE_BYTES, sealed = n / block * 8, behind = head + pieces * PIECE_BYTES;
    if (!rv_buffer_reserve(&stream->seals, sealed)) return rv_fail_memory(err, sealed);
    large_put p = {stream, bytes, n, head, writer->end.at + head, (uint64_t *)(void *)stream->seals.data};
    RV_TRY(write_bytes(writer, bytes, head, err));
    RV_TRY(rv_parallel(threads, pieces, put_piece, &p, err));
    for (size_t i = first_block(behind); (i + 1) * block <= n; i++)
        p.seals[i] = rv_rvl_seal(writer->seed, stream->entry.id, i, p.bytes + i * block, block);
    stream->seals.len = sealed;
    rv_buffer_add(&stream->block, p.bytes + n / block * block, n % block);
    writer->end.from = writer->end.at = p.at + pieces * PIECE_BYTES;
    stream->entry.stored = stream->entry.raw = n;
    return write_bytes(writer, p.bytes + behind, n - behind, err);
}

rv_status rv_rvl_put_large(rv_rvl_writer *writer, uint32_t id, const char *name, uint64_t param, const void *bytes,
                           size_t n, int threads, rv_error *err) {
    rv_rvl_stream *stream;
    rv_rvl_spec spec = {.name = name, .id = id, .codec = RV_RVL_RAW, .param = param, .direct = true};
    RV_TRY(rv_rvl_begin(writer, &spec, &stream, err));
    rv_status status = add_large(stream, bytes, n, threads, err);
    if (status != RV_OK) writer->failed = true;
    rv_status ended = rv_rvl_end(writer, stream, status == RV_OK ? err : NULL);
    return status != RV_OK ? status : ended;
}

rv_status rv_rvl_put(rv_rvl_writer *writer, uint32_t id, const char *name, uint64_t param, const void *bytes, size_t n,
                     rv_error *err) {
    return rv_rvl_put_large(writer, id, name, param, bytes, n, 1, err);
}

/* Sections are entered as they end, and stand in the directory as in the file. */
static void order_entries(rv_rvl_writer *writer) {
    rv_rvl_entry *entries = writer->entries;
    for (uint32_t i = 1; i < writer->header.n_sections; i++) {
        rv_rvl_entry entry = entries[i];
        uint32_t at = i;
        for (; at > 0 && entries[at - 1].offset > entry.offset; at--) entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* The second directory, then the places at the front. */
static rv_status write_heads(rv_rvl_writer *writer, rv_error *err) {
    rv_rvl_header *header = &writer->header;
    uint64_t bytes = rv_rvl_directory_bytes(header->n_sections), entries = bytes - 8;
    unsigned char *directory = rv_new(bytes, err);
    if (!directory) return RV_NO_MEMORY;
    order_entries(writer);
    if (entries) memcpy(directory, writer->entries, entries);
    uint64_t seal = rv_rvl_seal(writer->seed, UINT32_MAX, 0, directory, entries);
    memcpy(directory + entries, &seal, 8);
    rv_status status = align_output(writer, RV_RVL_PAGE, err);
    header->directory[1] = writer->end.at;
    if (status == RV_OK) status = write_bytes(writer, directory, bytes, err);
    if (status == RV_OK) status = write_piece(writer, &writer->end, err);
    header->file_length = writer->end.at;
    header->seal = rv_rvl_header_seal(header);
    if (status == RV_OK) status = rv_output_write_at(writer->output, directory, bytes, header->directory[0], err);
    if (status == RV_OK) status = rv_output_write_at(writer->output, header, sizeof *header, 0, err);
    rv_free(directory);
    return status;
}

rv_status rv_rvl_publish(rv_rvl_writer *writer, rv_error *err) {
    rv_status status = RV_OK;
    if (writer->open || writer->failed)
        status = rv_fail(err, RV_FAILED, "the megabase isn't whole: it is not published");
    if (status == RV_OK) status = write_heads(writer, err);
    if (status == RV_OK) status = rv_output_commit(writer->output, err);
    else rv_output_abort(writer->output);
    free_writer(writer);
    return status;
}

void rv_rvl_abandon(rv_rvl_writer *writer) {
    if (!writer) return;
    rv_output_abort(writer->output);
    free_writer(writer);
}
