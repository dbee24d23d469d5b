#include "nibble_integer_product.h"

#include "nibble_clones.h"

NIBBLE_CLONES
void nibble_widen_codes(const uint8_t *codes, ptrdiff_t rows, ptrdiff_t columns, int32_t is_signed,
                        int16_t *widened, int32_t *row_sums) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    const uint8_t *restrict source = codes + row * columns;
    int16_t *restrict result = widened + row * columns;
    int32_t sum = 0;
    for (ptrdiff_t k = 0; k < columns; k++) {
      int16_t code = is_signed ? (int16_t)(int8_t)source[k] : (int16_t)source[k];
      result[k] = code;
      sum += code;
    }
    row_sums[row] = sum;
  }
}

NIBBLE_INLINE int32_t dot(const int16_t *restrict left, const int16_t *restrict right,
                          ptrdiff_t columns) {
  int32_t sum = 0;
  for (ptrdiff_t k = 0; k < columns; k++) sum += (int32_t)left[k] * (int32_t)right[k];
  return sum;
}

// Two rows of each side at a time: every load serves two sums.
NIBBLE_INLINE void dot_two_by_two(const int16_t *restrict left, const int16_t *restrict right,
                                  ptrdiff_t columns, int32_t sums[4]) {
  const int16_t *left_next = left + columns, *right_next = right + columns;
  int32_t sum00 = 0, sum01 = 0, sum10 = 0, sum11 = 0;
  for (ptrdiff_t k = 0; k < columns; k++) {
    sum00 += (int32_t)left[k] * (int32_t)right[k];
    sum01 += (int32_t)left[k] * (int32_t)right_next[k];
    sum10 += (int32_t)left_next[k] * (int32_t)right[k];
    sum11 += (int32_t)left_next[k] * (int32_t)right_next[k];
  }
  sums[0] = sum00, sums[1] = sum01, sums[2] = sum10, sums[3] = sum11;
}

NIBBLE_CLONES
void nibble_integer_product(const int16_t *left, ptrdiff_t first, ptrdiff_t last,
                            const int16_t *right, ptrdiff_t right_rows, ptrdiff_t columns,
                            int32_t *products) {
  const ptrdiff_t paired = first + (last - first) / 2 * 2, right_paired = right_rows / 2 * 2;
  for (ptrdiff_t j = 0; j < right_paired; j += 2) {
    const int16_t *other = right + j * columns;
    for (ptrdiff_t i = first; i < paired; i += 2) {
      int32_t sums[4];
      dot_two_by_two(left + i * columns, other, columns, sums);
      int32_t *result = products + (i - first) * right_rows + j;
      result[0] = sums[0], result[1] = sums[1];
      result[right_rows] = sums[2], result[right_rows + 1] = sums[3];
    }
  }
  for (ptrdiff_t i = first; i < last; i++) {
    for (ptrdiff_t j = i < paired ? right_paired : 0; j < right_rows; j++)
      products[(i - first) * right_rows + j] = dot(left + i * columns, right + j * columns, columns);
  }
}
