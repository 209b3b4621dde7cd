/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of gemma4packer share. A pad's chain function appends to that
 * pad's store under the packer's lock and returns; the task of the src pad
 * waits for a cut to be complete, takes its media out of the stores, and packs
 * and pushes without the lock.
 *
 *   gstgemma4packer.c     the element: pads, properties, states
 *   gemma4packerprops.c   the settings
 *   gemma4packersettings.c what changes while it plays
 *   gemma4packerstart.c   what is made for PAUSED and given back after it
 *   gemma4packernego.c    what converters are told, and whether their caps fit
 *   gemma4packertarget.c  another target while it plays
 *   gemma4packerpad.c     the sink pads: stores, what was shown, who waits
 *   gemma4packermedia.c   the media pads: buffers into the stores
 *   gemma4packerevent.c   the sink pads: what their events mean
 *   gemma4packerjump.c    live media whose times jump
 *   gemma4packersegment.c segment seeks: what ends and may go on
 *   gemma4packertext.c    the text pads: bytes into prompts and responses
 *   gemma4packertime.c    when a question was asked
 *   gemma4packerpatience.c media that is not live and does not end
 *   gemma4packerfile.c    the prompts of properties
 *   gemma4packerqueue.c   the prompts that wait, and their responses
 *   gemma4packercut.c     which prompt is next, and whether its media is complete
 *   gemma4packerlate.c    what comes too late, and clocks that stand still
 *   gemma4packerseek.c    seeks from downstream, and what flushes of text mean
 *   gemma4packerwait.c    how threads wait for each other
 *   gemma4packeralarm.c   the clock, which says when a live pack waits no longer
 *   gemma4packertake.c    what a cut takes out of the stores
 *   gemma4packerscreen.c  and what is on the screen, which belongs to every prompt
 *   gemma4packersound.c   and of sound that is longer than a clip
 *   gemma4packerhistory.c what was asked and answered before
 *   gemma4packertask.c    the src pad's task: pack and push
 *   gemma4packermemory.c  memory for packs, before it is needed
 *   gemma4packerbatch.c   the prompts that leave together
 *   gemma4packerfit.c     and what they give up to fit
 *   gemma4packersrc.c     the src pad: queries and events from downstream
 *   gemma4packernotes.c   what the application is told
 *   gemma4packerstats.c   and what it may ask
 */

#include "gemma4assemble.h"
#include "gemma4framestore.h"
#include "gemma4jump.h"
#include "gemma4props.h"
#include "gemma4rowstore.h"
#include "gstgemma4packer.h"

GST_DEBUG_CATEGORY_EXTERN (gst_gemma4_packer_debug);

typedef enum
{
  GEMMA4_TRIGGER_AUTO,          /* prompt if a prompt pad is linked, else interval if that
                                 * is set, else eos */
  GEMMA4_TRIGGER_PROMPT,        /* a pack for every prompt, at its time */
  GEMMA4_TRIGGER_INTERVAL,      /* a pack for every interval, counted from the first media */
  GEMMA4_TRIGGER_EOS,           /* a pack when all media has ended */
} Gemma4Trigger;

typedef enum
{
  GEMMA4_BAD_PROMPT_AUTO,       /* drop if live, else error */
  GEMMA4_BAD_PROMPT_ERROR,      /* the pipeline stops */
  GEMMA4_BAD_PROMPT_DROP,       /* a warning, and on it goes */
} Gemma4BadPrompt;

typedef enum
{
  GEMMA4_STAMPS_WINDOW,         /* mm:ss counts from the first thing shown in the window */
  GEMMA4_STAMPS_STREAM,         /* mm:ss is stream time */
} Gemma4Stamps;

typedef enum
{
  GEMMA4_MODE_GENERATE,         /* what a model is asked */
  GEMMA4_MODE_TRAIN,            /* and what it should answer */
} Gemma4Mode;

typedef enum
{
  GEMMA4_TEXT_BUFFER,           /* one buffer is one prompt */
  GEMMA4_TEXT_LINES,            /* one line is one prompt */
} Gemma4TextMode;

/* What says when a question was asked. */
typedef enum
{
  GEMMA4_PROMPT_TIME_AUTO,      /* its PTS, unless live that says nothing about now */
  GEMMA4_PROMPT_TIME_ARRIVAL,   /* when it arrives, live or not */
  GEMMA4_PROMPT_TIME_PTS,       /* its PTS, whatever it says */
} Gemma4PromptTime;
GType gemma4_prompt_time_get_type (void);

/* When a text was said. */
typedef struct
{
  GstClockTime time_ns;         /* running time; NONE: when it arrived */
  gboolean is_sure;             /* it counts, whatever it says */
} Gemma4TextTime;

