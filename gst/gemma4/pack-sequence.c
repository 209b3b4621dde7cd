/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ids of every prompt, and how long the sequence must be for them. */

#include "pack-private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A grown sequence is a multiple of this. */
#define GROW_STEP 64

static bool
is_kerashub (const Gemma4Pack *pack)
{
  return pack->params.target == GEMMA4_TARGET_KERASHUB;
}

static bool
has_begin (const Gemma4Pack *pack)
{
  return pack->params.add_start_token || (is_kerashub (pack) && !pack->params.train);
}

static bool
has_end (const Gemma4Pack *pack)
{
  return pack->params.add_end_token && pack->params.train;
}

static Gemma4Status
check_ids (const Gemma4Pack *pack, Gemma4Error *error)
{
  const struct
  {
    const char *name;
    int32_t id;
    bool needed;
  } checks[] = {
    {"<pad>", pack->ids.pad, true},
    {"<bos>", pack->ids.bos, has_begin (pack)},
    {"<eos>", pack->ids.eos, has_end (pack)},
  };
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    if (checks[i].needed && checks[i].id < 0)
      return gemma4_fail (error, GEMMA4_NOT_FOUND,
          "%s is needed, but the tokenizer's vocabulary lacks it", checks[i].name);
  }
  return GEMMA4_OK;
}

/* Room for the ids of all rows, begin and end tokens counted. */
static Gemma4Status
reserve_ids (Gemma4Pack *pack, const Gemma4PackItem *items, Gemma4Error *error)
{
  size_t n_bytes = 0;
  bool overflow = false;
  for (size_t i = 0; i < pack->n_rows; i++) {
    overflow |= __builtin_add_overflow (n_bytes, items[i].n_prompt_ids, &n_bytes);
    overflow |= __builtin_add_overflow (n_bytes, items[i].n_response_ids, &n_bytes);
    overflow |= __builtin_add_overflow (n_bytes, 2, &n_bytes);
  }
  overflow |= __builtin_mul_overflow (n_bytes, sizeof *pack->all_ids, &n_bytes);
  if (!overflow)
    pack->all_ids = malloc (n_bytes);
  if (!pack->all_ids)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for the ids of %zu prompts",
        pack->n_rows);
  return GEMMA4_OK;
}

static Gemma4Status
append_ids (Gemma4PackRow *row, const int32_t *ids, size_t n_ids, Gemma4Error *error)
{
  if (!ids && n_ids > 0)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "%zu ids were announced, but none came",
        n_ids);
  for (size_t i = 0; i < n_ids; i++) {
    if (ids[i] < 0)
      return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "id %zu is %" PRId32 ", but ids are 0 or more", i, ids[i]);
    row->ids[row->n_ids++] = ids[i];
  }
  return GEMMA4_OK;
}

static Gemma4Status
set_row (const Gemma4Pack *pack, Gemma4PackRow *row, const Gemma4PackItem *item,
    Gemma4Error *error)
{
  const int32_t *prompt = item->prompt_ids;
  size_t n_prompt = item->n_prompt_ids;
  if (has_begin (pack)) {
    row->ids[row->n_ids++] = pack->ids.bos;
    if (prompt && n_prompt > 0 && prompt[0] == pack->ids.bos) {
      prompt++;
      n_prompt--;
    }
  }
  Gemma4Status status = append_ids (row, prompt, n_prompt, error);
  row->response_start = row->n_ids;
  if (status == GEMMA4_OK && item->response_ids)
    status = append_ids (row, item->response_ids, item->n_response_ids, error);
  if (status == GEMMA4_OK && has_end (pack))
    row->ids[row->n_ids++] = pack->ids.eos;
  return status;
}

Gemma4Status
gemma4_pack_sequence (Gemma4Pack *pack, const Gemma4PackItem *items, Gemma4Error *error)
{
  Gemma4Status status = check_ids (pack, error);
  if (status == GEMMA4_OK)
    status = reserve_ids (pack, items, error);
  int32_t *ids = pack->all_ids;
  for (size_t i = 0; i < pack->n_rows && status == GEMMA4_OK; i++) {
    pack->rows[i].ids = ids;
    status = set_row (pack, &pack->rows[i], &items[i], error);
    ids += pack->rows[i].n_ids;
  }
  return status;
}

static size_t
count_soft_tokens (const Gemma4Pack *pack, const Gemma4PackRow *row)
{
  size_t n = 0;
  for (size_t i = 0; i < row->n_ids; i++)
    n += gemma4_pack_kind_of_id (pack, row->ids[i]) >= 0;
  return n;
}

