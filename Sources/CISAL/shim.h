#pragma once
#include <isa-l.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// ISA-L counts this one's bytes in an int and takes a non-const pointer: larger buffers go in steps.
static inline uint32_t cisal_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const unsigned char *next = (const unsigned char *)bytes;
    while (count > 0) {
        int step = count > (1 << 30) ? (1 << 30) : (int)count;
        crc = crc32_iscsi((unsigned char *)next, step, crc);
        next += step;
        count -= (size_t)step;
    }
    return crc;
}

// Raw pointers reach Swift without a rebind.
static inline uint32_t cisal_crc32(uint32_t crc, const void *bytes, size_t count) {
    return crc32_gzip_refl(crc, (const unsigned char *)bytes, count);
}

// CRC-64/NVME: ISA-L 2.30 has no such polynomial, and Swift cannot emit the carry-less multiply.
//
// `cisal_crc64nvme_fold` reduces count bytes (a multiple of 64, at least 64) to 16 bytes with the same remainder, so that
// a table walk over those 16 from a CRC of zero ends the job. The constants are x^(D+63) and x^(D-1) modulo the polynomial
// 0xAD93D23594C93659, bit-reflected, for a distance of D bits (512 between turns, 128 between the four lanes): the
// method of Intel's paper "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction".
#if defined(__x86_64__)
#include <immintrin.h>
#define CISAL_FOLD_TARGET __attribute__((target("pclmul,sse4.1")))

static inline int cisal_crc64nvme_can_fold(void) {
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

CISAL_FOLD_TARGET static inline __m128i cisal_fold_lane(__m128i lane, __m128i constants, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(lane, constants, 0x00);
    __m128i high = _mm_clmulepi64_si128(lane, constants, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

CISAL_FOLD_TARGET static inline void cisal_crc64nvme_fold(
    uint64_t crc, const void *bytes, size_t count, uint64_t *first, uint64_t *second) {
    const __m128i *next = (const __m128i *)bytes;
    const __m128i by512 = _mm_set_epi64x(0x62242240ace5045aLL, 0x0c32cdb31e18a84aLL);
    const __m128i by128 = _mm_set_epi64x(0x21e9761e252621acLL, (long long)0xeadc41fd2ba3d420ULL);
    __m128i a = _mm_xor_si128(_mm_loadu_si128(next), _mm_cvtsi64_si128((long long)crc));
    __m128i b = _mm_loadu_si128(next + 1);
    __m128i c = _mm_loadu_si128(next + 2);
    __m128i d = _mm_loadu_si128(next + 3);
    for (size_t done = 64; done < count; done += 64) {
        next += 4;
        a = cisal_fold_lane(a, by512, _mm_loadu_si128(next));
        b = cisal_fold_lane(b, by512, _mm_loadu_si128(next + 1));
        c = cisal_fold_lane(c, by512, _mm_loadu_si128(next + 2));
        d = cisal_fold_lane(d, by512, _mm_loadu_si128(next + 3));
    }
    a = cisal_fold_lane(a, by128, b);
    a = cisal_fold_lane(a, by128, c);
    a = cisal_fold_lane(a, by128, d);
    *first = (uint64_t)_mm_cvtsi128_si64(a);
    *second = (uint64_t)_mm_extract_epi64(a, 1);
}
#else
static inline int cisal_crc64nvme_can_fold(void) { return 0; }
static inline void cisal_crc64nvme_fold(
    uint64_t crc, const void *bytes, size_t count, uint64_t *first, uint64_t *second) {
    (void)bytes;
    (void)count;
    *first = crc;
    *second = 0;
}
#endif
