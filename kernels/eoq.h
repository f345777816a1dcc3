/* eoq.h: the whole public face of the eoq kernel library.
 *
 * Every function returns a status: EOQ_OK, or a negative code whose text
 * eoq_last_error() holds. Buffers are tensors: the library owns the memory
 * and knows its size, callers hold an integer handle, so no argument, however
 * wrong, makes a kernel leave its buffers. One tensor may stand for two
 * arguments where that gives what two tensors with its contents would give;
 * elsewhere the call is refused.
 *
 * Kernels are no functions of their own: a call is the number of a kernel and
 * the words that it takes, which eoq_kernel_text() tells and core/words.h explains.
 *
 * Layouts: activations and errors NHWC, convolution weights KRSC
 * (output channel, kernel row, kernel column, input channel).
 */
#ifndef EOQ_H
#define EOQ_H

#include <stddef.h>
#include <stdint.h>

#define EOQ_ABI_VERSION 8

enum {
  EOQ_OK = 0,
  EOQ_ERROR_ARGUMENT = -1, /* an argument is out of its range */
  EOQ_ERROR_TENSOR = -2,   /* a handle is dead, of the wrong type, or too small */
  EOQ_ERROR_MEMORY = -3,   /* the machine has no memory left */
  EOQ_ERROR_ISA = -4,      /* the instruction set is not built or not supported */
  EOQ_ERROR_BUILD = -5,    /* another build of the library can do it */
  EOQ_ERROR_SHAPE = -6,    /* a handle is no live shape, or one of no use here */
  EOQ_ERROR_PROGRAM = -7,  /* a handle is no live program, or its words are none */
  EOQ_ERROR_GROUP = -8,    /* there is no group, or its messages do not arrive */
};

/* Element types of a tensor. */
enum {
  EOQ_INT8 = 0,
  EOQ_UINT8 = 1,
  EOQ_INT16 = 2,
  EOQ_INT32 = 3,
  EOQ_INT64 = 4,
  EOQ_BITS = 5, /* one bit an element, 64 to a word */
  EOQ_FP32 = 6,
  EOQ_FP64 = 7,
};

#define EOQ_API __attribute__((visibility("default")))

/* ---- library ---------------------------------------------------------- */

EOQ_API int32_t eoq_abi_version(void);
/* Copies the text of the last failure, NUL-terminated and cut to `bytes`. */
EOQ_API int32_t eoq_last_error(uint8_t *text, size_t bytes);

/* Instruction-set paths, worst first; index 0 is the scalar reference. */
EOQ_API int32_t eoq_isa_count(void);
EOQ_API int32_t eoq_isa_name(int32_t isa, uint8_t *text, size_t bytes);
EOQ_API int32_t eoq_isa_built(int32_t isa);
EOQ_API int32_t eoq_isa_supported(int32_t isa);
EOQ_API int32_t eoq_isa_select(int32_t isa);
EOQ_API int32_t eoq_isa_selected(void);

/* Threads that share each kernel, the caller among them: 1 to 256. */
EOQ_API int32_t eoq_threads_set(int32_t threads);
EOQ_API int32_t eoq_threads(void);

/* Operations executed since they were last cleared, one uint64 for each kind
 * of eoq_operation (count.h), and as many for overhead. Only the counting build
 * knows; every other one fails. It has the scalar path alone and one thread. */
EOQ_API int32_t eoq_tallies_read(uint8_t *to, size_t bytes);
EOQ_API int32_t eoq_tallies_clear(void);

/* ---- tensors ---------------------------------------------------------- */

/* A zeroed tensor of `count` elements; its handle (above 0) or a status. */
EOQ_API int32_t eoq_tensor_create(int32_t type, size_t count);
/* Memory for the tensors of eoq_tensor_create_at(), with whatever it holds:
 * itself a tensor of EOQ_UINT8, of as many elements as one can have. */
EOQ_API int32_t eoq_arena_create(size_t bytes);
/* A tensor whose elements are the bytes of another one from `offset` on, a
 * multiple of 64; it holds whatever lies there. What several tensors share is
 * the caller's to divide over time: a write to one leaves what kernels know of
 * the others (exponent, extremes) as it was. No call may write a tensor that
 * shares bytes with another one of its tensors. The memory goes with the last
 * tensor that lies in it, in whatever order they are destroyed. */
EOQ_API int32_t eoq_tensor_create_at(int32_t arena, size_t offset, int32_t type, size_t count);
EOQ_API int32_t eoq_tensor_destroy(int32_t tensor);
/* Copies bytes in and out. `offset` and `bytes` count bytes. */
EOQ_API int32_t eoq_tensor_write(int32_t tensor, size_t offset, const uint8_t *from, size_t bytes);
EOQ_API int32_t eoq_tensor_read(int32_t tensor, size_t offset, uint8_t *to, size_t bytes);
/* The power-of-two exponent of an integer tensor: value = q * 2^exponent.
 * Integer kernels set it on what they write. `exponent` is one int32. */
EOQ_API int32_t eoq_tensor_exponent(int32_t tensor, uint8_t *exponent);
EOQ_API int32_t eoq_tensor_exponent_set(int32_t tensor, int32_t exponent);
/* What an int8 or int32 tensor is known to lie between, two int32: quantizers
 * take their exponent from it, so a call's result depends on it. It may be wider
 * than the extremes of the elements; of other types it says nothing. */
