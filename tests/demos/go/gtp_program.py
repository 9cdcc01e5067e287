"""A Go program that plays what it is told to, for tests: `python gtp_program.py D4 C3 pass resign`.

It answers as the Go Text Protocol asks. Two commands are its own: "crash" ends it, "silence" has it ignore
requests to go.
"""

import signal
import sys

moves = iter(sys.argv[1:])
size = 19
for line in sys.stdin:
    command, *given = line.split()
    if command == "crash":
        break
    if command == "silence":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        answer = "= "
    elif command == "boardsize" and int(given[0]) > 19:
        answer = "? unacceptable size"
    elif command in ("boardsize", "clear_board", "komi", "play"):
        answer = "= "
    elif command == "genmove":
        answer = f"= {next(moves)}"
    elif command == "final_status_list":
        answer = "= A1 B1\nT19"
    elif command == "echo":
        answer = "=" + " ".join(given)
    else:
        answer = "? unknown command"
    print(answer + "\n", flush=True)
