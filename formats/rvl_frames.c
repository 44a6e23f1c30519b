/* Frames are decoded in place under one of a few locks, by number, so that threads seldom wait for each other and none
 * sees half a frame: the bit that says a frame is there is set last. */
#include "rvl_frames.h"

#include "parallel.h"
#include <pthread.h>

enum { LANES = 16 };

typedef struct lane { /* frames whose number is the same modulo LANES */
    pthread_mutex_t lock;
    rv_codec *codec;
    void *turned; /* a frame as it was packed */
} lane;

struct rv_rvl_frames {
    rv_rvl *rvl;
    const rv_rvl_entry *section;
    unsigned char *bytes;
    _Atomic(uint64_t) *decoded; /* one bit a frame */
    lane lanes[LANES];
    unsigned n_lanes; /* whose locks were made */
};

void rv_rvl_frames_free(rv_rvl_frames *f) {
    if (!f) return;
    for (unsigned i = 0; i < f->n_lanes; i++) {
        pthread_mutex_destroy(&f->lanes[i].lock);
        rv_codec_free(f->lanes[i].codec);
        rv_free(f->lanes[i].turned);
    }
    rv_pages_free(f->bytes, (size_t)f->section->raw);
    rv_free(f->decoded);
    rv_free(f);
}

rv_status rv_rvl_frames_new(rv_rvl *rvl, const rv_rvl_entry *e, rv_rvl_frames **out, rv_error *err) {
    if (e->codec != RV_RVL_ZSTD || (e->frames && e->frame_raw == 0)) {
        rv_fail(err, RV_CORRUPT, "the megabase is damaged: section %s isn't packed as it must be", e->name);
        return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
    }
    rv_rvl_frames *f = rv_new(sizeof *f, err);
    if (!f) return RV_NO_MEMORY;
    f->rvl = rvl;
    f->section = e;
    while (f->n_lanes < LANES && pthread_mutex_init(&f->lanes[f->n_lanes].lock, NULL) == 0) f->n_lanes++;
    f->decoded = f->n_lanes < LANES ? NULL : rv_array_new((size_t)(e->frames / 64 + 1), sizeof *f->decoded, err);
    if (f->decoded) f->bytes = rv_pages_new((size_t)e->raw, err);
    if (!f->bytes) {
        rv_rvl_frames_free(f);
        return RV_NO_MEMORY;
    }
    *out = f;
    return RV_OK;
}

const unsigned char *rv_rvl_frames_bytes(const rv_rvl_frames *f) { return f->bytes; }

/* The lane's lock is held. */
static rv_status decode(rv_rvl_frames *f, lane *l, uint64_t frame, rv_error *err) {
    const rv_rvl_entry *e = f->section;
    const unsigned char *packed;
    size_t n, raw;
    uint64_t at = frame * e->frame_raw;
    size_t want = e->raw - at < e->frame_raw ? (size_t)(e->raw - at) : (size_t)e->frame_raw;
    RV_TRY(rv_rvl_frame(f->rvl, e, frame, &packed, &n, err));
    if (!rv_codec_raw_size(packed, n, want, &raw) || raw != want) {
        rv_fail(err, RV_CORRUPT, "the megabase is damaged: section %s, frame %llu doesn't hold its rows", e->name,
                (unsigned long long)frame);
        return rv_rvl_fail_at(f->rvl, err, RV_CORRUPT);
    }
    bool turned = e->width > 1;
    if (!l->codec) RV_TRY(rv_codec_new(&l->codec, err));
    if (turned && !l->turned && !(l->turned = rv_new((size_t)e->frame_raw, err))) return RV_NO_MEMORY;
    rv_status status = rv_codec_unpack(l->codec, packed, n, turned ? l->turned : f->bytes + at, want, err);
    if (status == RV_CORRUPT) return rv_rvl_fail_at(f->rvl, err, status);
    if (status == RV_OK && turned) rv_bytes_untranspose(l->turned, want / e->width, e->width, f->bytes + at);
    return status;
}

rv_status rv_rvl_frames_touch(rv_rvl_frames *f, uint64_t at, uint64_t n, rv_error *err) {
    uint64_t step = f->section->frame_raw;
    for (uint64_t frame = at / step; frame <= (at + n - 1) / step; frame++) {
        if (rv_rvl_block_is_proved(f->decoded, frame)) continue;
        lane *l = &f->lanes[frame % LANES];
        rv_status status = RV_OK;
        pthread_mutex_lock(&l->lock);
        if (!rv_rvl_block_is_proved(f->decoded, frame)) status = decode(f, l, frame, err);
        if (status == RV_OK)
            atomic_fetch_or_explicit(&f->decoded[frame / 64], (uint64_t)1 << (frame % 64), memory_order_release);
        pthread_mutex_unlock(&l->lock);
        RV_TRY(status);
    }
    return RV_OK;
}

static rv_status touch_frame(void *ctx, size_t frame, int worker, rv_error *err) {
    (void)worker;
    rv_rvl_frames *f = ctx;
    return rv_rvl_frames_touch(f, frame * f->section->frame_raw, 1, err);
}

rv_status rv_rvl_frames_all(rv_rvl_frames *f, int threads, rv_error *err) {
    RV_TRY(rv_rvl_check_size(f->rvl, err));
    return rv_parallel(threads, (size_t)f->section->frames, touch_frame, f, err);
}
