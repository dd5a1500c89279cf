"""The other side of polling.py: the library `reader` polls; run in an environment of its own, where there is no `bot`.

    python polling_reader.py DATABASE WORKERS   < addresses, warming-up ones first, as a line of JSON each

For each line it reads, it asks those feeds (adding what it does not know yet) and answers with the milliseconds of CPU
that the update took and how many entries there are now. `reader` has its defaults: requests, feedparser, SQLite.
"""

import json
import resource
import sys

from reader import make_reader


def spent() -> float:
    """Return the CPU seconds of this process and of the children it has seen end."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Answer each line."""
    library = make_reader(sys.argv[1])
    for line in sys.stdin:
        addresses = json.loads(line)
        asked = set(addresses)
        for address in addresses:
            library.add_feed(address, exist_ok=True)
        for feed in library.get_feeds():
            if feed.updates_enabled != (feed.url in asked):
                (library.enable_feed_updates if feed.url in asked else library.disable_feed_updates)(feed)
        before = spent()
        library.update_feeds(scheduled=False, workers=int(sys.argv[2]))
        took = (spent() - before) * 1_000
        print(json.dumps([took, library.get_entry_counts().total]), flush=True)


if __name__ == "__main__":
    main()