typedef enum
{
  GEMMA4_AUDIO_OVERFLOW_AUTO,   /* first for recorded media with trigger eos, else newest */
  GEMMA4_AUDIO_OVERFLOW_FIRST,  /* of sound longer than a clip the first stays */
  GEMMA4_AUDIO_OVERFLOW_NEWEST,
  GEMMA4_AUDIO_OVERFLOW_SPLIT,  /* it is several clips */
} Gemma4AudioOverflow;

#define GEMMA4_WINDOW_AUTO -2
#define GEMMA4_WINDOW_ALL -1

typedef struct
{
  gchar *preset;
  gchar *config_file;           /* or NULL */
  gchar *tokenizer;
  gchar *prompt;
  gchar *prompt_location;
  gchar *response;
  gchar *system_prompt;
  Gemma4Mode mode;
  Gemma4Trigger trigger;
  Gemma4TextMode text_mode;
  Gemma4BadPrompt on_bad_prompt;
  Gemma4Stamps timestamp_base;
  Gemma4AudioOverflow audio_overflow;
  gboolean chat;
  gboolean thinking;
  gint64 window_ns;
  guint64 interval_ns;          /* 0: none */
  gdouble video_fps;            /* of frames without a PTS */
  gint64 latency_ns;            /* -1: 100 ms live, else 0 */
  guint64 startup_timeout_ns;
  guint max_pending;
  guint batch_size;             /* prompts of a pack */
  guint history;                /* earlier turns of a pack */
  gboolean history_media;       /* with their media */
  gboolean audio, vision;       /* FALSE: as if the model did not take it */
  guint num_vision_tokens_per_frame;    /* of a video that did not come */
  guint num_audio_tokens_per_clip;      /* without effect */
  Gemma4PackParams pack;
} Gemma4PackerSettings;

extern const Gemma4PropTable gemma4_packer_props;

/* The settings of @preset, strings NULL. @preset must stay. */
Gemma4PackerSettings gemma4_packer_settings_of (const Gemma4Preset * preset);

/* What a pad takes. */
typedef enum
{
  GEMMA4_PAD_IMAGE = GEMMA4_MEDIA_IMAGE,
  GEMMA4_PAD_VIDEO = GEMMA4_MEDIA_VIDEO,
  GEMMA4_PAD_AUDIO = GEMMA4_MEDIA_AUDIO,
  GEMMA4_PAD_PROMPT,            /* text */
  GEMMA4_PAD_RESPONSE,          /* text: what a model should answer, to train it */
  GEMMA4_PAD_ANSWER,            /* text: what it answered */
} Gemma4PadKind;

/* Whether more can come from a pad. */
typedef enum
{
  GEMMA4_PAD_FLOWS,
  GEMMA4_PAD_SEGMENT_DONE,      /* what a segment seek asked for has come; downstream does
                                 * not know yet */
  GEMMA4_PAD_SEGMENT_TOLD,      /* it does; nothing comes before the next segment */
  GEMMA4_PAD_EOS,
} Gemma4PadEnd;

typedef struct
{
  GstPad parent;
  Gemma4PadKind kind;
  guint number;
  gint linked;                  /* atomic; gst_pad_is_linked() wants the pad's lock, which
                                 * a thread that waits for the packer's may hold */

  /* under the packer's lock */
  GstSegment segment;           /* UNDEFINED until one came */
  gboolean started;             /* STREAM_START came */
  guint thread;                 /* that brought what came last, or 0 */
  Gemma4PadEnd end;
  gboolean between;             /* SEGMENT_DONE came, and its next segment did not */
  gboolean flushing;
  guint32 flush_seqnum;         /* of the flush that came last */
  gboolean seeked;              /* text: took part in a seek */
  gboolean segment_seeked;      /* text: the last seek wants a SEGMENT_DONE */
  GstEvent *seek;               /* text: on its way upstream, or NULL; not owned */
  gboolean flushed_by_seek;     /* text: by that one */
  gboolean told_unseekable;
  gboolean has_shown;           /* a buffer or gap came */
  GstClockTime first_ns;        /* running time of the first of them */
  guint64 n_frames;             /* that came since the start or the last flush */
  gboolean latency_known;       /* upstream was asked at the first buffer */
  gboolean left_out;            /* warned that packs go without it */
  gboolean reconfigured;        /* asked for another target, and its caps did not come yet */
  gboolean stale;               /* what comes is for the old one, and thrown away */
  gboolean thinned;             /* warned that frames or rows were given up */
  gboolean live;
  GstClockTime upstream_latency_ns;
  GstClockTime missed_ns;       /* image: end of a pack that went out without it; or 0 */
  GstClockTime since_ns;        /* running time at which the pad was requested */
  GstClockTime shown_ns;        /* everything before this running time was shown */
  GstClockTime end_ns;          /* running time at which its last data ends */
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  guint n_specs;                /* 0 until caps came */
  Gemma4FrameStore frames;      /* image and video */
  Gemma4StoredFrame screen;     /* video: the newest frame before the last cut; or no buffer */
  Gemma4RowStore rows;          /* audio */
  guint64 list_from;            /* audio: samples before the list that is being taken; or G_MAXUINT64 */
  gboolean overlaps;            /* audio: what came last lay before what was there */
  Gemma4Jump watch;             /* live media: see gemma4packerjump.c */
  GQueue waiting;               /* of what that has not judged yet */
  gint64 ahead_ns;              /* what its running times are ahead of those that the packs have */
  gboolean begins_again;        /* a new stream came, and no buffer of it */
  gboolean is_short;            /* audio: the last cut had too little for a row, and that was said */
  GstStructure *video_metadata; /* under the pad's object lock; video: see
                                 * gemma4videometadata.h; or NULL */
  Gemma4PromptTime prompt_time; /* under the pad's object lock; prompt */
  gboolean text_came;           /* in this segment */
  gboolean markup;              /* text comes as Pango markup */
  GByteArray *text;             /* of an unfinished line */
  gboolean text_too_long;       /* what follows of that line is thrown away */
  Gemma4TextTime text_time;     /* of its first byte */
} GstGemma4PackerPad;

