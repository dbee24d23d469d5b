// Scores of 32 queries against all keys they see stay in the cache; tiles above the diagonal are never
// computed. Tiles of eight rows were 1.4 times faster than tiles of four.
#include "nibble_attention.h"

#include "nibble_vectors.h"

enum { query_block = 32, few_queries = 9, tile_rows = 8, tile_columns = 2 * vector_width };

NIBBLE_INLINE ptrdiff_t rounded_up(ptrdiff_t count) {
  return (count + tile_columns - 1) / tile_columns * tile_columns;
}

ptrdiff_t nibble_attention_scratch(const nibble_attention_shape *shape) {
  const ptrdiff_t keys = rounded_up(shape->keys), channels = rounded_up(shape->head_size);
  if (shape->queries < few_queries) return keys;
  return keys * shape->head_size                // keys, transposed
         + shape->keys * channels               // values, rows padded
         + query_block * (shape->head_size + keys + channels);  // queries, scores, outputs
}

// Scores become weights that are not yet divided by their sum, which is returned.
VECTOR_INLINE float soften(float *scores, ptrdiff_t count) {
  float largest = scores[0];
  ptrdiff_t j = 0;
  if (count >= vector_width) {
    vector high = VECTOR_AT(scores);
    for (j = vector_width; j + vector_width <= count; j += vector_width) {
      vector next = VECTOR_AT(scores + j);
      high = next > high ? next : high;
    }
    largest = largest_of(&high);
  }
  for (; j < count; j++) largest = scores[j] > largest ? scores[j] : largest;
  vector sums = 0;
  for (j = 0; j + vector_width <= count; j += vector_width) {
    vector weights = VECTOR_AT(scores + j) - largest;
    exponentiate(&weights);
    SET_VECTOR_AT(scores + j, weights);
    sums += weights;
  }
  if (j < count) {
    vector weights;
    load_some(scores + j, count - j, &weights);
    weights -= largest;
    exponentiate(&weights);
    store_some(scores + j, count - j, &weights);
    vector kept = 0;
    memcpy(&kept, &weights, (size_t)(count - j) * sizeof(float));
    sums += kept;
  }
  return sum_of(&sums);
}

VECTOR_INLINE float dot(const float *left, const float *right, ptrdiff_t count) {
  vector sums = 0;
  ptrdiff_t k = 0;
  for (; k + vector_width <= count; k += vector_width)
    sums += VECTOR_AT(left + k) * VECTOR_AT(right + k);
  if (k < count) {
    vector x, y;
    load_some(left + k, count - k, &x);
    load_some(right + k, count - k, &y);
    sums += x * y;
  }
  return sum_of(&sums);
}

// One query: keys and values are read in place.
VECTOR_INLINE void attend_alone(const nibble_attention_shape *shape, const float *query,
                                const float *keys, const float *values, ptrdiff_t first,
                                ptrdiff_t last, float *output, float *scores) {
  for (ptrdiff_t j = first; j < last; j++)
    scores[j - first] = shape->scale * dot(query, keys + j * shape->key_stride, shape->head_size);
  const float inverse = 1 / soften(scores, last - first);
  ptrdiff_t c = 0;
  for (; c + 4 * vector_width <= shape->head_size; c += 4 * vector_width) {
    vector sums[4] = {0, 0, 0, 0};
    for (ptrdiff_t j = first; j < last; j++) {
      const float *value = values + j * shape->key_stride + c;
      for (int part = 0; part < 4; part++)
        sums[part] += scores[j - first] * VECTOR_AT(value + part * vector_width);
    }
    for (int part = 0; part < 4; part++)
      SET_VECTOR_AT(output + c + part * vector_width, sums[part] * inverse);
  }
  for (; c < shape->head_size; c += vector_width) {
    const ptrdiff_t left = shape->head_size - c < vector_width ? shape->head_size - c : vector_width;
    vector sum = 0;
    for (ptrdiff_t j = first; j < last; j++) {
      vector value;
      load_some(values + j * shape->key_stride + c, left, &value);
      sum += scores[j - first] * value;
    }
    sum *= inverse;
    store_some(output + c, left, &sum);
  }
}

