/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-safetensorsenc
 * @title: safetensorsenc
 *
 * Turns every buffer of static `other/tensors` into the bytes of one
 * .safetensors file. Names and types come from the caps, or from the meta of
 * gemma4packer where it describes the same tensors (it knows bool); tensors
 * without a name are called tensor_0, tensor_1 ... The file's metadata carries
 * prompt, token counts and times. The tensors themselves are not copied.
 *
 * |[
 * ... gemma4packer ... ! safetensorsenc ! multifilesink location=%05d.safetensors
 * ]|
 *
 * Since: 0.1
 */

#include "gstsafetensorsenc.h"

#include "gemma4meta.h"
#include "gemma4metadata.h"
#include "gemma4tensors.h"

#include <stdlib.h>

GST_DEBUG_CATEGORY_STATIC (gst_safetensors_enc_debug);
#define GST_CAT_DEFAULT gst_safetensors_enc_debug

struct _GstSafetensorsEnc
{
  GstElement parent;
  GstPad *sinkpad, *srcpad;
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];   /* of the caps */
  guint n_specs;
  const gchar *target;          /* of the caps, or NULL */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GEMMA4_TENSORS_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-safetensors"));

G_DEFINE_TYPE (GstSafetensorsEnc, gst_safetensors_enc, GST_TYPE_ELEMENT);
GST_ELEMENT_REGISTER_DEFINE (safetensorsenc, "safetensorsenc", GST_RANK_NONE,
    GST_TYPE_SAFETENSORS_ENC);

/* The caps rule; the meta adds names and bool where it describes the same
 * bytes. */
static void
describe (GstSafetensorsEnc *self, GstBuffer *buffer, Gemma4TensorSpec *specs)
{
  Gemma4TensorSpec of_meta[GEMMA4_MAX_TENSORS];
  guint n;
  const GstStructure *meta = gemma4_meta_get (buffer);
  memcpy (specs, self->specs, self->n_specs * sizeof *specs);
  if (!meta || !gemma4_meta_get_tensors (meta, of_meta, &n) || n != self->n_specs)
    return;
  for (guint i = 0; i < n; i++) {
    if (gemma4_tensor_bytes (&of_meta[i]) != gemma4_tensor_bytes (&specs[i]))
      return;
  }
  memcpy (specs, of_meta, n * sizeof *specs);
}

/* The tensors of @buffer as memories of exactly their size, behind @head. */
static GstBuffer *
join (GstSafetensorsEnc *self, GstBuffer *buffer, const Gemma4TensorSpec *specs,
    uint8_t *head, size_t n_head_bytes)
{
  g_autoptr (GstBuffer) file = gst_buffer_new ();
  gst_buffer_append_memory (file, gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, head,
          n_head_bytes, 0, n_head_bytes, head, free));
  for (guint i = 0; i < self->n_specs; i++) {
    gsize n_bytes = gemma4_tensor_bytes (&specs[i]);
    GstMemory *memory = gst_buffer_peek_memory (buffer, i);
    if (memory->size < n_bytes) {
      GST_ELEMENT_ERROR (self, STREAM, ENCODE,
          ("Tensor %s has %" G_GSIZE_FORMAT " bytes where its caps promise %"
              G_GSIZE_FORMAT ".", specs[i].name, memory->size, n_bytes), (NULL));
      return NULL;
    }
    GstMemory *exact = gst_memory_share (memory, 0, n_bytes);
    gst_buffer_append_memory (file, exact ? exact : gst_memory_copy (memory, 0, n_bytes));
  }
  gst_buffer_copy_into (file, buffer, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS,
      0, -1);
  return g_steal_pointer (&file);
}

static GstBuffer *
encode (GstSafetensorsEnc *self, GstBuffer *buffer)
{
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  Gemma4Error error = { "" };
  uint8_t *head;
  size_t n_head_bytes;

  if (gst_buffer_n_memory (buffer) != self->n_specs) {
    GST_ELEMENT_ERROR (self, STREAM, ENCODE,
        ("A buffer has %u memories where its caps promise %u tensors.",
            gst_buffer_n_memory (buffer), self->n_specs), (NULL));
    return NULL;
  }
  describe (self, buffer, specs);
  g_autoptr (GPtrArray) lines = gemma4_metadata_lines (buffer, self->target);
  if (gemma4_safetensors_head (specs, self->n_specs,
          (const Gemma4Metadata *) lines->pdata, lines->len / 2, &head, &n_head_bytes,
          &error) != GEMMA4_OK) {
    GST_ELEMENT_ERROR (self, STREAM, ENCODE, ("%s", error.text), (NULL));
    return NULL;
  }
  return join (self, buffer, specs, head, n_head_bytes);
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstSafetensorsEnc *self = GST_SAFETENSORS_ENC (parent);
  GstBuffer *file = self->n_specs ? encode (self, buffer) : NULL;
  gst_buffer_unref (buffer);
  if (!file)
    return self->n_specs ? GST_FLOW_ERROR : GST_FLOW_NOT_NEGOTIATED;
  return gst_pad_push (self->srcpad, file);
}

static gboolean
set_caps (GstSafetensorsEnc *self, GstCaps *caps)
{
  Gemma4Error error = { "" };
  if (!gemma4_tensors_from_caps (caps, self->specs, &self->n_specs, &error)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", error.text),
        ("caps %" GST_PTR_FORMAT, caps));
    return FALSE;
  }
  Gemma4Target target;
  self->target = gemma4_target_from_caps (caps, &target) ? gemma4_target_name (target) : NULL;
  /* New shapes inside a stream of files are nothing new to downstream. */
  if (gst_pad_has_current_caps (self->srcpad))
    return TRUE;
  g_autoptr (GstCaps) out = gst_caps_new_empty_simple ("application/x-safetensors");
  return gst_pad_push_event (self->srcpad, gst_event_new_caps (out));
}

static gboolean
sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return gst_pad_event_default (pad, parent, event);
  GstCaps *caps;
  gst_event_parse_caps (event, &caps);
  gboolean ok = set_caps (GST_SAFETENSORS_ENC (parent), caps);
  gst_event_unref (event);
  return ok;
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_safetensors_enc_parent_class)->change_state (element,
      transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    GST_SAFETENSORS_ENC (element)->n_specs = 0;
  return ret;
}

static void
gst_safetensors_enc_init (GstSafetensorsEnc *self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, chain);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_pad_set_query_function (self->sinkpad, gemma4_tensors_sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}

static void
gst_safetensors_enc_class_init (GstSafetensorsEncClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Safetensors encoder",
      "Codec/Encoder/Tensor", "Turns every buffer of tensors into the bytes of one "
      ".safetensors file", "the gst-gemma4 authors");
  GST_DEBUG_CATEGORY_INIT (gst_safetensors_enc_debug, "safetensorsenc", 0,
      "Safetensors encoder");
}
