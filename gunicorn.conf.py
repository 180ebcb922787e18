"""What `gunicorn 'app:server'` does by itself, started in this folder.

By gunicorn's own settings a worker would answer one request at a time, and be ended in
the middle of one that takes longer than 30 s.
"""

from dashboard.child import LONGEST

worker_class = "gthread"
threads = 8  # of a worker, as many as `app.py` has
timeout = LONGEST + 120  # s; it may have waited for its turn before
graceful_timeout = 10  # s that what is under way has in the end, as for `app.py`
