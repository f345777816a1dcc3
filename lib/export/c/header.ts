/**
 * The header of an exported network: what firmware sees of it.
 *
 * @module
 */

/** What the header tells of a network. */
export interface HeaderFacts {
  /** What the network is, in a line. */
  readonly about: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  readonly stateBytes: number;
}

/** The text of eoq_model.h. */
export function headerText({ about, height, width, channels, classes, stateBytes }: HeaderFacts): string {
  return `/* eoq_model.h: ${about}.
 *
 * Everything is static: no memory is allocated, nothing is shared, and one call
 * runs at a time. No function has floating point, and the results are those of
 * eoq on a server, bit for bit. */
#ifndef EOQ_MODEL_H
#define EOQ_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An image: rows, columns and channels (${height}, ${width}, ${channels}), a byte each. */
#define EOQ_IMAGE_BYTES ${height * width * channels}
#define EOQ_CLASSES ${classes}

/* The learning rate that the recipe starts with. */
#define EOQ_FULL_RATE 65536u

/* What a state takes in flash or in a file. */
#define EOQ_STATE_BYTES ${stateBytes}u

/* Takes the weights that were exported, and forgets what was learnt. Comes first. */
void eoq_init(void);

/* The class of an image. \`probabilities\`, if not NULL, gets that of each class in steps of 2^-15. */
int32_t eoq_predict(const uint8_t *image, uint16_t *probabilities);

/* Learns from an image, whose class is \`label\`, at \`rate\` / 65536 of the first learning rate (1 to 2^24).
 * Returns what the class was taken for before, or -1, and learns nothing, where label or rate is out of range. */
int32_t eoq_learn(const uint8_t *image, int32_t label, uint32_t rate);

/* Copies bytes [from, from + count) of the state to \`to\`: pages of flash in turn, or all of it at once.
 * Returns how many of them there are. */
uint32_t eoq_save(uint32_t from, uint8_t *to, uint32_t count);

/* Takes bytes [from, from + count) of a saved state; parts come in their order, the first from 0 on. Returns 1 where
 * more is to come and the network is none yet, 0 once all is there, -1 where it is no state of this network: if that
 * shows at its first ${8} bytes, as of erased flash, nothing has changed; behind them eoq_init() has been called, as it
 * has where a part does not follow the one before it. */
int32_t eoq_load(uint32_t from, const uint8_t *bytes, uint32_t count);

/* SHA-256 of the weights in hex, as eoq prints it. */
void eoq_hash(char hex[65]);

#ifdef __cplusplus
}
#endif

#endif
`;
}
