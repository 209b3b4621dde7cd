/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifdef __cplusplus
#define GEMMA4_API extern "C" __attribute__ ((visibility ("default")))
#else
#define GEMMA4_API extern __attribute__ ((visibility ("default")))
#endif

#define GEMMA4_NODISCARD __attribute__ ((warn_unused_result))
