/* SPDX-License-Identifier: MIT */
/* The dependencies as Graphviz draws them (https://graphviz.org/doc/info/lang.html): see graph.h. */
#include "svctl/graph.h"

#include "svctl/escape.h"

struct paint {
	const char *fill, *border;
};

static const struct paint unknown = { "#ffffff", "#868e96" };

static const struct paint *paint_of(int state)
{
	static const struct paint paints[STATE_COUNT] = {
		[STATE_WAITING] = { "#fff3bf", "#e8a200" },
		[STATE_STARTING] = { "#d0ebff", "#1c7ed6" },
		[STATE_RUNNING] = { "#d0ebff", "#1c7ed6" },
		[STATE_READY] = { "#d3f9d8", "#2b8a3e" },
		[STATE_STOPPING] = { "#fff3bf", "#e8a200" },
		[STATE_BACKOFF] = { "#ffe3e3", "#c92a2a" },
		[STATE_DONE] = { "#ebfbee", "#51a351" },
		[STATE_FAILED] = { "#ffc9c9", "#c92a2a" },
		[STATE_SKIPPED] = { "#f1f3f5", "#adb5bd" },
		[STATE_INVALID] = { "#ffc9c9", "#c92a2a" },
		[STATE_STOPPED] = { "#e9ecef", "#868e96" },
	};

	return state < 0 || state >= STATE_COUNT ? &unknown : &paints[state];
}

/* A backslash before a quote is DOT's only escape in an ID; in a label, \n and others are as well. */
static void add_quoted(struct text *out, const char *string)
{
	struct text plain = { 0 };

	escape_line(&plain, string);
	for (const char *at = text_string(&plain); *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			text_add(out, "\\");
		text_add_bytes(out, at, 1);
	}
	text_free(&plain);
}

void graph_quote(struct text *out, const char *string)
{
	text_add(out, "\"");
	add_quoted(out, string);
	text_add(out, "\"");
}

static void add_node(struct text *out, const struct times_record *times)
{
	const struct paint *paint = paint_of(times->state);

	text_add(out, "\t");
	graph_quote(out, times->name);
	text_add(out, " [label=\"");
	add_quoted(out, times->name);
	text_add(out, "\\n");
	add_quoted(out, times->state_name == NULL ? "?" : times->state_name);
	text_format(out, "\", fillcolor=\"%s\", color=\"%s\"];\n", paint->fill, paint->border);
}

static void add_arrows(struct text *out, const struct timeline *timeline, const char *from,
	const char *list, bool order_only)
{
	const char *name;
	size_t length;

	while (timeline_next_name(&list, &name, &length)) {
		const struct lane *lane = timeline_find(timeline, name, length);
		struct text copy = { 0 };

		/* To come after what is not there is no error, and nothing to be drawn. */
		if (lane == NULL && order_only)
			continue;
		text_add_bytes(&copy, name, length);
		text_add(out, "\t");
		graph_quote(out, from);
		text_add(out, " -> ");
		graph_quote(out, text_string(&copy));
		text_add(out, order_only ? " [style=dashed];\n" : ";\n");
		text_free(&copy);
	}
}

void graph_write(struct text *out, const struct timeline *timeline)
{
	text_add(out, "// Arrows point to what is needed (dashed: only comes first). Draw it with: "
		      "dot -Tsvg\n"
		      "digraph services {\n"
		      "\trankdir=RL;\n"
		      "\tgraph [fontname=\"Helvetica,Arial,sans-serif\", label=");
	graph_quote(out, timeline->node.hostname == NULL ? "?" : timeline->node.hostname);
	text_add(out, ", labelloc=t, fontsize=16, nodesep=0.2, ranksep=0.6];\n"
		      "\tnode [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, shape=box, "
		      "style=\"rounded,filled\", fillcolor=\"#ffffff\", color=\"#868e96\"];\n"
		      "\tedge [color=\"#495057\", arrowsize=0.7];\n");
	for (size_t i = 0; i < timeline->count; i++)
		add_node(out, &timeline->lanes[i].times);
	for (size_t i = 0; i < timeline->count; i++) {
		const struct times_record *times = &timeline->lanes[i].times;

		add_arrows(out, timeline, times->name, times->needs, false);
		add_arrows(out, timeline, times->name, times->after, true);
	}
	text_add(out, "}\n");
}
