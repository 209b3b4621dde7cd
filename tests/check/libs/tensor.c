/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* tensor.h: how many elements and bytes a tensor has, and what its types are called. */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/tensor.h>

static const struct
{
  Gemma4DType dtype;
  const gchar *name;
  gsize n_bytes;
} types[] = {
  {GEMMA4_FLOAT32, "float32", 4},
  {GEMMA4_INT32, "int32", 4},
  {GEMMA4_INT64, "int64", 8},
  {GEMMA4_UINT8, "uint8", 1},
  {GEMMA4_BOOL, "bool", 1},
};

GST_START_TEST (test_types)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    fail_unless_equals_string (gemma4_dtype_name (types[i].dtype), types[i].name);
    fail_unless (gemma4_dtype_bytes (types[i].dtype) == types[i].n_bytes,
        "%s: got %zu bytes, want %zu", types[i].name,
        gemma4_dtype_bytes (types[i].dtype), types[i].n_bytes);
  }
}

GST_END_TEST;

static void
expect_size (guint i, const Gemma4TensorSpec *spec, guint64 n_elements)
{
  guint64 got = gemma4_tensor_n_elements (spec);
  fail_unless (got == n_elements, "case %u, rank %u: got %" G_GUINT64_FORMAT
      " elements, want %" G_GUINT64_FORMAT, i, spec->rank, got, n_elements);
}

/* Only the first `rank` dimensions count. */
GST_START_TEST (test_sizes)
{
  const struct
  {
    guint rank;
    guint64 dims[GEMMA4_MAX_RANK], n_elements;
  } cases[] = {
    {1, {1}, 1},
    {1, {7, 9}, 7},
    {2, {630, 768, 5}, 483840},
    {3, {32, 2520, 768}, 61931520},
    {4, {1, 2, 3, 4}, 24},
    {8, {2, 3, 2, 3, 2, 3, 2, 3}, 1296},
    {8, {1, 1, 1, 1, 1, 1, 1, 11}, 11},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    for (guint t = 0; t < G_N_ELEMENTS (types); t++) {
      Gemma4TensorSpec spec = {.dtype = types[t].dtype,.rank = cases[i].rank };
      memcpy (spec.dims, cases[i].dims, sizeof spec.dims);
      expect_size (i, &spec, cases[i].n_elements);
      guint64 want = cases[i].n_elements * types[t].n_bytes;
      fail_unless (gemma4_tensor_bytes (&spec) == want, "case %u, %s: got %zu bytes, want %"
          G_GUINT64_FORMAT, i, types[t].name, gemma4_tensor_bytes (&spec), want);
    }
  }
}

GST_END_TEST;

/* The largest that fits, and 0 from one more on; bytes may not fit where elements do. */
GST_START_TEST (test_overflow)
{
  const struct
  {
    Gemma4DType dtype;
    guint rank;
    guint64 dims[GEMMA4_MAX_RANK], n_elements, n_bytes;
  } cases[] = {
    {GEMMA4_UINT8, 1, {G_MAXUINT64}, G_MAXUINT64, G_MAXUINT64},
    {GEMMA4_BOOL, 2, {G_MAXUINT64, 1}, G_MAXUINT64, G_MAXUINT64},
    {GEMMA4_UINT8, 2, {G_MAXUINT64, 2}, 0, 0},
    {GEMMA4_UINT8, 2, {G_GUINT64_CONSTANT (1) << 32, G_GUINT64_CONSTANT (1) << 32}, 0, 0},
    {GEMMA4_UINT8, 3, {G_GUINT64_CONSTANT (1) << 32, G_GUINT64_CONSTANT (1) << 32, 3}, 0, 0},
    {GEMMA4_FLOAT32, 1, {G_GUINT64_CONSTANT (1) << 62}, G_GUINT64_CONSTANT (1) << 62, 0},
    {GEMMA4_INT32, 1, {G_MAXUINT64 / 4}, G_MAXUINT64 / 4, G_MAXUINT64 / 4 * 4},
    {GEMMA4_INT64, 2, {2, G_GUINT64_CONSTANT (1) << 60}, G_GUINT64_CONSTANT (1) << 61, 0},
    {GEMMA4_INT64, 1, {G_MAXUINT64 / 8}, G_MAXUINT64 / 8, G_MAXUINT64 / 8 * 8},
    {GEMMA4_FLOAT32, 8, {1 << 16, 1 << 16, 1 << 16, 1 << 16, 1, 1, 1, 1}, 0, 0},
  };
  if (sizeof (gsize) < 8)
    exit (77);                  /* the bytes are those of 64 bits */
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Gemma4TensorSpec spec = {.dtype = cases[i].dtype,.rank = cases[i].rank };
    memcpy (spec.dims, cases[i].dims, sizeof spec.dims);
    expect_size (i, &spec, cases[i].n_elements);
    fail_unless (gemma4_tensor_bytes (&spec) == cases[i].n_bytes,
        "case %u: got %zu bytes, want %" G_GUINT64_FORMAT, i, gemma4_tensor_bytes (&spec),
        cases[i].n_bytes);
  }
}

GST_END_TEST;

static Suite *
tensor_suite (void)
{
  Suite *s = suite_create ("tensor");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_types);
  tcase_add_test (t, test_sizes);
  tcase_add_test (t, test_overflow);
  return s;
}

GST_CHECK_MAIN (tensor);