static size_t
min_size (size_t a, size_t b)
{
  return a < b ? a : b;
}

static size_t
max_size (size_t a, size_t b)
{
  return a > b ? a : b;
}

/* Cuts the tails of prompt and response until the row has @budget ids. The two
 * are granted one id each in turn, the prompt first; what one of them does not
 * need goes to the other. */
static void
truncate_row (const Gemma4Pack *pack, Gemma4PackRow *row, size_t budget)
{
  size_t n_begin = has_begin (pack), n_end = has_end (pack);
  size_t n_prompt = row->response_start - n_begin;
  size_t n_response = row->n_ids - n_end - row->response_start;
  size_t room = budget - n_begin - n_end;
  size_t keep_prompt = min_size (n_prompt,
      max_size ((room + 1) / 2, room - min_size (room, n_response)));
  size_t keep_response = min_size (n_response, room - keep_prompt);
  int32_t *response = row->ids + n_begin + keep_prompt;
  memmove (response, row->ids + row->response_start, keep_response * sizeof *response);
  if (n_end)
    response[keep_response] = pack->ids.eos;
  row->response_start = n_begin + keep_prompt;
  row->n_ids = row->response_start + keep_response + n_end;
}

static Gemma4Status
truncate_rows (Gemma4Pack *pack, size_t budget, Gemma4Error *error)
{
  for (size_t i = 0; i < pack->n_rows; i++) {
    Gemma4PackRow *row = &pack->rows[i];
    if (row->n_ids <= budget)
      continue;
    size_t n_ids = row->n_ids;
    size_t n_soft = count_soft_tokens (pack, row);
    truncate_row (pack, row, budget);
    pack->n_truncated += n_ids - row->n_ids;
    if (!is_kerashub (pack) && count_soft_tokens (pack, row) != n_soft)
      return gemma4_fail_limit (error, n_ids, budget,
          "prompt %zu: %zu tokens needed, %zu allowed, and the cut would go through the soft "
          "tokens of a picture or sound, which transformers refuses; use overflow=grow",
          i, n_ids, budget);
  }
  return GEMMA4_OK;
}

/* Makes the longest row fit as the overflow setting says; *@needed ids are what
 * sequence_length ought to hold, @room for the answer among them, and are adjusted. */
static Gemma4Status
resolve_overflow (Gemma4Pack *pack, size_t n_target, uint64_t room, uint64_t *needed,
    Gemma4Error *error)
{
  size_t allowed = pack->params.sequence_length;
  switch (pack->params.overflow) {
    case GEMMA4_OVERFLOW_GROW:
      *needed = (*needed + GROW_STEP - 1) / GROW_STEP * GROW_STEP;
      return GEMMA4_OK;
    case GEMMA4_OVERFLOW_TRUNCATE:
      *needed = allowed;
      return truncate_rows (pack, allowed + n_target, error);
    case GEMMA4_OVERFLOW_DROP:
      break;
  }
  return gemma4_fail_limit (error, *needed, allowed,
      "the prompt is too long: %" PRIu64 " tokens needed%s, %zu allowed; raise sequence-length "
      "or use overflow=grow", *needed, room ? " with the room for the answer" : "", allowed);
}

/* L, and where each row begins. */
Gemma4Status
gemma4_pack_fit (Gemma4Pack *pack, Gemma4Error *error)
{
  bool kerashub = is_kerashub (pack);
  bool train = pack->params.train;
  /* KerasHub packs one id more to train: it is only ever predicted. */
  size_t n_target = kerashub && train;
  uint64_t room = kerashub && !train ? pack->params.answer_room : 0;
  uint64_t needed = max_size (gemma4_pack_n_tokens (pack), n_target) - n_target + room;
  uint64_t n_columns = pack->params.sequence_length;
  if (needed > n_columns) {
    Gemma4Status status = resolve_overflow (pack, n_target, room, &needed, error);
    if (status != GEMMA4_OK)
      return status;
    n_columns = needed;
  }
  if (!kerashub)
    n_columns = gemma4_pack_n_tokens (pack);
  if (n_columns == 0)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "every prompt of the batch is empty");
  if (n_columns > INT32_MAX)
    return gemma4_fail_limit (error, n_columns, INT32_MAX, "%" PRIu64 " tokens needed, %d allowed",
        n_columns, INT32_MAX);
  pack->n_columns = n_columns;
  for (size_t i = 0; i < pack->n_rows && !kerashub; i++)
    pack->rows[i].first_column = n_columns - pack->rows[i].n_ids;
  return GEMMA4_OK;
}
