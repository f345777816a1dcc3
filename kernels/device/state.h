/* state.h: what a network has learnt as bytes that outlive the power: a magic
 * number, the network's own number, the pieces of memory that learning goes on
 * from, and a checksum. They are written and read a part at a time, so that
 * neither needs memory for all. */
#ifndef EOQ_DEVICE_STATE_H
#define EOQ_DEVICE_STATE_H

#include "device.h"

/* A piece of memory. */
typedef struct {
  uint8_t *bytes;
  uint32_t count;
} eoq_piece;

enum { EOQ_STATE_MAGIC = 0x31514f45 /* "EOQ1" */, EOQ_STATE_HEAD = 8, EOQ_STATE_TAIL = 4 };

/* CRC-32 (ISO 3309) of one more byte. */
static uint32_t eoq_crc(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  for (int32_t i = 0; i < 8; i++) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  return crc;
}

static uint8_t eoq_byte_of(uint32_t word, uint32_t i) {
  return (uint8_t)(word >> (8 * i));
}

/* The byte of the state at an offset behind its head and before its tail. */
static uint8_t *eoq_state_byte(const eoq_piece *pieces, uint32_t offset) {
  while (offset >= pieces->count) {
    offset -= pieces->count;
    pieces++;
  }
  return pieces->bytes + offset;
}

/* What byte `offset` of a state is before its tail. */
static uint8_t eoq_state_now(const eoq_piece *pieces, uint32_t network, uint32_t offset) {
  if (offset < 4) return eoq_byte_of(EOQ_STATE_MAGIC, offset);
  if (offset < EOQ_STATE_HEAD) return eoq_byte_of(network, offset - 4);
  return *eoq_state_byte(pieces, offset - EOQ_STATE_HEAD);
}

/* Copies bytes [from, from + count) of a state of `size` bytes; returns how many of them there are. */
static uint32_t eoq_state_save(const eoq_piece *pieces, uint32_t network, uint32_t size, uint32_t from, uint8_t *to,
                               uint32_t count) {
  if (from >= size) return 0;
  const uint32_t end = count < size - from ? from + count : size, body = size - EOQ_STATE_TAIL;
  uint32_t crc = UINT32_MAX;
  if (end > body) {
    for (uint32_t i = 0; i < body; i++) crc = eoq_crc(crc, eoq_state_now(pieces, network, i));
  }
  for (uint32_t i = from; i < end; i++) {
    to[i - from] = i < body ? eoq_state_now(pieces, network, i) : eoq_byte_of(~crc, i - body);
  }
  return end - from;
}

/* Where a load stands. */
typedef struct {
  uint32_t next, crc;
} eoq_loading;

/* What came of a part of a state. */
typedef enum { EOQ_LOADED, EOQ_LOAD_MORE, EOQ_LOAD_REFUSED, EOQ_LOAD_BROKEN } eoq_load_result;

/* Takes bytes [from, from + count) of a state, which come in order. What is
 * something else is refused before anything is changed; where a load was begun
 * that now does not go on, or the checksum is wrong, something has been. */
static eoq_load_result eoq_state_load(eoq_loading *l, const eoq_piece *pieces, uint32_t network, uint32_t size,
                                      uint32_t from, const uint8_t *bytes, uint32_t count) {
  const int32_t begun = l->next > EOQ_STATE_HEAD && l->next < size;
  const eoq_load_result refused = begun ? EOQ_LOAD_BROKEN : EOQ_LOAD_REFUSED;
  if (from == 0) *l = (eoq_loading){ .crc = UINT32_MAX };
  if (from != l->next || count > size - from) {
    l->next = 0;
    return refused;
  }
  const uint32_t body = size - EOQ_STATE_TAIL;
  for (uint32_t i = from; i < from + count; i++) {
    const uint8_t byte = bytes[i - from];
    if (i < EOQ_STATE_HEAD) {
      if (byte != eoq_state_now(pieces, network, i)) {
        l->next = 0;
        return refused;
      }
    } else if (i < body) {
      *eoq_state_byte(pieces, i - EOQ_STATE_HEAD) = byte;
    } else if (byte != eoq_byte_of(~l->crc, i - body)) {
      l->next = 0;
      return EOQ_LOAD_BROKEN;
    }
    if (i < body) l->crc = eoq_crc(l->crc, byte);
  }
  l->next = from + count;
  return l->next == size ? EOQ_LOADED : EOQ_LOAD_MORE;
}

#endif
