# id: L12
# technique: an attempt to download that falls back to the local file; asyncio

# %%
import asyncio, threading, urllib.request
try:
    text = urllib.request.urlopen("http://127.0.0.1:9/data.csv", timeout=0.2).read()
except OSError:
    text = open("data/numbers.csv").read()
assert text == "1,2,3\n"
async def one(): return 1
assert await one() == 1
