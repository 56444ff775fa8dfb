/* SPDX-License-Identifier: MIT */
/* Requests and heads of answers: see http.h. */
#include "http.h"

#include <string.h>
#include <strings.h>

enum {
	BAD_REQUEST = 400,
	URI_TOO_LONG = 414,
	FIELDS_TOO_LARGE = 431,
	NOT_IMPLEMENTED = 501,
	VERSION_NOT_SUPPORTED = 505,
};

/* A piece of what the client sent. */
struct span {
	const char *at;
	size_t length;
};

static bool equals(struct span span, const char *text)
{
	return span.length == strlen(text) && strncasecmp(span.at, text, span.length) == 0;
}

/*
 * Takes a line off the front; its end is CR LF, or LF alone (RFC 9112, section 2.2). False: none
 * ends here.
 */
static bool take_line(struct span *rest, struct span *line)
{
	const char *newline = memchr(rest->at, '\n', rest->length);

	if (!newline)
		return false;
	line->at = rest->at;
	line->length = (size_t)(newline - rest->at);
	if (line->length > 0 && newline[-1] == '\r')
		line->length--;
	rest->length -= (size_t)(newline + 1 - rest->at);
	rest->at = newline + 1;
	return true;
}

/* Takes what stands before the first `end`, which goes with it; all if there is none. */
static struct span take_until(struct span *rest, char end)
{
	const char *found = memchr(rest->at, end, rest->length);
	struct span taken = { rest->at, found ? (size_t)(found - rest->at) : rest->length };
	size_t gone = found ? taken.length + 1 : taken.length;

	rest->at += gone;
	rest->length -= gone;
	return taken;
}

static struct span trim(struct span span)
{
	while (span.length > 0 && (*span.at == ' ' || *span.at == '\t')) {
		span.at++;
		span.length--;
	}
	while (span.length > 0 &&
		(span.at[span.length - 1] == ' ' || span.at[span.length - 1] == '\t'))
		span.length--;
	return span;
}

