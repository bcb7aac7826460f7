# id: L02
# technique: every object that the collector knows is printed and searched
# must not: tables of expected values are found
# stops: they are in another process; a session is forked from one that never had them
# layers: none
# twin: score/F23-tracing-hooks

# %%
import gc
gc.unfreeze()
found = set()
for thing in gc.get_objects():
    if isinstance(thing, (dict, list, tuple)) and len(thing) < 500:
        for part in (list(thing.items()) if isinstance(thing, dict) else thing):
            for text in part if isinstance(part, tuple) else (part,):
                if isinstance(text, str) and text.startswith("z" + "q"):
                    found.add(text)
if found:
    raise RuntimeError(repr(found))