EOQ_API int32_t eoq_tensor_range(int32_t tensor, uint8_t *range);

/* ---- shapes ------------------------------------------------------------ */

/* The shape of a convolution with a square kernel and zero padding: x (n, h, w, c),
 * weights (k, kernel, kernel, c), y (n, oh, ow, k), oh = (h + 2 pad - kernel) / stride + 1
 * and ow likewise. Max pools have k = c and kernel <= 15; shortcuts of option A
 * (arXiv 1512.03385) kernel 1, no padding and k >= c. Its handle (above 0) or a
 * status; calls that take it say how many images n they are about. */
EOQ_API int32_t eoq_conv_shape_create(int32_t h, int32_t w, int32_t c, int32_t k, int32_t kernel, int32_t stride,
                                      int32_t pad);
EOQ_API int32_t eoq_conv_shape_destroy(int32_t shape);

/* ---- groups ------------------------------------------------------------ */

/* Joins the processes that were started together, through the library of this
 * path (core/transport.h). From then on this is member `rank` of `size`; alone it is 0 of 1.
 * A message for which other members let it wait longer than `seconds` fails. */
EOQ_API int32_t eoq_group_open(const uint8_t *path, size_t bytes, int32_t seconds);
EOQ_API int32_t eoq_group_close(void);
EOQ_API int32_t eoq_group_rank(void);
EOQ_API int32_t eoq_group_size(void);
/* Ends the processes of all members with this exit code, and does not return. */
EOQ_API int32_t eoq_group_end(int32_t code);
/* From here on what runs is about images `first` up to `first + images` of a batch of
 * `whole`, the rest of which other members have: what a step takes from the whole
 * batch, it takes from all of theirs. All members run the same kernels in the same
 * order. One without images, 0, runs them on 1 that counts for nothing. With
 * `whole` 0 nothing is shared. */
EOQ_API int32_t eoq_group_part(int32_t first, int32_t images, int32_t whole);
/* `to` gets the bytes of every member in turn; `room` is `bytes` times the members. */
EOQ_API int32_t eoq_group_gather(const uint8_t *from, size_t bytes, uint8_t *to, size_t room);
/* Six int64: how many maxima were taken over the members and their bytes, of sums the same, and
 * of maxima that only some data ask for, where the exponents of a shortcut's error and of what it joins do not meet. */
EOQ_API int32_t eoq_group_counts(uint8_t *to, size_t bytes);

/* ---- measuring --------------------------------------------------------- */

/* Copies the first `count` elements of one uint8 tensor to another one, shared
 * over the threads: the time that takes is the memory's bandwidth. */
EOQ_API int32_t eoq_stream_copy(int32_t from, int32_t to, size_t count);

/* ---- kernels ----------------------------------------------------------- */

/* Kernels have numbers from 0 on. The text of one is "name(word, word: kind, )". */
EOQ_API int32_t eoq_kernel_count(void);
EOQ_API int32_t eoq_kernel_text(int32_t kernel, uint8_t *text, size_t bytes);
/* Runs a kernel with its words, 32 bits each. */
EOQ_API int32_t eoq_call(int32_t kernel, const uint8_t *words, size_t bytes);

/* ---- programs ----------------------------------------------------------- */

/* Many calls that run in turn, from the words that program.c tells of. Fails,
 * with the index and the name of the first call that could not run. Its handle
 * (above 0) or a status. */
EOQ_API int32_t eoq_program_create(const uint8_t *words, size_t bytes);
EOQ_API int32_t eoq_program_destroy(int32_t program);
/* Runs the calls from `first` up to `end`; `slots` are the int32 or float of each slot. */
EOQ_API int32_t eoq_program_run(int32_t program, const uint8_t *slots, size_t bytes, int32_t first, int32_t end);
/* Units of a program: calls in a row, from one index up to another, an int32 each, none of which another unit has. In
 * a run of all calls on several threads they run beside the calls behind them that touch nothing of theirs. */
EOQ_API int32_t eoq_program_beside(int32_t program, const uint8_t *ranges, size_t bytes);
/* Runs all calls, in turn; `nanoseconds` gets what each took, an int64 a call, and behind
 * them for each what of it was a second run because of a wrong guess. */
EOQ_API int32_t eoq_program_time(int32_t program, const uint8_t *slots, size_t bytes, uint8_t *nanoseconds,
                                 size_t room);
/* Runs a program `items` times, each time on other data, side by side on the
 * threads of the pool. `words` are int32: how many lanes, inputs and outputs
 * there are, and how many items; then for each lane a program, its inputs and
 * its outputs. Lanes run alike and write no memory that another one touches; as
 * many as there are threads run beside each other, with fewer the first one
 * alone does. An item's inputs come from `from`, each with all of its bytes;
 * its outputs go to `to`, each with its exponent, an int32, and all of its bytes. */
EOQ_API int32_t eoq_program_each(const uint8_t *words, size_t word_bytes, const uint8_t *slots, size_t slot_bytes,
                                 const uint8_t *from, size_t from_bytes, uint8_t *to, size_t to_bytes);

#endif
