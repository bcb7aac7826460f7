# id: R14
# technique: exceptions with messages of megabytes, endless reprs, thousands of frames and causes
# must not: the record or the page grows with them
# stops: every text of a session is cut where it is taken in
# layers: none

# %%
raise ValueError("x" * 50_000_000)
# %%
class Slow(Exception):
    def __str__(self): return "y" * 10**7
error = Slow()
for _ in range(500):
    new = Slow(); new.__cause__ = error; error = new
raise error
# %%
def deeper(n): return deeper(n + 1)
deeper(0)
