"""Exit code 0 when the server in this container answers: healthcheck.py PORT PATH."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit


def main(port: str, path: str) -> int:
    # Asked by the public name: the server answers no other.
    host = urlsplit(os.environ.get("SITE_URL", "")).hostname or "localhost"
    connection = HTTPConnection("127.0.0.1", int(port), timeout=4)
    try:
        connection.request("GET", path, headers={"Host": host})
        status = connection.getresponse().status
    except OSError as error:
        print(f"{path}: {error}")
        return 1
    print(f"{path}: {status}")
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
