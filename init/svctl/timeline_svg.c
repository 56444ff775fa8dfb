/* SPDX-License-Identifier: MIT */
/*
 * svctl boot --svg: the boot as a picture that needs nothing but itself. On top the whole boot on one
 * scale; below, from the start of PID 1 on, a lane for each service. Names stand left of the lanes and
 * times right of them, so that no text lies on a bar.
 *
 * Widths of text are estimated from its length; names are in a monospaced font, where that is exact.
 */
#include <inttypes.h>
#include <string.h>

#include "svctl/axis.h"
#include "svctl/timeline.h"
#include "svctl/xml.h"

/* Pixels, and characters of the 12 px fonts. */
enum {
	WIDTH = 1200,
	MARGIN = 32,
	RIGHT = 168, /* the columns of times */
	NAME_PIXELS = 8, /* of a character of a name, with room to spare */
	TEXT_COLUMNS = 150, /* characters on a line of text */
	LINE = 18, /* from one line of text to the next */
	OVERVIEW_TOP = 118,
	OVERVIEW_HEIGHT = 14,
	LANES_TOP = 214,
	TICKS = 8, /* about */
	PATH_LINES = 3, /* of the critical path that are written out */
};

struct chart {
	struct text *out;
	const struct timeline *timeline;
	int64_t begin_us, end_us; /* what the lanes show */
	int left, right; /* where their plot begins and ends */
	int lane; /* height of one */
	int overview_top; /* where the overview begins; all else follows */
	int top; /* where the first lane begins */
	int bottom; /* where the last ends */
};

static const char style[] =
	"<style>"
	"text{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,"
	"sans-serif;font-size:12px;fill:#343a40}"
	".h{font-size:22px;font-weight:600;fill:#212529}.small{font-size:12px;font-weight:400;fill:#868e96}"
	".q{fill:#868e96}.r{text-anchor:end}.m{text-anchor:middle}"
	".n{font-family:ui-monospace,\"SF Mono\",Menlo,Consolas,\"Liberation Mono\",monospace}"
	".t{font-variant-numeric:tabular-nums;text-anchor:end}"
	".c{font-weight:600;fill:#c2255c}.bad{fill:#c92a2a}"
	".wait{stroke:#ced4da;stroke-width:2}.start{fill:#f59f00}.run{fill:#12a184}"
	".o{opacity:.5}.grid{stroke:#e9ecef}.link{stroke:#c2255c;stroke-width:1.5;fill:none}"
	".kernel{fill:#adb5bd}.init{fill:#4c6ef5}.files{fill:#91a7ff}"
	"</style>\n"
	"<defs><pattern id=\"open\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#c3e6df\"/>"
	"<rect width=\"3\" height=\"6\" fill=\"#12a184\"/></pattern></defs>\n";

/* ---- small pieces ---- */

/* Adds tenths of pixels as pixels. */
static void add_tenths(struct text *out, int64_t tenths)
{
	text_format(out, "%" PRId64 ".%d", tenths / 10, (int)(tenths % 10));
}

/* Where a moment stands between `left` and `right`, in tenths of pixels. */
static int64_t place(int64_t us, int64_t begin_us, int64_t end_us, int left, int right)
{
	int64_t span_us = end_us > begin_us ? end_us - begin_us : 1;

	if (us < begin_us)
		us = begin_us;
	if (us > end_us)
		us = end_us;
	return left * 10 + (us - begin_us) * ((right - left) * 10) / span_us;
}

static int64_t place_in_lane(const struct chart *chart, int64_t us)
{
	return place(us, chart->begin_us, chart->end_us, chart->left, chart->right);
}

static void add_rectangle(struct text *out, const char *class, int64_t from, int64_t until, int y,
	int height, int radius)
{
	/* A bar of less than one and a half pixels cannot be seen. */
	int64_t width = until - from < 15 ? 15 : until - from;

	text_format(out, "<rect class=\"%s\" x=\"", class);
	add_tenths(out, from);
	text_format(out, "\" y=\"%d\" width=\"", y);
	add_tenths(out, width);
	text_format(out, "\" height=\"%d\" rx=\"%d\"/>", height, width > 40 ? radius : 0);
}