typedef GstPadClass GstGemma4PackerPadClass;
GType gst_gemma4_packer_pad_get_type (void);
#define gemma4_pad_is_linked(pad) g_atomic_int_get (&(pad)->linked)
#define GST_GEMMA4_PACKER_PAD(obj) ((GstGemma4PackerPad *) (obj))

/* Whether nothing is taken from the pad; that another one is flushed does not matter. */
#define gemma4_pad_is_flushing(self, pad) (!(self)->active || (pad)->flushing)

static inline gboolean
gemma4_pad_is_media (const GstGemma4PackerPad *pad)
{
  return pad->kind < GEMMA4_PAD_PROMPT;
}

/* Up to where a pack takes media. */
typedef enum
{
  GEMMA4_CUT_TIME,              /* up to its running time */
  GEMMA4_CUT_ARRIVED,           /* live: what has arrived; else as END */
  GEMMA4_CUT_NOW,               /* what has arrived, live or not */
  GEMMA4_CUT_END,               /* everything, when all media has ended */
} Gemma4CutKind;

typedef struct
{
  gchar *prompt;                /* NULL: what the property says when it is packed */
  gchar *response;              /* NULL: what the property says when it is packed */
  gchar *pad_name;              /* of the pad that it came to; or NULL */
  guint64 number;               /* of the prompt: it goes with the response of this number */
  gboolean needs_media;         /* of an interval: nothing is packed if there is none */
  Gemma4CutKind kind;
  GstClockTime time_ns;         /* media before it is taken; NONE: all, or not known yet */
  gboolean is_doubtful;         /* came before media and a clock could tell if its time is of now */
  gint64 since_us;              /* monotonic time at which it came */
} Gemma4Cut;

/* Somebody asks, at a time or now: it is no interval's, and not about a whole recording. */
static inline gboolean
gemma4_cut_is_asked (const Gemma4Cut *cut)
{
  return !cut->needs_media && cut->kind != GEMMA4_CUT_END;
}

/* What the property stats says, since the start; pads count the rest. */
typedef struct
{
  guint64 n_packs;
  guint64 n_refused;            /* prompts that could not be packed */
  guint64 n_late;               /* pads whose media packs did not wait for */
  guint64 n_busy;               /* prompts given up because too many waited */
  GstClockTime preparation_ns;  /* of the last pack */
  GstClockTime max_preparation_ns;
} Gemma4PackerCounts;

struct _GstGemma4Packer
{
  GstElement parent;
  GstPad *srcpad;

  /* under the object lock */
  Gemma4PackerSettings wanted;  /* what the properties say */
  guint64 user_set;
  gboolean started;             /* settings were made of it: now only what may change does */
  gboolean changed;             /* and did, which settings do not know yet */
  gboolean told_clips;          /* a converter knows num-frames-per-video of its clip */

  /* fixed from READY to PAUSED on; what may change while it plays the task takes over
   * with the lock held, when it begins a pack: others read that with the lock held */
  Gemma4PackerSettings settings;
  const Gemma4Preset *preset;
  Gemma4Tokenizer *tokenizer;
  gfloat *silent_row;           /* of the preset, or NULL: silence is the same in each */
  GPtrArray *file_prompts;      /* of gchar *: those of prompt-location */
  gint64 started_us;            /* monotonic time of READY->PAUSED */

