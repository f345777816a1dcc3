/* sha256.h: SHA-256 (FIPS 180-4), for the hash of the weights. */
#ifndef EOQ_DEVICE_SHA256_H
#define EOQ_DEVICE_SHA256_H

#include "device.h"

enum { EOQ_SHA_BLOCK = 64, EOQ_SHA_ROUNDS = 64 };

typedef struct {
  uint32_t state[8];
  uint8_t block[EOQ_SHA_BLOCK];
  uint32_t filled;
  uint64_t bytes;
} eoq_sha;

/* First 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t eoq_sha_constants[EOQ_SHA_ROUNDS] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t eoq_rotate(uint32_t x, uint32_t n) {
  return x >> n | x << (32 - n);
}

static void eoq_sha_take(eoq_sha *s) {
  uint32_t w[16], v[8];
  memcpy(v, s->state, sizeof v);
  for (uint32_t i = 0; i < 16; i++) {
    const uint8_t *b = s->block + 4 * i;
    w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
  }
  for (uint32_t i = 0; i < EOQ_SHA_ROUNDS; i++) {
    const uint32_t now = w[i % 16];
    const uint32_t first = v[7] + (eoq_rotate(v[4], 6) ^ eoq_rotate(v[4], 11) ^ eoq_rotate(v[4], 25)) +
                           ((v[4] & v[5]) ^ (~v[4] & v[6])) + eoq_sha_constants[i] + now;
    const uint32_t second = (eoq_rotate(v[0], 2) ^ eoq_rotate(v[0], 13) ^ eoq_rotate(v[0], 22)) +
                            ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    for (uint32_t j = 7; j > 0; j--) v[j] = v[j - 1];
    v[4] += first;
    v[0] = first + second;
    const uint32_t a = w[(i + 1) % 16], b = w[(i + 14) % 16];
    w[i % 16] = now + (eoq_rotate(a, 7) ^ eoq_rotate(a, 18) ^ a >> 3) + w[(i + 9) % 16] +
                (eoq_rotate(b, 17) ^ eoq_rotate(b, 19) ^ b >> 10);
  }
  for (uint32_t i = 0; i < 8; i++) s->state[i] += v[i];
}

static void eoq_sha_start(eoq_sha *s) {
  static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  memcpy(s->state, first, sizeof first);
  s->filled = 0;
  s->bytes = 0;
}

static void eoq_sha_bytes(eoq_sha *s, const void *from, uint32_t count) {
  const uint8_t *bytes = from;
  s->bytes += count;
  for (uint32_t i = 0; i < count; i++) {
    s->block[s->filled++] = bytes[i];
    if (s->filled < EOQ_SHA_BLOCK) continue;
    eoq_sha_take(s);
    s->filled = 0;
  }
}

static void eoq_sha_end(eoq_sha *s, char hex[65]) {
  const uint64_t bits = s->bytes * 8;
  const uint8_t one = 0x80, none = 0;
  eoq_sha_bytes(s, &one, 1);
  while (s->filled != EOQ_SHA_BLOCK - 8) eoq_sha_bytes(s, &none, 1);
  for (int32_t i = 56; i >= 0; i -= 8) {
    const uint8_t byte = (uint8_t)(bits >> i);
    eoq_sha_bytes(s, &byte, 1);
  }
  for (uint32_t i = 0; i < 64; i++) hex[i] = "0123456789abcdef"[s->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
  hex[64] = 0;
}

#endif
