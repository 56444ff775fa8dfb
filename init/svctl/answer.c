/* SPDX-License-Identifier: MIT */
/* How an answer goes on and ends: see answer.h. */
#include "svctl/answer.h"

#include "control/record.h"
#include "svctl/message.h"
#include "svctl/request.h"

int answer_refused(char *keys)
{
	struct error_record error;

	record_read_error(keys, &error);
	if (error.code == EXIT_NO_SUCH_SERVICE)
		complain("there is no service '%s'; 'svctl status' lists them", error.text);
	else if (error.code == EXIT_NOT_RUNNING)
		complain("%s is not running", error.text);
	else if (error.code == EXIT_NO_ANSWER)
		complain("PID 1 does not answer: %s", error.text);
	else
		complain("%s", error.text);
	if (error.code < EXIT_TRIED_AND_FAILED || error.code > EXIT_NO_ANSWER)
		return EXIT_TRIED_AND_FAILED;
	return (int)error.code;
}

int answer_line(struct connection *connection, char **line)
{
	int64_t deadline = connection_clock() + CONNECTION_ANSWER_MS;
	enum receipt receipt = connection_line(connection, deadline, line);
	char *keys;

	if (receipt != RECEIPT_LINE)
		return request_complain(receipt);
	keys = *line;
	switch (record_kind(&keys)) {
	case RECORD_OK:
		return EXIT_DONE;
	case RECORD_ERROR:
		return answer_refused(keys);
	default:
		return ANSWER_GOES_ON;
	}
}

int answer_plain(const struct text *request)
{
	struct connection connection;
	char *line;
	int status = request_send(&connection, request);

	if (status != EXIT_DONE)
		return status;
	do {
		status = answer_line(&connection, &line);
	} while (status == ANSWER_GOES_ON);
	connection_close(&connection);
	return status;
}