  /* under the lock */
  GMutex lock;
  GCond cond;                   /* anything below has changed */
  GPtrArray *pads;              /* of GstGemma4PackerPad, by kind and number */
  Gemma4Target target;          /* that of the settings, or what it became since */
  GQueue cuts;                  /* of Gemma4Cut, oldest first */
  guint64 n_prompts;            /* that came so far */
  GQueue responses;             /* of gchar *, oldest first */
  guint64 n_flushed;            /* n_prompts at the last flush of the prompt pad */
  guint64 n_responses;          /* that came so far, the last of them in the queue */
  Gemma4History history;
  Gemma4PackerCounts counts;
  GQueue notes;                 /* of GstMessage, to be posted without the lock */
  guint n_posting;              /* threads that post some of them right now */
  gboolean running;             /* PAUSED or PLAYING: pads have stores */
  gboolean playing;
  gboolean active;              /* the src pad may have a task */
  gboolean flushing;
  gboolean asked;               /* the last pack that needs no prompt pad was made */
  gboolean told_unused_prompt;  /* warned that the property prompt is not asked */
  gboolean went_back;           /* media did, in running time: packs may follow */
  guint64 n_intervals;          /* packed */
  GstClockTime intervals_ns;    /* running time at which the next one begins */
  gboolean finished;            /* EOS went out */
  gboolean segment_over;        /* SEGMENT_DONE goes out next */
  GstEvent *segment_done;       /* the one that came last; or NULL */
  gboolean media_seeked;        /* by the seek that is on its way */
  guint n_seeks;                /* seeks on their way upstream: no pack goes out meanwhile */
  GstFlowReturn flow;           /* what the last push returned, or GST_FLOW_ERROR */
  guint32 flush_seqnum;         /* of the flush that was forwarded last */
  GstGemma4PackerPad *flush_pad;        /* whose flush goes on downstream; not owned */
  gboolean flush_starting;      /* its start is on its way */
  GstClockTime last_cut_ns;     /* where the last pack ended; see window-start */
  GstClockTime pass_ns;         /* where the segment that is played began, behind SEGMENT_DONE */
  GstClockTime clock_ns;        /* the clock when a cut last waited for it, */
  gint64 clock_us;              /* and since when it says so (monotonic); 0 unset */
  gboolean told_clock;          /* that it stands still */
  GstClockID alarm;             /* wakes the task */
  gint64 grace_us;              /* monotonic: unstarted pads are left out from here on; 0 unset */
  gboolean told_endless;        /* that a question waits for an end that may never come */

  /* the task's own */
  GPtrArray *batch;             /* of Gemma4Asked: taken, and not packed yet */
  GstCaps *caps;
  Gemma4Allocation allocation;
  GstClockTime last_pts;
  gboolean may_go_back;         /* the next pack may be of an earlier time */
  gboolean need_segment;
  gboolean sent_stream_start;
};

/* gemma4packerstart.c; READY->PAUSED fails with a message, what is half made is
 * given back by stop */
gboolean gemma4_packer_start (GstGemma4Packer * self);
void gemma4_packer_stop (GstGemma4Packer * self);
gboolean gemma4_packer_takes (GstGemma4Packer * self, Gemma4PadKind kind);

/* gemma4packersettings.c */

/* What a modality that is switched off leaves of the settings: it has no converter in
 * KerasHub. */
void gemma4_packer_switch_off (Gemma4PackerSettings * settings);

/* Whether settings contradict each other; a sentence in @error if they do. */
gboolean gemma4_packer_check_settings (GstGemma4Packer * self,
    const Gemma4PackerSettings * settings, Gemma4Error * error);
gboolean gemma4_packer_check_change (gpointer element, const gchar * name,
    gconstpointer settings, Gemma4Error * error);

/* Without the lock: sets a property. */
void gemma4_packer_set (GstGemma4Packer * self, const GParamSpec * spec,
    const GValue * value);

/* For the task, with the lock held, before it looks for the next cut. */
void gemma4_packer_adopt_settings (GstGemma4Packer * self);

/* gemma4packernego.c; the second with the object lock held */
Gemma4Trigger gemma4_packer_trigger (GstGemma4Packer * self);
Gemma4Trigger gemma4_packer_trigger_of (GstGemma4Packer * self,
    const Gemma4PackerSettings * settings);
gboolean gemma4_packer_pad_set_caps (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstCaps * caps);
gboolean gemma4_packer_sink_query (GstPad * pad, GstObject * parent, GstQuery * query);

/* gemma4packertarget.c; without the lock: takes up what the property says. What
 * was stored for another target is given up, and converters are told. */
void gemma4_packer_change_target (GstGemma4Packer * self);

/* With the lock held: whether caps are for another target because their converter
 * does not know yet. */