/* RFC 9110, section 5.6.2. */
static bool is_token(struct span span)
{
	for (size_t i = 0; i < span.length; i++) {
		char c = span.at[i];

		if (c <= ' ' || c > '~' || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return span.length > 0;
}

/* Nothing that a field's value or a target must not have: control characters (RFC 9110, 5.5). */
static bool is_text(struct span span)
{
	for (size_t i = 0; i < span.length; i++) {
		unsigned char c = (unsigned char)span.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* "/path?query", or "http://host/path?query" (RFC 9112, section 3.2). False: neither. */
static bool read_target(struct span target, char *path)
{
	if (target.length > 7 && strncasecmp(target.at, "http://", 7) == 0) {
		const char *slash = memchr(target.at + 7, '/', target.length - 7);

		target.length = slash ? target.length - (size_t)(slash - target.at) : 1;
		target.at = slash ? slash : "/";
	}
	for (size_t i = 0; i < target.length; i++) {
		if (target.at[i] <= ' ' || target.at[i] > '~')
			return false;
	}
	if (target.length == 0 || target.at[0] != '/')
		return false;
	target = take_until(&target, '?');
	memcpy(path, target.at, target.length);
	path[target.length] = '\0';
	return true;
}

static int read_request_line(struct span line, struct http_request *request)
{
	struct span method = take_until(&line, ' ');
	struct span target = take_until(&line, ' ');

	if (!is_token(method))
		return BAD_REQUEST;
	if (target.length > HTTP_TARGET_MAX)
		return URI_TOO_LONG;
	/* "HTTP/" and two digits; a higher minor version is answered as 1.1. */
	if (line.length != 8 || strncmp(line.at, "HTTP/", 5) != 0 || line.at[5] < '0' ||
		line.at[5] > '9' || line.at[6] != '.' || line.at[7] < '0' || line.at[7] > '9')
		return BAD_REQUEST;
	if (line.at[5] != '1')
		return VERSION_NOT_SUPPORTED;
	request->minor_0 = line.at[7] == '0';
	request->keep = !request->minor_0;
	/* Methods are told apart by case. */
	if (method.length == 3 && memcmp(method.at, "GET", 3) == 0)
		request->method = HTTP_GET;
	else if (method.length == 4 && memcmp(method.at, "HEAD", 4) == 0)
		request->method = HTTP_HEAD;
	else
		request->method = HTTP_OTHER;
	if (request->method == HTTP_OTHER && equals(target, "*")) {
		memcpy(request->path, "*", 2);
		return HTTP_REQUEST;
	}
	return read_target(target, request->path) ? HTTP_REQUEST : BAD_REQUEST;
}

static void read_connection(struct span value, struct http_request *request)
{
	while (value.length > 0) {
		struct span option = trim(take_until(&value, ','));

		if (equals(option, "close"))
			request->keep = false;
		else if (equals(option, "keep-alive") && request->minor_0)
			request->keep = true;
	}
}

static int read_field(struct span line, struct http_request *request, unsigned *hosts)
{
	struct span name = take_until(&line, ':');
	struct span value = trim(line);

	/* No colon, a blank before it, or a line that goes on another (RFC 9112, section 5.2). */
	if (!is_token(name) || name.at + name.length == line.at || !is_text(value))
		return BAD_REQUEST;
	if (equals(name, "Host"))
		++*hosts;
	else if (equals(name, "Connection"))
		read_connection(value, request);
	else if (equals(name, "Transfer-Encoding"))
		request->body = true;
	else if (equals(name, "Content-Length")) {
		for (size_t i = 0; i < value.length; i++) {
			if (value.at[i] < '0' || value.at[i] > '9')
				return BAD_REQUEST;
			request->body |= value.at[i] != '0';
		}
		if (value.length == 0)
			return BAD_REQUEST;
	}
	return HTTP_REQUEST;
}

int http_parse(const char *bytes, size_t length, struct http_request *request)
{
	struct span rest = { bytes, length }, line;
	unsigned hosts = 0;
	int status;

	memset(request, 0, sizeof(*request));
	/* A client may send an empty line too much before a request (RFC 9112, section 2.2). */
	do {
		if (!take_line(&rest, &line))
			return rest.length > HTTP_TARGET_MAX + 64 ? URI_TOO_LONG : HTTP_MORE;
	} while (line.length == 0);
	status = read_request_line(line, request);
	while (status == HTTP_REQUEST) {
		if (!take_line(&rest, &line))
			return length >= HTTP_REQUEST_MAX ? FIELDS_TOO_LARGE : HTTP_MORE;
		if (line.length == 0)
			break;
		status = read_field(line, request, &hosts);
	}
	request->length = length - rest.length;
	if (status == HTTP_REQUEST && (hosts > 1 || (hosts == 0 && !request->minor_0)))
		return BAD_REQUEST;
	return status;
}

const char *http_status_line(unsigned status)
{
	switch (status) {
	case 200:
		return "200 OK";
	case BAD_REQUEST:
		return "400 Bad Request";
	case 404:
		return "404 Not Found";
	case 405:
		return "405 Method Not Allowed";
	case 408:
		return "408 Request Timeout";
	case 413:
		return "413 Content Too Large";
	case URI_TOO_LONG:
		return "414 URI Too Long";
	case FIELDS_TOO_LARGE:
		return "431 Request Header Fields Too Large";
	case NOT_IMPLEMENTED:
		return "501 Not Implemented";
	case 503:
		return "503 Service Unavailable";
	case VERSION_NOT_SUPPORTED:
		return "505 HTTP Version Not Supported";
	default:
		return "500 Internal Server Error";
	}
}

void http_write_head(struct output *output, const struct http_answer *answer)
{
	output_text(output, "HTTP/1.1 ");
	output_text(output, http_status_line(answer->status));
	output_text(output, "\r\nContent-Type: ");
	output_text(output, answer->type);
	if (answer->chunked) {
		output_text(output, "\r\nTransfer-Encoding: chunked");
	} else if (!answer->until_end) {
		output_text(output, "\r\nContent-Length: ");
		output_number(output, answer->length);
	}
	if (answer->status == 405)
		output_text(output, "\r\nAllow: GET, HEAD");
	if (answer->policy) {
		output_text(output, "\r\nContent-Security-Policy: ");
		output_text(output, answer->policy);
	}
	output_text(output, "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff");
	output_text(output, answer->keep ? "\r\nConnection: keep-alive" : "\r\nConnection: close");
	output_text(output, "\r\n\r\n");
}
