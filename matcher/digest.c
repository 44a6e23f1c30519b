/*
 * OpenSSL looks an algorithm up at every one-shot call, which costs more than hashing a short key does (2-6 times the
 * time). So algorithms are fetched once per process and a context is kept per thread. Both are write-once: no call
 * changes what another one sees.
 */
#include "digest.h"

#include <openssl/evp.h>
#include <pthread.h>

static const struct {
    const char *name;
    unsigned size;
    unsigned char of_nothing[4]; /* how the digest of the empty text begins */
} kinds[RV_DIGEST_KINDS] = {
    {"SHA256", 32, {0xe3, 0xb0, 0xc4, 0x42}},
    {"MD5", 16, {0xd4, 0x1d, 0x8c, 0xd9}},
    {"SHA1", 20, {0xda, 0x39, 0xa3, 0xee}},
};

static EVP_MD *fetched[RV_DIGEST_KINDS];
static pthread_key_t context_key;
static bool context_key_made;

static void free_context(void *context) { EVP_MD_CTX_free(context); }

static void fetch_all(void) {
    for (int k = 0; k < RV_DIGEST_KINDS; k++) fetched[k] = EVP_MD_fetch(NULL, kinds[k].name, NULL);
    context_key_made = pthread_key_create(&context_key, free_context) == 0;
}

static EVP_MD_CTX *thread_context(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pthread_once(&once, fetch_all) != 0 || !context_key_made) return NULL;
    EVP_MD_CTX *context = pthread_getspecific(context_key);
    if (context) return context;
    context = EVP_MD_CTX_new();
    if (context && pthread_setspecific(context_key, context) != 0) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    return context;
}

bool rv_digest_of(rv_digest_kind kind, const void *ptr, size_t len, rv_digest *out) {
    EVP_MD_CTX *context = thread_context();
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!context || !fetched[kind] || !EVP_DigestInit_ex2(context, fetched[kind], NULL) ||
        !EVP_DigestUpdate(context, ptr, len) || !EVP_DigestFinal_ex(context, bytes, &size) || size != kinds[kind].size)
        return false;
    memcpy(out->bytes, bytes, size);
    out->size = size;
    return true;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static bool read_hex(rv_text value, unsigned char *bytes) {
    for (uint32_t i = 0; i < value.len; i += 2) {
        int high = hex_value(value.ptr[i]), low = hex_value(value.ptr[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i / 2] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool read_base64(rv_text value, unsigned size, unsigned char *bytes) {
    uint32_t bits = 0, held = 0;
    unsigned n = 0;
    for (uint32_t i = 0; i < value.len; i++) {
        int six = base64_value(value.ptr[i]);
        if (six < 0) return false;
        bits = bits << 6 | (uint32_t)six;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes[n++] = (unsigned char)(bits >> held);
        bits &= (1u << held) - 1;
    }
    return n == size && bits == 0; /* other left-over bits would be another writing of the same digest */
}

const char *rv_digest_read(rv_digest_kind kind, rv_text value, rv_digest *out) {
    unsigned size = kinds[kind].size;
    rv_digest digest = {.size = size};
    value = rv_text_trim(value);
    if (value.len == 0) return "empty";
    if (value.len == 2 * size) {
        if (!read_hex(value, digest.bytes)) return "not_a_digest";
    } else {
        uint32_t groups = (size + 2) / 3 * 4;
        while (value.len && value.ptr[value.len - 1] == '=' && value.len > groups - 3) value.len--;
        if (value.len != (size * 8 + 5) / 6 || !read_base64(value, size, digest.bytes)) return "not_a_digest";
    }
    if (memcmp(digest.bytes, kinds[kind].of_nothing, 4) == 0) return "digest_of_nothing";
    *out = digest;
    return NULL;
}

void rv_digest_hex(const rv_digest *digest, char out[2 * RV_DIGEST_MAX + 1]) {
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < digest->size; i++) {
        out[2 * i] = digits[digest->bytes[i] >> 4];
        out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    out[2 * digest->size] = 0;
}