// target[r][0..32) = sum over k in [0, inner) of left[r][k] * right[k][0..32), for eight rows.
VECTOR_INLINE void tile(const float *left, ptrdiff_t left_stride, const float *right,
                        ptrdiff_t right_stride, ptrdiff_t inner, float *target,
                        ptrdiff_t target_stride) {
  vector sums[tile_rows][2];
  for (int r = 0; r < tile_rows; r++) sums[r][0] = sums[r][1] = 0;
  for (ptrdiff_t k = 0; k < inner; k++) {
    const vector low = VECTOR_AT(right + k * right_stride);
    const vector high = VECTOR_AT(right + k * right_stride + vector_width);
    for (int r = 0; r < tile_rows; r++) {
      sums[r][0] += left[r * left_stride + k] * low;
      sums[r][1] += left[r * left_stride + k] * high;
    }
  }
  for (int r = 0; r < tile_rows; r++) {
    SET_VECTOR_AT(target + r * target_stride, sums[r][0]);
    SET_VECTOR_AT(target + r * target_stride + vector_width, sums[r][1]);
  }
}

NIBBLE_CLONES
void nibble_attention(const nibble_attention_shape *shape, const float *queries, const float *keys,
                      const float *values, float *outputs, float *scratch) {
  const ptrdiff_t size = shape->head_size, before = shape->keys - shape->queries;
  if (shape->queries < few_queries) {
    for (ptrdiff_t t = 0; t < shape->queries; t++) {
      const ptrdiff_t last = before + t + 1;
      const ptrdiff_t first = shape->window && last > shape->window ? last - shape->window : 0;
      attend_alone(shape, queries + t * shape->query_stride, keys, values, first, last,
                   outputs + t * shape->output_stride, scratch);
    }
    return;
  }

  const ptrdiff_t padded = rounded_up(shape->keys), channels = rounded_up(size);
  float *columns = scratch;                         // [padded / tile_columns][size][tile_columns]
  float *rows = columns + padded * size;            // [keys][channels]
  float *block = rows + shape->keys * channels;     // [query_block][size]
  float *scores = block + query_block * size;       // [query_block][padded]
  float *sums = scores + query_block * padded;      // [query_block][channels]
  for (ptrdiff_t j = 0; j < padded; j += tile_columns) {
    float *packed = columns + j * size;
    for (ptrdiff_t lane = 0; lane < tile_columns; lane++)
      for (ptrdiff_t c = 0; c < size; c++)
        packed[c * tile_columns + lane] =
            j + lane < shape->keys ? keys[(j + lane) * shape->key_stride + c] : 0;
  }
  for (ptrdiff_t j = 0; j < shape->keys; j++) {
    memcpy(rows + j * channels, values + j * shape->key_stride, (size_t)size * sizeof(float));
    memset(rows + j * channels + size, 0, (size_t)(channels - size) * sizeof(float));
  }

  for (ptrdiff_t start = 0; start < shape->queries; start += query_block) {
    const ptrdiff_t left = shape->queries - start;
    const ptrdiff_t count = left < query_block ? left : query_block;
    const ptrdiff_t tiled = (count + tile_rows - 1) / tile_rows * tile_rows;
    for (ptrdiff_t t = 0; t < tiled; t++)
      for (ptrdiff_t c = 0; c < size; c++)
        block[t * size + c] =
            t < count ? shape->scale * queries[(start + t) * shape->query_stride + c] : 0;
    const ptrdiff_t end = before + start + count;  // of the keys that the last query sees
    const ptrdiff_t oldest = before + start + 1;   // of the keys that the first one sees, the end
    ptrdiff_t begin = shape->window && oldest > shape->window ? oldest - shape->window : 0;
    begin = begin / tile_columns * tile_columns;
    for (ptrdiff_t t = 0; t < tiled; t += tile_rows)
      for (ptrdiff_t j = begin; j < end; j += tile_columns)
        tile(block + t * size, size, columns + j * size, tile_columns, size,
             scores + t * padded + j, padded);
    float inverses[query_block];
    for (ptrdiff_t t = 0; t < count; t++) {
      float *row = scores + t * padded;
      const ptrdiff_t last = before + start + t + 1;
      const ptrdiff_t first = shape->window && last > shape->window ? last - shape->window : 0;
      inverses[t] = 1 / soften(row + first, last - first);
      for (ptrdiff_t j = begin; j < first; j++) row[j] = 0;
      for (ptrdiff_t j = last; j < end; j++) row[j] = 0;
    }
    for (ptrdiff_t t = 0; t < tiled; t += tile_rows)
      for (ptrdiff_t c = 0; c < channels; c += tile_columns)
        tile(scores + t * padded + begin, padded, rows + begin * channels + c, channels, end - begin,
             sums + t * channels + c, channels);
    for (ptrdiff_t t = 0; t < count; t++)
      for (ptrdiff_t c = 0; c < size; c++)
        outputs[(start + t) * shape->output_stride + c] = sums[t * channels + c] * inverses[t];
  }
}