/* Begins a text; what it says and "</text>" follow. */
static void begin_text(struct text *out, const char *class, int x, int y)
{
	text_format(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
}

static void add_words(struct text *out, const char *class, int x, int y, const char *words)
{
	begin_text(out, class, x, y);
	xml_add(out, words);
	text_add(out, "</text>\n");
}

/* ---- header ---- */

static void add_swatch(struct chart *chart, const char *class, int *x, int y, const char *words)
{
	text_format(chart->out,
		"<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" rx=\"2\"/>", class,
		*x, y - 9);
	add_words(chart->out, "q", *x + 16, y, words);
	*x += 16 + 7 * (int)strlen(words) + 22;
}

static void add_title(struct chart *chart)
{
	const struct timeline *timeline = chart->timeline;
	const char *hostname = timeline->node.hostname == NULL ? "?" : timeline->node.hostname;

	begin_text(chart->out, "h", MARGIN, 46);
	text_add(chart->out, "Boot of ");
	xml_add(chart->out, hostname);
	text_add(chart->out, "</text>\n");
	begin_text(chart->out, "h r", WIDTH - MARGIN, 46);
	if (timeline_ready(timeline)) {
		text_add(chart->out, "<tspan class=\"small\">ready after </tspan>");
		axis_duration(chart->out, timeline->boot.ready_us);
	} else {
		text_add(chart->out, "not ready yet");
	}
	text_add(chart->out, "</text>\n");
}

/* Adds a link of the path to `line`, as text and, in `out`, as markup. */
static void add_link(struct text *out, struct text *line, const struct link *link)
{
	struct text words = { 0 };

	text_add(&words, link_name(link));
	text_add(&words, "\u00a0");
	if (link_open(link))
		text_add(&words, link->lane->times.state_name);
	else
		axis_duration(&words, link->until_us - link->from_us);
	text_add(line, " > ");
	text_add(out, " <tspan class=\"q\">\u2192</tspan> ");
	xml_add(out, text_string(&words));
	text_add(line, text_string(&words));
	text_free(&words);
}

/* Writes the critical path out; chart->overview_top is what is below it then. */
static void add_path(struct chart *chart)
{
	const struct timeline *timeline = chart->timeline;
	struct text line = { 0 };
	int lines = 1;
	size_t i;

	begin_text(chart->out, "", MARGIN, 74);
	text_format(chart->out, "<tspan class=\"c\">%s</tspan> ",
		timeline_ready(timeline) ? "Critical path" : "So far");
	text_add(&line, "Critical path");
	for (i = 0; i < timeline->links && lines <= PATH_LINES; i++) {
		if (line.length > TEXT_COLUMNS) {
			if (++lines > PATH_LINES)
				break;
			text_clear(&line);
			text_format(chart->out, "</text>\n<text x=\"%d\" y=\"%d\">", MARGIN,
				74 + LINE * (lines - 1));
		}
		add_link(chart->out, &line, &timeline->path[i]);
	}
	if (i < timeline->links)
		text_format(chart->out, " <tspan class=\"q\">and %zu more</tspan>",
			timeline->links - i);
	text_add(chart->out, "</text>\n");
	text_free(&line);
	if (lines > PATH_LINES)
		lines = PATH_LINES;
	chart->overview_top = OVERVIEW_TOP + LINE * (lines - 1);
	chart->top = LANES_TOP + LINE * (lines - 1);
}

/* ---- the whole boot on one scale ---- */

/* A part of the whole, and what it took. */
static void add_part(struct chart *chart, int *x, const char *class, const char *name,
	int64_t from_us, int64_t until_us)
{
	struct text words = { 0 };

	if (from_us == RECORD_UNKNOWN || until_us == RECORD_UNKNOWN || until_us < from_us)
		return;
	text_format(&words, "%s ", name);
	axis_duration(&words, until_us - from_us);
	add_swatch(chart, class, x, chart->overview_top - 12, text_string(&words));
	text_free(&words);
	add_rectangle(chart->out, class, place(from_us, 0, chart->end_us, MARGIN, WIDTH - MARGIN),
		place(until_us, 0, chart->end_us, MARGIN, WIDTH - MARGIN), chart->overview_top,
		OVERVIEW_HEIGHT, 2);
}

/* From the part of the overview that the lanes show, lines widen to the lanes. */
static void add_zoom(struct chart *chart)
{
	int y = chart->overview_top + OVERVIEW_HEIGHT;

	text_add(chart->out, "\n<polygon fill=\"#eef1f4\" points=\"");
	add_tenths(chart->out, place(chart->begin_us, 0, chart->end_us, MARGIN, WIDTH - MARGIN));
	text_format(chart->out, ",%d %d,%d %d,%d %d,%d\"/>\n", y + 3, WIDTH - MARGIN, y + 3,
		chart->right, y + 26, chart->left, y + 26);
}

static void add_overview(struct chart *chart)
{
	const struct boot_record *boot = &chart->timeline->boot;
	int x = MARGIN;

	add_part(chart, &x, "kernel", "kernel", 0, boot->init_us);
	add_part(chart, &x, "init", "mounts", boot->init_us, boot->mounted_us);
	add_part(chart, &x, "files", "service files", boot->mounted_us, boot->loaded_us);
	add_part(chart, &x, "run", "services", boot->loaded_us, chart->end_us);
	add_zoom(chart);
}

static void add_legend(struct chart *chart)
{
	int x = chart->left, y = chart->top - 32;

	text_format(chart->out, "<path class=\"wait\" d=\"M%d %dh14\"/>", x, y - 4);
	add_words(chart->out, "q", x + 20, y, "waiting for needs");
	x += 152;
	add_swatch(chart, "start", &x, y, "starting (fork to exec)");
	add_swatch(chart, "run", &x, y, "running until ready");
	text_format(chart->out, "<path class=\"link\" d=\"M%d %dh14\"/>", x, y - 4);
	add_words(chart->out, "c", x + 20, y, "critical path");
	add_words(chart->out, "q r", WIDTH - MARGIN - 84, y, "ready at");
	add_words(chart->out, "q r", WIDTH - MARGIN, y, "took");
}

/* ---- the lanes ---- */

static void add_tick(struct chart *chart, int64_t us, int64_t step, bool below)
{
	int64_t x = place_in_lane(chart, us);

	text_format(chart->out, "<path class=\"grid\" d=\"M");
	add_tenths(chart->out, x);
	text_format(chart->out, " %dV%d\"/><text class=\"q m\" x=\"", chart->top, chart->bottom);
	add_tenths(chart->out, x);
	text_format(chart->out, "\" y=\"%d\">", chart->top - 8);
	axis_label(chart->out, us, step);
	text_add(chart->out, "</text>\n");
	if (!below)
		return;
	text_add(chart->out, "<text class=\"q m\" x=\"");
	add_tenths(chart->out, x);
	text_format(chart->out, "\" y=\"%d\">", chart->bottom + 18);
	axis_label(chart->out, us, step);
	text_add(chart->out, "</text>\n");
}

static void add_axis(struct chart *chart)
{
	int64_t step = axis_step((chart->end_us - chart->begin_us) / TICKS);
	int64_t first = (chart->begin_us + step - 1) / step * step;
	bool below = chart->bottom - chart->top > 600; /* the upper ones are out of sight */

	for (int64_t us = first; us <= chart->end_us; us += step)
		add_tick(chart, us, step, below);
}

static int lane_top(const struct chart *chart, size_t index)
{
	/* Lane 0 is PID 1's. */
	return chart->top + (int)index * chart->lane;
}

static void add_times(struct chart *chart, int y, int64_t ready_us, int64_t took_us)
{
	begin_text(chart->out, "t q", WIDTH - MARGIN - 84, y);
	axis_duration(chart->out, ready_us);
	text_add(chart->out, "</text>");
	begin_text(chart->out, "t", WIDTH - MARGIN, y);
	axis_duration(chart->out, took_us);
	text_add(chart->out, "</text>\n");
}

static int baseline(const struct chart *chart, size_t index)
{
	return lane_top(chart, index) + chart->lane / 2 + 4;
}

static void add_init(struct chart *chart)
{
	const struct boot_record *boot = &chart->timeline->boot;
	int y = lane_top(chart, 0) + 4, height = chart->lane - 8;

	if (boot->init_us == RECORD_UNKNOWN || boot->mounted_us == RECORD_UNKNOWN ||
		boot->loaded_us == RECORD_UNKNOWN)
		return;
	add_words(chart->out, "n c", MARGIN, baseline(chart, 0), "PID 1");
	text_add(chart->out, "<g><title>mounts, then service files</title>");
	add_rectangle(chart->out, "init", place_in_lane(chart, boot->init_us),
		place_in_lane(chart, boot->mounted_us), y, height, 2);
	add_rectangle(chart->out, "files", place_in_lane(chart, boot->mounted_us),
		place_in_lane(chart, boot->loaded_us), y, height, 2);
	text_add(chart->out, "</g>\n");
	add_times(chart, baseline(chart, 0), boot->loaded_us, boot->loaded_us - boot->init_us);
}

/* What the pointer is told when it rests on a lane. */
static void add_hint(struct chart *chart, const struct times_record *times)
{
	struct text words = { 0 };

	text_format(&words, "%s: started at ", times->name);
	timeline_add_ms(&words, times->start_us);
	text_add(&words, " ms, exec at ");
	timeline_add_ms(&words, times->exec_us);
	text_add(&words, " ms, ready at ");
	timeline_add_ms(&words, times->ready_us);
	text_add(&words, " ms");
	if (times->needs[0] != '\0')
		text_format(&words, "; needs %s", times->needs);
	if (times->after[0] != '\0')
		text_format(&words, "; after %s", times->after);
	text_add(chart->out, "<title>");
	xml_add(chart->out, text_string(&words));
	text_add(chart->out, "</title>");
	text_free(&words);
}

static void add_bars(struct chart *chart, const struct lane *lane, int top)
{
	const struct times_record *times = &lane->times;
	int64_t end_us = times->ready_us == RECORD_UNKNOWN ? chart->end_us : times->ready_us;
	int64_t exec_us = times->exec_us == RECORD_UNKNOWN ? end_us : times->exec_us;
	int64_t wait = place_in_lane(chart, chart->timeline->boot.loaded_us);
	int64_t start = place_in_lane(chart, times->start_us);
	int64_t exec = place_in_lane(chart, exec_us);

	if (start > wait) {
		text_add(chart->out, "<path class=\"wait\" d=\"M");
		add_tenths(chart->out, wait);
		text_format(chart->out, " %dH", top + chart->lane / 2);
		add_tenths(chart->out, start);
		text_add(chart->out, "\"/>");
	}
	add_rectangle(chart->out, lane->critical ? "start" : "start o", start, exec, top + 4,
		chart->lane - 8, 0);
	if (times->exec_us == RECORD_UNKNOWN)
		return;
	if (times->ready_us == RECORD_UNKNOWN) {
		text_format(chart->out, "<rect fill=\"url(#open)\" x=\"");
		add_tenths(chart->out, exec);
		text_format(chart->out, "\" y=\"%d\" width=\"", top + 4);
		add_tenths(chart->out, place_in_lane(chart, end_us) - exec);
		text_format(chart->out, "\" height=\"%d\"/>", chart->lane - 8);
	} else {
		add_rectangle(chart->out, lane->critical ? "run" : "run o", exec,
			place_in_lane(chart, end_us), top + 4, chart->lane - 8, 2);
	}
}

static void add_lane(struct chart *chart, size_t index, const struct lane *lane)
{
	const struct times_record *times = &lane->times;
	int y = baseline(chart, index);

	text_add(chart->out, "<g>");
	add_hint(chart, times);
	add_words(chart->out, lane->critical ? "n c" : "n", MARGIN, y, times->name);
	add_bars(chart, lane, lane_top(chart, index));
	text_add(chart->out, "</g>\n");
	if (times->ready_us == RECORD_UNKNOWN)
		add_words(chart->out, "r bad", WIDTH - MARGIN, y,
			times->state_name == NULL ? "?" : times->state_name);
	else
		add_times(chart, y, times->ready_us, times->ready_us - times->start_us);
}

static size_t lane_of(const struct chart *chart, const struct lane *lane)
{
	size_t index = 0;

	while (index < chart->timeline->drawn && chart->timeline->order[index] != lane)
		index++;
	return index + 1;
}

/* From where one link of the critical path ended down to where that let the next one begin. */
static void add_links(struct chart *chart)
{
	const struct timeline *timeline = chart->timeline;
	int before = lane_top(chart, 0) + chart->lane - 4;

	for (size_t i = 0; i < timeline->links; i++) {
		const struct link *link = &timeline->path[i];
		int top;

		if (link->lane == NULL)
			continue;
		top = lane_top(chart, lane_of(chart, link->lane));
		text_add(chart->out, "<path class=\"link\" d=\"M");
		add_tenths(chart->out, place_in_lane(chart, link->from_us));
		text_format(chart->out, " %dV%dH", before, top + chart->lane / 2);
		add_tenths(chart->out, place_in_lane(chart, link->lane->times.start_us));
		text_add(chart->out, "\"/>\n");
		before = top + chart->lane - 4;
	}
}

/* Every second lane is tinted, so that the eye finds from a name to its times. */
static void add_stripes(struct chart *chart)
{
	for (size_t i = 0; i <= chart->timeline->drawn; i += 2)
		text_format(chart->out,
			"<rect fill=\"#f8f9fa\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
			MARGIN - 8, lane_top(chart, i), WIDTH - 2 * MARGIN + 16, chart->lane);
}

/* ---- all of it ---- */

static void lay_out(struct chart *chart)
{
	const struct timeline *timeline = chart->timeline;
	size_t longest = strlen("PID 1");

	for (size_t i = 0; i < timeline->drawn; i++) {
		size_t length = strlen(timeline->order[i]->times.name);

		longest = length > longest ? length : longest;
	}
	if (longest > 40)
		longest = 40;
	chart->begin_us = timeline->boot.init_us == RECORD_UNKNOWN ? 0 : timeline->boot.init_us;
	chart->end_us = timeline->end_us > chart->begin_us ? timeline->end_us : chart->begin_us + 1;
	chart->left = MARGIN + NAME_PIXELS * (int)longest + 16;
	chart->right = WIDTH - MARGIN - RIGHT;
	chart->lane = timeline->drawn <= 40 ? 24 : 20;
}

void timeline_write_svg(struct text *out, const struct timeline *timeline)
{
	struct text body = { 0 };
	struct chart chart = { .out = &body, .timeline = timeline };
	int height;

	lay_out(&chart);
	add_title(&chart);
	add_path(&chart);
	chart.bottom = lane_top(&chart, timeline->drawn + 1);
	height = chart.bottom + MARGIN;
	add_overview(&chart);
	add_legend(&chart);
	add_stripes(&chart);
	add_axis(&chart);
	add_links(&chart);
	add_init(&chart);
	for (size_t i = 0; i < timeline->drawn; i++)
		add_lane(&chart, i + 1, timeline->order[i]);
	text_format(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>Boot of ",
		WIDTH, height, WIDTH, height);
	xml_add(out, timeline->node.hostname == NULL ? "?" : timeline->node.hostname);
	text_add(out, "</title>\n");
	text_add(out, style);
	text_format(out, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height);
	text_add(out, text_string(&body));
	text_add(out, "</svg>\n");
	text_free(&body);
}
