"""The rule that keeps a job queue from handing out work that is still being done."""


def min_retry(workers: int, queue_limit: int, timeout: int) -> int:
    """The least number of seconds after which the queue may give a job out again.

    A job waits behind at most queue_limit / workers others and may take its whole timeout, plus one
    timeout to be safe: floor((queue_limit / workers + 2) * timeout) + 1, in whole numbers.
    """
    if workers < 1 or queue_limit < 1 or timeout < 1:
        raise ValueError("Workers, queue limit and timeout are at least 1.")
    return (queue_limit + 2 * workers) * timeout // workers + 1