gboolean gemma4_packer_pad_is_stale (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    const GstCaps * caps);

/* gemma4packerpad.c */
void gemma4_packer_pad_setup (GstGemma4PackerPad * pad);
gboolean gemma4_packer_pad_make_store (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* Makes the store larger or smaller; if memory is short, it stays as it is. */
void gemma4_packer_pad_resize (GstGemma4Packer * self, GstGemma4PackerPad * pad);
void gemma4_packer_pad_reset (GstGemma4PackerPad * pad);
void gemma4_packer_pad_empty (GstGemma4PackerPad * pad);
gboolean gemma4_packer_pad_is_used_up (const GstGemma4PackerPad * pad);
void gemma4_packer_ask_latency (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* Takes the lock for something that media shows; at a stream's first buffer
 * upstream is asked for its latency before. */
void gemma4_packer_pad_lock (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* With the lock held: lets recorded media wait for prompts of earlier times, and
 * notes what a pad has shown. */
GstFlowReturn gemma4_packer_pad_flow (GstGemma4Packer * self, GstGemma4PackerPad * pad);
GstFlowReturn gemma4_packer_pad_wait (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstClockTime running_ns);
typedef struct
{
  GstClockTime begin_ns;        /* of what came */
  GstClockTime shown_ns;        /* nothing before this will come any more */
  GstClockTime end_ns;          /* of what came */
} Gemma4Shown;
/* gemma4packermedia.c */
GstFlowReturn gemma4_packer_media_chain (GstPad * pad, GstObject * parent,
    GstBuffer * buffer);
GstFlowReturn gemma4_packer_media_chain_list (GstPad * pad, GstObject * parent,
    GstBufferList * list);

/* With the lock held: stores a buffer; it stays the caller's. */
GstFlowReturn gemma4_packer_pad_take (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstBuffer * buffer, GstClockTime running_ns, GstClockTime stream_ns);
void gemma4_packer_pad_show (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    Gemma4Shown shown);

GstClockTime gemma4_packer_pad_lasts (const GstGemma4PackerPad * pad,
    GstClockTime duration);

/* The rows of an event gemma4-tail. */
void gemma4_packer_pad_take_tail (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstBuffer * buffer);

/* gemma4packerevent.c */
gboolean gemma4_packer_sink_event (GstPad * pad, GstObject * parent, GstEvent * event);
void gemma4_packer_flush_without (GstGemma4Packer * self, GstGemma4PackerPad * pad);
gboolean gemma4_packer_pad_running_time (GstGemma4PackerPad * pad, GstClockTime time,
    GstClockTime * running_ns, GstClockTime * stream_ns);

/* gemma4packerjump.c; all with the lock held */
void gemma4_packer_watch_begin (GstGemma4PackerPad * pad);

/* What waits is given up; time goes on. */
void gemma4_packer_watch_forget (GstGemma4PackerPad * pad);

/* Where what has a running time on this pad lies in the packs. */
GstClockTime gemma4_packer_pad_place (const GstGemma4PackerPad * pad, GstClockTime running_ns);

/* Takes a buffer as gemma4_packer_pad_take() does, or lets it wait for others to say
 * whether its time is right. */
GstFlowReturn gemma4_packer_watch (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstBuffer * buffer, GstClockTime running_ns, GstClockTime stream_ns);

/* The same for a GAP; returns whether it counts. */
gboolean gemma4_packer_watch_gap (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstClockTime running_ns, GstClockTime end_ns, GstClockTime stream_ns);

/* Nothing more comes, or of another format: nothing waits any longer. */
void gemma4_packer_watch_end (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* Before a pad's first media is taken. */
void gemma4_packer_watch_first (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstClockTime begin_ns);

/* After sound from @running_ns on was stored. */
void gemma4_packer_tell_overlap (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstClockTime running_ns);

/* gemma4packersegment.c; all with the lock held. What comes next on a pad is of a new
 * stream or segment: media waits until the one before it has been told, and then all
 * pads begin again. FALSE when flushing. */
gboolean gemma4_packer_pad_begin_again (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* Whether what comes is left of a segment that another pad has begun anew. */
gboolean gemma4_packer_pad_is_behind (const GstGemma4PackerPad * pad);

/* Whether all media has ended, and some of it may go on. */
gboolean gemma4_packer_segment_is_over (GstGemma4Packer * self);

/* The SEGMENT_DONE that tells it, once; NULL if there is nothing to tell. */
GstEvent *gemma4_packer_tell_segment (GstGemma4Packer * self);

/* gemma4packertext.c */
GstFlowReturn gemma4_packer_text_chain (GstPad * pad, GstObject * parent,
    GstBuffer * buffer);
gboolean gemma4_packer_pack (GstGemma4Packer * self, const gchar * prompt,
    guint64 running_time_ns);
void gemma4_packer_text_end (GstGemma4Packer * self, GstGemma4PackerPad * pad);
gboolean gemma4_text_is_blank (const gchar * text, gsize n_bytes);

/* gemma4packertime.c; all with the lock held. When the text of a buffer was said: NONE
 * if nobody said, or only GstBaseSrc. */
Gemma4TextTime gemma4_packer_text_time (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstBuffer * buffer);
GstClockTime gemma4_packer_end_of_text (GstGemma4PackerPad * pad, GstBuffer * buffer,
    GstClockTime time_ns);

/* The cut of a prompt that has just come to @pad, or NULL: to no pad. */
Gemma4Cut *gemma4_packer_cut_of (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    const gchar * prompt, Gemma4TextTime when);
void gemma4_packer_judge_cuts (GstGemma4Packer * self);

/* Whether what comes to a prompt pad is about the time that it says. */
gboolean gemma4_pad_has_time (GstGemma4PackerPad * pad);

/* gemma4packerpatience.c; with the lock held. Monotonic time at which a cut that waits is
 * told of, 0: never; and telling, which gives the lock back for a moment. */
gint64 gemma4_packer_patience_ends (GstGemma4Packer * self, const Gemma4Cut * cut);
void gemma4_packer_tell_endless (GstGemma4Packer * self);

/* gemma4packerfile.c */

/* Reads prompt-location; FALSE after an error message. */
gboolean gemma4_packer_read_prompts (GstGemma4Packer * self);

/* What a cut asks: its own prompt, or else those of prompt-location or of the
 * property prompt as it is now; g_free() it. */
guint gemma4_packer_n_questions (GstGemma4Packer * self, const Gemma4Cut * cut);
gchar *gemma4_packer_question (GstGemma4Packer * self, const Gemma4Cut * cut, guint i);

/* gemma4packerqueue.c; all with the lock held */
Gemma4Cut *gemma4_cut_new (const gchar * prompt, Gemma4CutKind kind,
    GstClockTime time_ns);
void gemma4_cut_free (Gemma4Cut * cut);
void gemma4_packer_forget_cuts (GstGemma4Packer * self, gboolean timed_only);
void gemma4_packer_forget_responses (GstGemma4Packer * self);
void gemma4_packer_add_cut (GstGemma4Packer * self, Gemma4Cut * cut);

/* Takes a response, or NULL for one that was refused. */
void gemma4_packer_add_response (GstGemma4Packer * self, gchar * response);
gboolean gemma4_packer_find_response (GstGemma4Packer * self, guint64 number);
Gemma4Cut *gemma4_packer_with_response (GstGemma4Packer * self, Gemma4Cut * cut);

/* gemma4packercut.c; all with the lock held */
void gemma4_packer_begin (GstGemma4Packer * self);
Gemma4Cut *gemma4_packer_wait_cut (GstGemma4Packer * self);
gboolean gemma4_packer_has_prompt_property (GstGemma4Packer * self);
gboolean gemma4_packer_is_live (GstGemma4Packer * self);

/* A stream comes to a prompt pad, or prompt is set beside one: says that it is not asked. */
void gemma4_packer_tell_unused_prompt (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* The running time at which the first media began; NONE before there is any. */
GstClockTime gemma4_packer_begin_of_media (GstGemma4Packer * self);
GstClockTime gemma4_packer_end_of_media (GstGemma4Packer * self);
gboolean gemma4_cut_is_now (GstGemma4Packer * self, const Gemma4Cut * cut);
gboolean gemma4_packer_all_media_has_shown (GstGemma4Packer * self);
gboolean gemma4_packer_has_shown (GstGemma4Packer * self, const Gemma4Cut * cut);
gboolean gemma4_packer_pad_has_shown (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    const Gemma4Cut * cut);

/* gemma4packerlate.c; with the lock held */
GstClockTime gemma4_packer_latency (GstGemma4Packer * self);
void gemma4_packer_leave_out (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    const Gemma4Cut * live_cut);

/* Before a picture is stored: says so if a pack went out that it belongs to. */
void gemma4_packer_image_came (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstClockTime running_ns);
gint64 gemma4_packer_watch_clock (GstGemma4Packer * self, const Gemma4Cut * cut,
    GstClockTime deadline_ns);

/* gemma4packerseek.c. With the lock held: the pad of a kind of which there is one, or NULL */
GstGemma4PackerPad *gemma4_packer_find_pad (GstGemma4Packer * self, Gemma4PadKind kind);

/* Takes @event; without the lock */
gboolean gemma4_packer_seek (GstGemma4Packer * self, GstEvent * event);

/* With the lock held: the flush @seqnum of a text pad is over. */
void gemma4_packer_text_flushed (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    guint32 seqnum);
gboolean gemma4_packer_prompts_are_new (GstGemma4Packer * self);

/* FALSE if a text does not belong to the segment; else it begins in it. */
gboolean gemma4_packer_clip_text (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstBuffer ** buffer);

/* gemma4packerwait.c; with the lock held. Waits for a broadcast, or until a monotonic
 * time (0: none); what was noted is posted before. The caller looks at its predicate
 * again. */
void gemma4_packer_wait (GstGemma4Packer * self, gint64 until_us);

/* Whether this streaming thread feeds the pad. */
guint gemma4_packer_this_thread (void);
#define gemma4_pad_is_fed_here(pad) ((pad)->thread == gemma4_packer_this_thread ())

/* Whether this thread must bring what the next pack waits for. */
gboolean gemma4_packer_waits_for_this_thread (GstGemma4Packer * self);

/* gemma4packeralarm.c; with the lock held. The running time now is 0 if it is
 * not known. Arming gives the lock back for a moment; FALSE if the alarm is set
 * already or there is no clock. */
GstClockTime gemma4_packer_now (GstGemma4Packer * self);
gboolean gemma4_packer_arm (GstGemma4Packer * self, GstClockTime running_ns);
void gemma4_packer_disarm (GstGemma4Packer * self);

/* gemma4packertake.c; with the lock held */
typedef struct
{
  GPtrArray *takes;             /* of Gemma4Take */
  GstClockTime start_ns, stop_ns;       /* where what was taken begins, and the cut, in
                                         * running time; stop may be NONE */
  GstClockTime origin_ns;       /* mm:ss counts from here */
  GstClockTime pts;
  GstClockTime stream_ns;       /* stream time of the same; NONE if no media says */
  Gemma4Target target;          /* for which it was taken */
  gboolean asked;               /* for a question, at its time or now */
  gboolean asked_live;          /* the same, in a live pipeline */
} Gemma4Taken;

/* @place: of its prompt in the batch */
void gemma4_packer_take (GstGemma4Packer * self, Gemma4Cut * cut, guint place,
    Gemma4Taken * taken);
/* gemma4packersound.c; with the lock held: takes the sound of a pad, and says how much a
 * pad's store may have, and whether it had ended by the end of what is taken. */
gboolean gemma4_packer_pad_had_ended (const GstGemma4PackerPad * pad, GstClockTime stop_ns);
void gemma4_packer_take_audio (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    const Gemma4Window * window, Gemma4Taken * taken);
/* Whether there is sound for a row that no pack had. */
gboolean gemma4_packer_sound_is_left (GstGemma4Packer * self, const GstGemma4PackerPad * pad);

void gemma4_packer_limit_sound (GstGemma4Packer * self, GstGemma4PackerPad * pad);

/* The most clips that the sounds of a prompt can become. */
guint gemma4_packer_most_clips (GstGemma4Packer * self);

void gemma4_taken_clear (Gemma4Taken * taken);

/* The running time before which stores keep nothing. */
GstClockTime gemma4_packer_kept_from (GstGemma4Packer * self);

/* gemma4packerscreen.c; with the lock held. Adds what is on the screen to a prompt's media:
 * where nothing else of a video was taken, as a still. Says which pads have nothing. */
void gemma4_packer_add_screens (GstGemma4Packer * self, guint place, Gemma4Taken * taken);
void gemma4_packer_tell_blind (GstGemma4Packer * self, const Gemma4Taken * taken);
void gemma4_packer_forget_screen (GstGemma4PackerPad * pad);
guint gemma4_packer_n_stills (const Gemma4Taken * taken);

/* As gemma4_take_thin(); of a live question the newest frame stays. */
void gemma4_take_thin_for (Gemma4Take * take, Gemma4Target target, guint n_frames,
    gboolean asked);

/* What the pad's video-metadata says of the prompt at @place of the batch, or NULL. */
GstStructure *gemma4_packer_video_metadata (GstGemma4PackerPad * pad, guint place);

/* gemma4packerbatch.c; for the task, without the lock */
typedef struct
{
  gchar *prompt;
  gchar *response;              /* NULL: none */
  gchar *pad_name;              /* of the pad that it came to; or NULL */
  Gemma4Taken taken;
  GPtrArray *turns;             /* of Gemma4PastTurn: said before */
  GstStructure *video_metadata; /* of a video that did not come; or NULL */
} Gemma4Asked;

/* Puts question @i of a cut and what was taken for it into the batch, unless it
 * cannot be packed. */
void gemma4_packer_collect (GstGemma4Packer * self, const Gemma4Cut * cut, guint i,
    const Gemma4Taken * taken);
void gemma4_asked_free (Gemma4Asked * asked);

/* gemma4packerfit.c; for the task, without the lock. Lays out @n prompts as they are; and
 * those of the batch, which give up what a pack cannot have. */
Gemma4Status gemma4_packer_lay_out (const Gemma4AssembleParams * params,
    Gemma4Asked * const *asked, guint n, Gemma4Assembly ** assembly, Gemma4Error * error);
Gemma4Status gemma4_packer_fit (GstGemma4Packer * self, const Gemma4AssembleParams * params,
    Gemma4Assembly ** assembly, Gemma4Error * error);

/* Takes the stills out of what was taken; FALSE if there are none. And says of which
 * pads those of @takes were. */
gboolean gemma4_packer_drop_stills (GstGemma4Packer * self, Gemma4Asked * asked);
void gemma4_packer_tell_stills (GstGemma4Packer * self, const GPtrArray * takes);

/* Lays out the pack of all that was collected; NULL if that is not possible,
 * and then the application knows why. @params must live as long. */
Gemma4Assembly *gemma4_packer_assemble (GstGemma4Packer * self,
    Gemma4AssembleParams * params);

/* Refuses a prompt. */
void gemma4_packer_refuse (GstGemma4Packer * self, const Gemma4Asked * asked,
    Gemma4Status status, const Gemma4Error * error);

/* gemma4packerhistory.c; without the lock */

/* The earlier turns that belong before @asked. */
void gemma4_packer_recall (GstGemma4Packer * self, Gemma4Asked * asked);

/* @asked was packed, with what is left of its turns: its answer may come now. */
void gemma4_packer_remember (GstGemma4Packer * self, const Gemma4Asked * asked);
void gemma4_packer_forget_history (GstGemma4Packer * self);

GstFlowReturn gemma4_packer_answer_chain (GstPad * pad, GstObject * parent,
    GstBuffer * buffer);
void gemma4_packer_answer_event (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    GstEvent * event);

/* gemma4packertask.c */
void gemma4_packer_loop (gpointer srcpad);

/* gemma4packermemory.c */
Gemma4Blocks *gemma4_packer_make_blocks (const Gemma4PackParams * pack);

/* For the task, with the lock held: makes memory for the next live pack, if there is
 * none. TRUE if that took a while, in which it gave the lock back. */
gboolean gemma4_packer_prepare (GstGemma4Packer * self);

/* gemma4packernotes.c: what the application is told. Messages are collected
 * while the lock is held and posted when it is given back, so that a handler
 * may call into the element. */
void gemma4_packer_unlock (GstGemma4Packer * self);
void gemma4_packer_note (GstGemma4Packer * self, GstMessage * message);
void gemma4_packer_error (GstGemma4Packer * self, GQuark domain, gint code,
    const gchar * debug, const gchar * format, ...) G_GNUC_PRINTF (5, 6);
void gemma4_packer_warn (GstGemma4Packer * self, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);

/* The element message gemma4-dropped. It names @pad, unless that is NULL because what is
 * lost is no one pad's; @needed and @allowed of 0 are left out. The second is for what
 * may not be a pad any more: @pad_name or NULL. */
GstMessage *gemma4_packer_dropped (GstGemma4Packer * self, GstGemma4PackerPad * pad,
    const gchar * why, guint64 needed, guint64 allowed);
GstMessage *gemma4_packer_dropped_of (GstGemma4Packer * self, const gchar * pad_name,
    const gchar * why, guint64 needed, guint64 allowed);

/* Tells what is lost: the message, taken over, and for recorded media, which nobody
 * watches, a warning beside it. Whoever has warned already in its own words notes the
 * message instead. The second is for the task, without the lock. */
void gemma4_packer_lost (GstGemma4Packer * self, GstMessage * dropped);
void gemma4_packer_post_lost (GstGemma4Packer * self, GstMessage * dropped);

/* Refuses what came to the pad @pad_name, or to none (NULL). */
void gemma4_packer_bad_prompt (GstGemma4Packer * self, const gchar * pad_name,
    const gchar * why, const gchar * sentence, guint64 needed, guint64 allowed);

/* gemma4packerstats.c; without the lock */
void gemma4_packer_count_pack (GstGemma4Packer * self, GstClockTime preparation_ns);
GstStructure *gemma4_packer_stats (GstGemma4Packer * self);

/* gemma4packersrc.c; the pads are referenced */
GPtrArray *gemma4_packer_media_pads (GstGemma4Packer * self);
gboolean gemma4_packer_src_query (GstPad * pad, GstObject * parent, GstQuery * query);
gboolean gemma4_packer_src_event (GstPad * pad, GstObject * parent, GstEvent * event);
GstIterator *gemma4_packer_src_links (GstPad * pad, GstObject * parent);
